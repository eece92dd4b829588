// Guards that are there but do not help: too late, lost, held for too long.
#include "program.hpp"

#include <interlock/safe_state.hpp>

#include <stdexcept>

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

} // namespace
