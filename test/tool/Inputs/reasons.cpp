// Places that look like await races and are none, each for another reason.
#include "awaitables.hpp"
#include "libcoro.hpp"
#include "venue.hpp"
#include <interlock/annotations.hpp>
using namespace mock;

class reasons {
public:
  explicit reasons(money start) {
    balance_ = start; // owned
  }
  task<> guarded(money cost) {
    auto lock = co_await mutex_.scoped_lock();
    if (balance_ < cost)
      co_return;
    co_await venue_.submit(cost);
    balance_ -= cost; // guarded
  }
  task<> rechecked(money cost) {
    if (cash_ < cost)
      co_return;
    co_await venue_.submit(cost);
    if (cash_ < cost)
      co_return;
    cash_ -= cost; // rechecked
  }
  task<> claimed() {
    if (busy_)
      co_return;
    busy_ = true;
    co_await venue_.submit(1);
    busy_ = false; // claimed
  }
  task<> ready(money cost) {
    if (equity_ < cost)
      co_return;
    co_await mock::ready<int>{1};
    equity_ -= cost; // ready
  }
  task<> validated() {
    const long seen = funds_;
    co_await venue_.submit(1);
    if (funds_ == seen)
      funds_ = seen + 1; // validated
  }
  task<> blind(money now) {
    co_await venue_.submit(1);
    collateral_ = now; // blind
  }

private:
  coro::mutex mutex_;
  money balance_, cash_, equity_, collateral_;
  long funds_ = 0;
  bool busy_ INTERLOCK_STATE(trade) = false;
  venue venue_;
};
