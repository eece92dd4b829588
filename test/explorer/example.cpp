// The example of tool/docs/testing-with-the-explorer.md, which quotes it.
#include "account.hpp"

#include <interlock/safe_state.hpp>

#include <cstdio>

struct SafeAccount {
  int balance = 100;
  interlock::SafeTradingState state;

  task<bool> withdraw(int amount) {
    auto guard = co_await state.atomic_balance_update();
    if (balance < amount)
      co_return false;
    co_await io("bank");
    if (fails("the bank declines"))
      co_return false;
    balance -= amount;
    co_return true;
  }
};

void two_safe_withdrawals(schedule &s) {
  SafeAccount account;
  bool first = false, second = false;
  s.always("never overdrawn", [&] { return account.balance >= 0; });
  s.spawn("first", [&]() -> task<> { first = co_await account.withdraw(80); });
  s.spawn("second",
          [&]() -> task<> { second = co_await account.withdraw(80); });
  s.run();
  s.check(account.balance == 100 - 80 * (first + second),
          "the balance is what the withdrawals left");
}

int main() {
  const report broken = explore(two_withdrawals);
  std::puts(broken.text().c_str());
  const report again = explore(replay(broken.schedule), two_withdrawals);
  const report repaired = explore(two_safe_withdrawals);
  std::puts(repaired.text().c_str());
  const bool as_described = !broken.ok() && again.failure == broken.failure &&
                            repaired.ok() && repaired.exhausted;
  return as_described ? 0 : 1;
}
