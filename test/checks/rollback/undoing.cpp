// RUN: %check-cases %s -- --executor=single-threaded
#include "venue.hpp"
#include <interlock/safe_state.hpp>
using namespace mock;

class engine {
public:
  // The object dies before the guard: it restores under it.
  task<bool> undone_under_the_guard_ok(money cost) {
    auto guard = co_await state_.atomic_balance_update();
    if (balance_ < cost)
      co_return false;
    balance_ -= cost;
    interlock::rollback undo([&] { balance_ += cost; });
    co_await venue_.submit(cost);
    undo.commit();
    co_return true;
  }

  // The debit is for the step before it; what follows has nothing to undo.
  task<bool> debit_behind_its_step_ok(money cost) {
    {
      auto guard = co_await state_.atomic_balance_update();
      if (balance_ < cost)
        co_return false;
      co_await venue_.submit(cost);
      balance_ -= cost;
    }
    co_await venue_.submit(0);
    co_return true;
  }

private:
  interlock::SafeTradingState &state_ = interlock::get_global_safe_state();
  money balance_;
  venue venue_;
};
