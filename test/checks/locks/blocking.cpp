// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,blocking-lock-across-suspension,blocking-guard-in-coroutine
#include "awaitables.hpp"
#include "libcoro.hpp"
#include "locks.hpp"
#include "venue.hpp"
#include <condition_variable>
#include <interlock/safe_state.hpp>
using namespace mock;

class account {
public:
  // Every other coroutine of this thread that wants the mutex blocks it.
  task<> lock_guard_bad(money cost) {
    std::lock_guard lock(mutex_);
    co_await venue_.submit(cost); // expect: blocking-lock-across-suspension
    balance_ -= cost;
  }

  // The lock ends before the await.
  task<> lock_guard_scope_ok(money cost) {
    {
      std::lock_guard lock(mutex_);
      balance_ -= cost;
    }
    co_await venue_.submit(cost);
  }

  // unique_lock, still held.
  task<> unique_lock_bad(money cost) {
    std::unique_lock lock(mutex_);
    balance_ -= cost;
    co_await venue_.submit(cost); // expect: blocking-lock-across-suspension
  }

  // unique_lock, released by hand.
  task<> unique_lock_unlocked_ok(money cost) {
    std::unique_lock lock(mutex_);
    balance_ -= cost;
    lock.unlock();
    co_await venue_.submit(cost);
  }

  // Deferred: not taken.
  task<> deferred_ok(money cost) {
    std::unique_lock lock(mutex_, std::defer_lock);
    co_await venue_.submit(cost);
    lock.lock();
    balance_ -= cost;
  }

  // A shared lock blocks as well.
  task<> shared_lock_bad(money cost) {
    std::shared_lock lock(shared_);
    co_await venue_.submit(cost); // expect: blocking-lock-across-suspension
  }

  // Several at once.
  task<> scoped_lock_bad(money cost) {
    std::scoped_lock lock(mutex_, shared_);
    co_await venue_.submit(cost); // expect: blocking-lock-across-suspension
  }

  // Locked by hand.
  task<> manual_bad(money cost) {
    mutex_.lock();
    co_await venue_.submit(cost); // expect: blocking-lock-across-suspension
    mutex_.unlock();
  }

  // Locked and unlocked by hand before the await.
  task<> manual_ok(money cost) {
    mutex_.lock();
    balance_ -= cost;
    mutex_.unlock();
    co_await venue_.submit(cost);
  }

  // The await does not suspend.
  task<> ready_ok(money cost) {
    std::lock_guard lock(mutex_);
    co_await ready<int>{1};
    balance_ -= cost;
  }

  // The await stands in an initialiser.
  task<> in_initialiser_bad(money cost) {
    std::lock_guard lock(mutex_);
    const money fee = co_await venue_.fee(cost); // expect: blocking-lock-across-suspension
    balance_ -= fee;
  }

  // An async mutex is made for it.
  task<> async_mutex_ok(money cost) {
    auto lock = co_await async_.scoped_lock();
    co_await venue_.submit(cost);
    balance_ -= cost;
  }

  // co_yield is a suspension point, too.
  generator<int> yield_bad() {
    std::lock_guard lock(mutex_);
    co_yield 1; // expect: blocking-lock-across-suspension
  }

  // Moved to somebody else before the await.
  task<> moved_ok(money cost) {
    std::unique_lock lock(mutex_);
    balance_ -= cost;
    take(std::move(lock));
    co_await venue_.submit(cost);
  }

  // A lambda coroutine under a lock of its own.
  task<> lambda_bad(money cost) {
    auto work = [this, cost]() -> task<> {
      std::lock_guard lock(mutex_);
      co_await venue_.submit(cost); // expect: blocking-lock-across-suspension
    };
    co_await work();
  }

  // The blocking form of the guard stops the executor's thread.
  task<> blocking_guard_bad(money cost) {
    auto guard = state_.atomic_balance_update().blocking(); // expect: blocking-guard-in-coroutine
    balance_ -= cost;
    co_return;
  }

  // So does a wait for others who may need it.
  task<> wait_bad() {
    std::unique_lock lock(mutex_);
    paid_.wait(lock, [this] { return balance_ > money(0); }); // expect: blocking-guard-in-coroutine
    co_return;
  }
  void wait_ok() {
    std::unique_lock lock(mutex_);
    paid_.wait(lock, [this] { return balance_ > money(0); });
  }

  // The same from a plain function.
  void blocking_guard_ok(money cost) {
    auto guard = state_.atomic_balance_update().blocking();
    balance_ -= cost;
  }

private:
  void take(std::unique_lock<std::mutex> lock);
  std::mutex mutex_;
  std::condition_variable paid_;
  std::shared_mutex shared_;
  coro::mutex async_;
  interlock::SafeTradingState &state_ = interlock::get_global_safe_state();
  money balance_;
  venue venue_;
};
