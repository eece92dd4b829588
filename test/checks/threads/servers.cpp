// RUN: %check-cases %s -- --executor=multi-threaded --checks=-*,stale-*,unguarded-*
// Trading state on a pool of threads.
#include "folly.hpp"
#include "libcoro.hpp"
#include "locks.hpp"
#include "venue.hpp"
#include <atomic>
#include <interlock/safe_state.hpp>
#include <map>
#include <string>
#include <utility>
using namespace mock;

struct order {
  int status = 0;
  money filled;
};

/// Orders under the guard of their id.
class order_manager {
public:
  // Status and quantity under one guard.
  task<> fill_ok(int id, money qty) {
    auto guard = co_await state_.atomic_order_update(id);
    order &o = orders_.at(id);
    o.status = 2;
    o.filled += qty;
  }

  // No guard; nothing is checked.
  task<> fill_bad(int id) {
    orders_.at(id).status = 2; // expect: unguarded-modification
    co_await venue_.submit(1);
  }

  // Checked and changed without one.
  task<> cancel_bad(int id) {
    if (orders_.at(id).status == 1)
      orders_.at(id).status = 3; // expect: unguarded-check-then-modify
    co_await venue_.submit(1);
  }

  // The guard ends, the change comes after.
  task<> late_bad(int id) {
    {
      auto guard = co_await state_.atomic_order_update(id);
      if (orders_.at(id).status != 1)
        co_return;
    }
    orders_.at(id).status = 3; // expect: stale-check|unguarded-check-then-modify
  }

private:
  interlock::SafeTradingState &state_ = interlock::get_global_safe_state();
  std::map<int, order> orders_;
  venue venue_;
};

/// An async mutex of a library guards as well.
class coro_account {
public:
  // Under the async mutex.
  coro::task<bool> buy_ok(long cost) {
    auto lock = co_await mutex_.scoped_lock();
    if (balance_ < cost)
      co_return false;
    balance_ -= cost;
    co_return true;
  }

  // Under the async mutex, with the wait inside.
  coro::task<> settle_ok(long cost) {
    auto lock = co_await mutex_.scoped_lock();
    const long left = balance_;
    co_await venue_.submit(cost);
    balance_ = left - cost;
  }

  // Unlocked too early.
  coro::task<> fee_bad(long fee) {
    auto lock = co_await mutex_.scoped_lock();
    lock.unlock();
    balance_ -= fee; // expect: unguarded-modification
  }

private:
  coro::mutex mutex_;
  long balance_ = 0;
  venue venue_;
};

/// std locks of every sort.
class std_account {
public:
  // unique_lock.
  void deposit_ok(long n) {
    std::unique_lock lock(mutex_);
    balance_ += n;
  }

  // unique_lock that is deferred and then taken.
  void deferred_ok(long n) {
    std::unique_lock lock(mutex_, std::defer_lock);
    lock.lock();
    balance_ += n;
  }

  // Deferred and forgotten.
  void deferred_bad(long n) {
    std::unique_lock lock(mutex_, std::defer_lock);
    balance_ += n; // expect: unguarded-modification
  }

  // By hand.
  void manual_ok(long n) {
    mutex_.lock();
    balance_ += n;
    mutex_.unlock();
  }

  // After the unlock.
  void manual_bad(long n) {
    mutex_.lock();
    log_line("locked");
    mutex_.unlock();
    balance_ += n; // expect: unguarded-modification
  }

  // try_lock that holds.
  void try_ok(long n) {
    if (mutex_.try_lock()) {
      balance_ += n;
      mutex_.unlock();
    }
  }

  // Reads need no report.
  long read_ok() const { return balance_; }

private:
  std::mutex mutex_;
  long balance_ = 0;
};

/// A shared lock does not allow to write.
class shared_account {
public:
  // The exclusive side.
  void deposit_ok(long n) {
    std::unique_lock lock(mutex_);
    balance_ += n;
  }

  // Readers run beside each other.
  void deposit_bad(long n) {
    std::shared_lock lock(mutex_);
    balance_ += n; // expect: unguarded-modification
  }

private:
  std::shared_mutex mutex_;
  long balance_ = 0;
};

/// Atomics: one operation is safe, a sequence of two is not.
class atomic_account {
public:
  // One operation.
  void deposit_ok(long n) { balance_.fetch_add(n); }

  // Test and subtract are two.
  bool debit_bad(long n) {
    if (balance_.load() < n)
      return false;
    balance_.fetch_sub(n); // expect: unguarded-check-then-modify
    return true;
  }

  // Repeats until nobody came between.
  bool debit_ok(long n) {
    long seen = balance_.load();
    do {
      if (seen < n)
        return false;
    } while (!balance_.compare_exchange_weak(seen, seen - n));
    return true;
  }

private:
  std::atomic<long> balance_{0};
};

/// Objects that nobody else can reach.
struct purse {
  long balance_ = 0;
};

// Built up locally and returned.
purse build_ok(long n) {
  purse p;
  p.balance_ = n;
  if (p.balance_ > 10)
    p.balance_ -= 10;
  return p;
}

// Given by value.
long spend_ok(purse p, long n) {
  if (p.balance_ >= n)
    p.balance_ -= n;
  return p.balance_;
}

// Given by reference: it is somebody's.
void spend_bad(purse &p, long n) {
  if (p.balance_ >= n)
    p.balance_ -= n; // expect: unguarded-check-then-modify
}
