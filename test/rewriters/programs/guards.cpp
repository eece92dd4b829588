// Guards that are there but do not help: too late, lost, gone too early.
#include "program.hpp"

#include <interlock/safe_state.hpp>

#include <map>
#include <stdexcept>
#include <string>

namespace {

interlock::SafeTradingState &state = interlock::get_global_safe_state();

task<> settle() { co_await step{}; }

/// Holds the lock for a while, so that others queue for it.
task<> audit() {
  auto guard = co_await state.atomic_balance_update();
  co_await settle();
}

struct LateGuard {
  long balance_ = 100;
  task<bool> pay(long cost) {
    if (balance_ < cost)
      co_return false;
    auto guard = co_await state.atomic_balance_update();
    balance_ -= cost;
    co_return true;
  }
  task<> buy(long cost) { (void)co_await pay(cost); }
};
PROGRAM(guard_behind_the_check) {
  LateGuard a;
  w.spawn(audit());
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ == 40;
}

struct LateBehindWait {
  long balance_ = 100;
  task<> buy(long cost) {
    const long seen = balance_;
    co_await settle();
    // Others must not come in between.
    auto guard = co_await state.atomic_balance_update();
    if (seen >= cost)
      balance_ = seen - cost;
  }
};
PROGRAM(guard_behind_the_copy) {
  LateBehindWait a;
  w.spawn(a.buy(30));
  w.spawn(a.buy(30));
  w.run();
  return a.balance_ == 40;
}

struct LateInBranch {
  long balance_ = 100;
  task<> buy(long cost) {
    if (balance_ >= cost) {
      co_await settle();
      auto guard = co_await state.atomic_balance_update();
      balance_ -= cost;
    }
  }
};
PROGRAM(guard_inside_the_branch) {
  LateInBranch a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ == 40;
}

struct LateForTwo {
  long balance_ = 100;
  long cash_ = 0;
  task<> sweep(long amount) {
    if (balance_ < amount)
      co_return;
    auto guard = co_await state.atomic_balance_update();
    balance_ -= amount; // left: missing-rollback
    co_await settle();
    cash_ += amount;
  }
};
PROGRAM(guard_late_for_the_first_of_two) {
  LateForTwo a;
  w.spawn(audit());
  w.spawn(a.sweep(60));
  w.spawn(a.sweep(60));
  w.run();
  return a.balance_ == 40 && a.cash_ == 60;
}

struct NeverAwaited {
  long balance_ = 100;
  task<> buy(long cost) {
    [[maybe_unused]] auto guard = state.atomic_balance_update();
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
  }
};
PROGRAM(lock_never_awaited) {
  NeverAwaited a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ == 40;
}

struct Unnamed {
  long balance_ = 100;
  task<> buy(long cost) {
    (void)co_await state.atomic_balance_update();
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
  }
};
PROGRAM(guard_without_a_name) {
  Unnamed a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ == 40;
}

struct GivenBackTooEarly {
  long balance_ = 100;
  task<> buy(long cost) {
    auto guard = co_await state.atomic_balance_update();
    if (balance_ < cost) {
      guard.unlock();
      co_await settle();
      co_return;
    }
    guard.unlock();
    co_await settle();
    balance_ -= cost;
    co_await settle();
  }
};
PROGRAM(guard_given_back_before_the_update) {
  GivenBackTooEarly a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ == 40;
}

struct TakenTwice {
  long balance_ = 100;
  task<bool> scopes(long cost) {
    {
      auto guard = co_await state.atomic_balance_update();
      if (balance_ < cost)
        co_return false;
    }
    co_await settle();
    {
      auto guard = co_await state.atomic_balance_update();
      balance_ -= cost;
    }
    co_return true;
  }
  task<bool> names(long cost) {
    auto guard = co_await state.atomic_balance_update();
    if (balance_ < cost)
      co_return false;
    guard.unlock();
    co_await settle();
    auto second = co_await state.atomic_balance_update();
    balance_ -= cost;
    second.unlock();
    co_return true;
  }
  task<> buy(long cost) { (void)co_await scopes(cost); }
  task<> order(long cost) { (void)co_await names(cost); }
};
PROGRAM(guard_taken_twice) {
  TakenTwice a;
  w.spawn(a.buy(60));
  w.spawn(a.order(60));
  w.run();
  return a.balance_ == 40;
}

struct EndsWithItsBlock {
  long balance_ = 100;
  task<> buy(long cost) {
    long seen = 0;
    {
      auto guard = co_await state.atomic_balance_update();
      seen = balance_;
    }
    if (seen < cost)
      co_return;
    co_await settle();
    balance_ = seen - cost;
    co_await settle();
  }
};
PROGRAM(guard_ends_with_its_block) {
  EndsWithItsBlock a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(30));
  w.spawn(audit());
  w.run();
  return a.balance_ == 10;
}

