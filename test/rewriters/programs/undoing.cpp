// What is done before a step that can fail, and what a guard is held over
// without need.
#include "program.hpp"

#include <interlock/safe_state.hpp>

#include <stdexcept>

namespace {

interlock::SafeTradingState &state = interlock::get_global_safe_state();

task<> submit(bool fail) {
  co_await step{};
  if (fail)
    throw std::runtime_error("rejected");
}

struct Debit {
  long balance_ = 100;
  task<> buy(long cost, bool fail) {
    auto guard = co_await state.atomic_balance_update();
    if (balance_ < cost)
      co_return;
    balance_ -= cost;
    co_await submit(fail);
  }
};
PROGRAM(debit_that_a_venue_rejects) {
  Debit a;
  w.spawn(a.buy(60, true));
  w.spawn(a.buy(70, false));
  w.run();
  return a.balance_ == 30;
}

/// An amount of a type of its own, which the debit takes by value.
struct Money {
  long cents = 0;
  Money &operator+=(Money by) {
    cents += by.cents;
    return *this;
  }
  Money &operator-=(Money by) {
    cents -= by.cents;
    return *this;
  }
};
struct DebitOfMoney {
  Money balance_{100};
  task<> buy(long units, bool fail) {
    Money cost{2 * units};
    auto guard = co_await state.atomic_balance_update();
    if (balance_.cents < cost.cents)
      co_return;
    balance_ -= cost;
    co_await submit(fail);
  }
};
PROGRAM(debit_of_money_that_a_venue_rejects) {
  DebitOfMoney a;
  w.spawn(a.buy(30, true));
  w.spawn(a.buy(35, false));
  w.run();
  return a.balance_.cents == 30;
}

struct Reported {
  long balance_ = 100;
  int rejected_ = 0;
  task<bool> buy(long cost, bool fail) {
    auto guard = co_await state.atomic_balance_update();
    if (balance_ < cost)
      co_return false;
    balance_ -= cost;
    try {
      co_await submit(fail);
    } catch (const std::exception &) {
      ++rejected_;
      co_return false;
    }
    co_return true;
  }
};
task<> trade(Reported &a, long cost, bool fail) {
  (void)co_await a.buy(cost, fail);
}
PROGRAM(debit_whose_handler_only_reports) {
  Reported a;
  w.spawn(trade(a, 60, true));
  w.spawn(trade(a, 70, false));
  w.run();
  return a.balance_ == 30;
}

/// Asks at a wait whether anybody holds the lock.
bool (*lock_is_free)() = [] {
  return state.try_atomic_balance_update().has_value();
};
task<> notify(int &blocked) {
  co_await step{};
  blocked += !lock_is_free();
}
task<long> quote(int &blocked) {
  co_await step{};
  blocked += !lock_is_free();
  co_return 7;
}

struct Notifies {
  long balance_ = 100;
  int blocked_ = 0;
  task<> limit(long to) {
    auto guard = co_await state.atomic_balance_update();
    if (balance_ > to)
      balance_ = to;
    co_await notify(blocked_);
  }
};
PROGRAM(notification_under_the_guard) {
  Notifies a;
  w.spawn(a.limit(60));
  w.spawn(a.limit(50));
  w.run();
  return a.blocked_ == 0 && a.balance_ == 50;
}

struct Quotes {
  long balance_ = 100;
  int blocked_ = 0;
  task<> limit() {
    auto guard = co_await state.atomic_balance_update();
    const long to = co_await quote(blocked_);
    if (balance_ > to)
      balance_ = to;
  }
};
PROGRAM(quote_under_the_guard) {
  Quotes a;
  w.spawn(a.limit());
  w.spawn(a.limit());
  w.run();
  return a.blocked_ == 0 && a.balance_ == 7;
}

} // namespace
