// RUN: %check-cases %s -- --executor=multi-threaded --checks=-*,stale-*,unguarded-*,mismatched-guard
// Which guard a write is under, where it stands in a function of its own or
// needs no check.
#include "task.hpp"
#include "venue.hpp"
#include <interlock/safe_state.hpp>
#include <mutex>
using mock::task;

class till {
public:
  // Another function relies on an old check of the same money.
  task<> pay_late_bad(money n) {
    {
      std::lock_guard lock(mutex_);
      if (cash_ < n)
        co_return;
    }
    co_await venue_.submit(n);
    std::lock_guard lock(mutex_);
    cash_ -= n; // expect: stale-check
  }

  // The lock is taken inside, around check and write.
  task<bool> pay_inside_ok(money n) {
    co_await venue_.submit(n);
    co_return take(n);
  }

  // Not inside this one: the helper is told so, as nobody else locks for it.
  task<> put_inside_bad(money n) {
    co_await venue_.submit(n);
    put(n);
  }

private:
  bool take(money n) {
    std::scoped_lock lock(mutex_);
    if (cash_ < n)
      return false;
    cash_ -= n;
    return true;
  }
  void put(money n) {
    cash_ += n; // expect: unguarded-modification
  }

  std::mutex mutex_;
  money cash_;
  venue venue_;
};

class ledger {
public:
  task<> deposit_ok(money n) {
    auto guard = co_await state_.atomic_balance_update();
    balance_ += n;
  }
  // No check is needed to see that this is the guard of something else.
  task<> rebate_bad(unsigned long id, money n) {
    auto guard = co_await state_.atomic_order_update(id);
    balance_ += n; // expect: mismatched-guard
  }
  // Both: the right one is among them.
  task<> both_ok(unsigned long id, money n) {
    auto guard = co_await state_.atomic_update(interlock::balance,
                                               interlock::order(id));
    balance_ += n;
  }

private:
  interlock::SafeTradingState &state_ = interlock::get_global_safe_state();
  money balance_;
};