/// A check that is repeated when the lock is taken again: nothing to repair.
struct ChecksAgain {
  long balance_ = 100;
  task<> buy(long cost) {
    {
      auto guard = co_await state.atomic_balance_update();
      if (balance_ < cost)
        co_return;
    }
    co_await settle();
    auto guard = co_await state.atomic_balance_update();
    if (balance_ < cost)
      co_return;
    balance_ -= cost;
  }
};
PROGRAM(guard_taken_again_with_its_check_safe) {
  ChecksAgain a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ == 40;
}

/// What stands beside what goes stays.
struct GivenBackInPassing {
  long balance_ = 100;
  task<> buy(long cost) {
    auto guard = co_await state.atomic_balance_update();
    if (balance_ < cost)
      co_return;
    guard.unlock(); // the venue is slow
    co_await settle();
    balance_ -= cost;
  }
  // clang-format off
  task<> order(long cost) { auto guard = co_await state.atomic_balance_update(); if (balance_ < cost) co_return; guard.unlock(); co_await settle(); balance_ -= cost; }
  // clang-format on
};
PROGRAM(guard_given_back_in_passing) {
  GivenBackInPassing a;
  w.spawn(a.buy(60));
  w.spawn(a.order(60));
  w.run();
  return a.balance_ == 40;
}

/// Nothing is left of an `if` that only gives the guard back.
struct GivenBackSometimes {
  long balance_ = 100;
  int quick_ = 0;
  task<> buy(long cost, bool quick) {
    auto guard = co_await state.atomic_balance_update();
    if (balance_ < cost)
      co_return;
    if (quick)
      guard.unlock();
    co_await settle();
    balance_ -= cost;
    quick_ += quick;
  }
  task<> order(long cost, bool quick) {
    auto guard = co_await state.atomic_balance_update();
    if (balance_ < cost)
      co_return;
    if (quick) {
      guard.unlock();
    }
    co_await settle();
    balance_ -= cost;
    quick_ += quick;
  }
};
PROGRAM(guard_given_back_sometimes) {
  GivenBackSometimes a;
  w.spawn(a.buy(60, true));
  w.spawn(a.buy(60, false));
  w.spawn(a.order(60, true));
  w.run();
  return a.balance_ == 40;
}

/// What is said of the guard goes where it goes; what stands beside it stays.
struct LateInCompany {
  long balance_ = 100;
  long asked_ = 0;
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    auto guard = co_await state.atomic_balance_update(); // nobody else
    co_await settle();
    balance_ -= cost;
  }
  task<> order(long cost) {
    if (balance_ < cost)
      co_return;
    // clang-format off
    ++asked_; auto guard = co_await state.atomic_balance_update();
    // clang-format on
    co_await settle();
    balance_ -= cost;
  }
};
PROGRAM(late_guards_in_company) {
  LateInCompany a;
  w.spawn(a.buy(60));
  w.spawn(a.order(60));
  w.run();
  return a.balance_ == 40;
}

/// The desk is locked, and the contract is what several desks share.
struct Hedge {
  std::string desk, contract;
  long tons = 0;
};
struct OtherKey {
  std::map<std::string, long> positions_;
  task<> hedge(Hedge order) {
    auto guard = co_await state.atomic_position_update(order.desk);
    long &tons = positions_[order.contract];
    if (tons + order.tons > 100)
      co_return;
    co_await settle();
    tons += order.tons;
  }
};
PROGRAM(guard_of_another_key) {
  OtherKey a;
  w.spawn(a.hedge({"rouen", "wheat", 60}));
  w.spawn(a.hedge({"kansas", "wheat", 60}));
  w.run();
  return a.positions_["wheat"] == 60;
}

/// The position is guarded, and the cash that is looked at with it is not: one
/// guard is of both. Who changes one of them goes on as before.
struct Options {
  bool overdrawn = false;
  long balance_ = 100;
  std::map<std::string, long> positions_;
  task<bool> write(std::string symbol, long lots, long margin) {
    auto guard = co_await state.atomic_position_update(symbol);
    if (positions_[symbol] + lots > 9)
      co_return false;
    if (balance_ < lots * margin)
      co_return false;
    co_await settle();
    positions_[symbol] += lots;
    balance_ -= lots * margin;
    overdrawn = overdrawn || balance_ < 0;
    co_return true;
  }
  task<> buy_back(std::string symbol, long lots, long margin) {
    {
      auto guard = co_await state.atomic_position_update(symbol);
      if (positions_[symbol] < lots)
        co_return;
      co_await settle();
      positions_[symbol] -= lots;
    }
    auto guard = co_await state.atomic_balance_update();
    balance_ += lots * margin;
  }
  task<> trade(std::string symbol, long lots) {
    if (co_await write(symbol, lots, 20))
      co_await buy_back(symbol, 1, 20);
  }
};
PROGRAM(guard_of_another_category) {
  Options o;
  w.spawn(o.trade("SAP", 3));
  w.spawn(o.trade("BMW", 4));
  w.run();
  return !o.overdrawn && o.positions_["SAP"] < 9;
}

} // namespace
