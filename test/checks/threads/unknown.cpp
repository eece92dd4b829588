// RUN: %check-cases %s -- --checks=-*,stale-*,unguarded-*
// The default: what is wrong on one thread is an error, what is wrong only on
// several is reported by checks of its own.
#include "venue.hpp"
#include <interlock/safe_state.hpp>
using namespace mock;

class account {
public:
  // Wrong everywhere.
  task<> stale_bad(long cost) {
    if (balance_ < cost)
      co_return;
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
  }

  // Wrong on several threads.
  task<> one_slice_bad(long cost) {
    if (balance_ < cost)
      co_return;
    balance_ -= cost; // expect: unguarded-check-then-modify
    co_await venue_.submit(cost);
  }

  // The same.
  void deposit_bad(long amount) {
    balance_ += amount; // expect: unguarded-modification
  }

  // Neither.
  task<> guarded_ok(long cost) {
    auto guard = co_await interlock::get_global_safe_state()
                     .atomic_balance_update();
    if (balance_ >= cost)
      balance_ -= cost;
  }

  // Reading is no defect.
  bool rich_ok() const { return balance_ > 1000; }

private:
  long balance_ = 0;
  venue venue_;
};
