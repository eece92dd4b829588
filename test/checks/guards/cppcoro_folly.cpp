// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,mismatched-guard,unspecified-read-order
#include "cppcoro.hpp"
#include "folly.hpp"
#include "venue.hpp"

class cppcoro_account {
public:
  // The scoped lock.
  cppcoro::task<> scoped_ok(money cost) {
    auto lock = co_await mutex_.scoped_lock_async();
    if (balance_ < cost)
      co_return;
    co_await venue_.submit(cost);
    balance_ -= cost;
  }

  // Locked by hand and adopted.
  cppcoro::task<> adopted_ok(money cost) {
    co_await mutex_.lock_async();
    cppcoro::async_mutex_lock lock{mutex_, std::adopt_lock};
    if (balance_ < cost)
      co_return;
    co_await venue_.submit(cost);
    balance_ -= cost;
  }

  // Unlocked between check and debit.
  cppcoro::task<> unlocked_between_bad(money cost) {
    co_await mutex_.lock_async();
    const bool enough = balance_ >= cost;
    mutex_.unlock();
    co_await mutex_.lock_async();
    if (enough)
      balance_ -= cost; // expect: stale-check
    mutex_.unlock();
  }

private:
  cppcoro::async_mutex mutex_;
  money balance_;
  venue venue_;
};

class folly_account {
public:
  // folly's scoped lock is a unique_lock.
  folly::coro::Task<bool> scoped_ok(money cost) {
    auto lock = co_await mutex_.co_scoped_lock();
    if (balance_ < cost)
      co_return false;
    co_await venue_.submit(cost);
    balance_ -= cost;
    co_return true;
  }

  // Given back early.
  folly::coro::Task<> unlocked_bad(money cost) {
    auto lock = co_await mutex_.co_scoped_lock();
    if (balance_ < cost)
      co_return;
    lock.unlock();
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
  }

  // Check first, lock second.
  folly::coro::Task<> lock_after_check_bad(money cost) {
    if (balance_ < cost)
      co_return;
    const auto lock = co_await mutex_.co_scoped_lock();
    balance_ -= cost; // expect: stale-check
  }

  // Checked once without the lock for speed, and again under it.
  folly::coro::Task<> double_checked_ok(money cost) {
    if (balance_ < cost)
      co_return;
    const auto lock = co_await mutex_.co_scoped_lock();
    if (balance_ < cost)
      co_return;
    balance_ -= cost;
  }

private:
  folly::coro::Mutex mutex_;
  money balance_;
  venue venue_;
};

class shared_account {
public:
  // Readers share: two of them debit.
  folly::coro::Task<> shared_lock_bad(money cost) {
    auto lock = co_await mutex_.co_scoped_lock_shared();
    if (balance_ < cost)
      co_return;
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
  }

  // The exclusive side.
  folly::coro::Task<> exclusive_lock_ok(money cost) {
    auto lock = co_await mutex_.co_scoped_lock();
    if (balance_ < cost)
      co_return;
    co_await venue_.submit(cost);
    balance_ -= cost;
  }

  // Checked under the shared lock, debited under the exclusive one.
  folly::coro::Task<> upgraded_bad(money cost) {
    {
      auto reader = co_await mutex_.co_scoped_lock_shared();
      if (balance_ < cost)
        co_return;
    }
    auto writer = co_await mutex_.co_scoped_lock();
    balance_ -= cost; // expect: stale-check
  }

private:
  folly::coro::SharedMutex mutex_;
  money balance_;
  venue venue_;
};
