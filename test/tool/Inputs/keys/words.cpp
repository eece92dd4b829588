// Locks, awaitables and calls of a house that the tool knows nothing of.
#include "venue.hpp"
#include <interlock/safe_state.hpp>
using namespace mock;

struct ticket {
  ~ticket();
};
struct gate {
  task<ticket> enter();
};
task<> cached();
void relax();
namespace absl {
template <class Work> void c_when_idle(Work work); // sounds like at once
}

struct guarded {
  task<> by_ticket(money cost) {
    ticket held = co_await gate_.enter();
    if (balance_ >= cost) {
      co_await venue_.submit(cost);
      balance_ -= cost;
    }
  }
  gate gate_;
  venue venue_;
  money balance_;
};
struct caching {
  task<> in_cache(money cost) {
    if (balance_ >= cost) {
      co_await cached();
      balance_ -= cost;
    }
  }
  money balance_;
};
struct yielding {
  void yields(money cost) {
    if (balance_ >= cost) {
      relax();
      balance_ -= cost;
    }
  }
  money balance_;
};
struct posting {
  void posts(money cost) {
    if (balance_ >= cost)
      absl::c_when_idle([this, cost] { balance_ -= cost; });
  }
  money balance_;
};
struct auditing {
  task<> audits(money cost) {
    auto guard = co_await state_.atomic_balance_update();
    balance_ -= cost;
    co_await venue_.submit(cost);
  }
  venue venue_;
  money balance_;
  interlock::SafeTradingState state_;
};
struct reserving {
  task<bool> reserve(money n) {
    if (cash_ < n)
      co_return false;
    co_await venue_.submit(n);
    held_ += n;
    co_return true;
  }
  venue venue_;
  money cash_;
  money held_;
};
struct seating {
  task<bool> sit() {
    if (chairs_ == 0)
      co_return false;
    co_await venue_.submit(1);
    --chairs_;
    co_return true;
  }
  venue venue_;
  int chairs_ = 10;
};
