// The code under test of the examples, and its test.
#pragma once

#include "task.hpp"

#include <interlock/testing/explorer.hpp>

using namespace interlock::testing;

struct Account {
  int balance = 100;

  task<bool> withdraw(int amount) {
    if (balance < amount)
      co_return false;
    co_await io("bank"); // stands for: co_await bank_.authorise(amount)
    balance -= amount;
    co_return true;
  }
};

inline void two_withdrawals(schedule &s) {
  Account account;
  s.watch("balance", [&] { return account.balance; });
  s.always("never overdrawn", [&] { return account.balance >= 0; });
  s.spawn("first", [&] { return account.withdraw(80); });
  s.spawn("second", [&] { return account.withdraw(80); });
  s.run();
  s.check(account.balance == 20, "one withdrawal succeeds");
}
