// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,mismatched-guard,unspecified-read-order
// Locks that a program builds for itself, proxies, and locks reached through
// other objects.
#include "folly.hpp"
#include "libcoro.hpp"
#include "seastar.hpp"
#include "venue.hpp"
#include <map>
#include <memory>
#include <string>

/// An RAII guard of the program's own around an async mutex.
class exclusive {
public:
  explicit exclusive(coro::scoped_lock lock) : lock_(std::move(lock)) {}

private:
  coro::scoped_lock lock_;
};

class with_own_guard {
public:
  // The factory awaits the mutex and returns the guard.
  coro::task<> factory_ok(long n) {
    auto guard = co_await enter();
    if (left_ < n)
      co_return;
    co_await venue_.submit(n);
    left_ -= n;
  }

  // The guard dies before the wait.
  coro::task<> factory_short_bad(long n) {
    bool enough = false;
    {
      auto guard = co_await enter();
      enough = left_ >= n;
    }
    co_await venue_.submit(n);
    if (enough)
      left_ -= n; // expect: stale-check
  }

private:
  coro::task<exclusive> enter() {
    co_return exclusive(co_await mutex_.scoped_lock());
  }
  coro::mutex mutex_;
  long left_ = 0;
  venue venue_;
};

/// A lock for each key.
class keyed_rows {
public:
  // The lock of the row that is changed.
  coro::task<> same_key_ok(int key, long n) {
    auto lock = co_await locks_[key].scoped_lock();
    const long old = rows_[key];
    co_await venue_.submit(n);
    rows_[key] = old + n;
  }

  // The lock of another row.
  coro::task<> other_key_bad(int key, int other, long n) {
    auto lock = co_await locks_[other].scoped_lock();
    const long old = rows_[key];
    co_await venue_.submit(n);
    rows_[key] = old + n; // expect: stale-value|mismatched-guard
  }

private:
  std::map<int, coro::mutex> locks_;
  std::map<int, long> rows_;
  venue venue_;
};

/// The lock is shared by pointer.
class shared_lock_owner {
public:
  // One mutex behind a shared pointer, used by all writers.
  coro::task<> through_pointer_ok(long n) {
    auto lock = co_await mutex_->scoped_lock();
    if (left_ < n)
      co_return;
    co_await venue_.submit(n);
    left_ -= n;
  }

  // The same mutex, through a reference.
  coro::task<> through_reference_ok(long n) {
    coro::mutex &m = *mutex_;
    auto lock = co_await m.scoped_lock();
    if (left_ < n)
      co_return;
    co_await venue_.submit(n);
    left_ -= n;
  }

private:
  std::shared_ptr<coro::mutex> mutex_ = std::make_shared<coro::mutex>();
  long left_ = 0;
  venue venue_;
};

/// A mutex that is local to the call excludes nobody.
class local_lock {
public:
  // Each call has a mutex of its own.
  coro::task<> local_mutex_bad(long n) {
    coro::mutex mine;
    auto lock = co_await mine.scoped_lock();
    if (left_ < n)
      co_return;
    co_await venue_.submit(n);
    left_ -= n; // expect: stale-check
  }

private:
  long left_ = 0;
  venue venue_;
};

/// Units: moved on, replaced, given back.
class units {
public:
  // Kept in another variable.
  seastar::future<> moved_ok(long n) {
    auto first = co_await seastar::get_units(sem_, 1);
    auto kept = std::move(first);
    const long old = left_;
    co_await seastar::sleep(1);
    left_ = old - n;
  }

  // Replaced by empty units: given back.
  seastar::future<> replaced_bad(long n) {
    auto held = co_await seastar::get_units(sem_, 1);
    const long old = left_;
    held = {};
    co_await seastar::sleep(1);
    left_ = old - n; // expect: stale-value
  }

  // wait() and signal() by hand.
  seastar::future<> by_hand_ok(long n) {
    co_await sem_.wait();
    const long old = left_;
    co_await seastar::sleep(1);
    left_ = old - n;
    sem_.signal();
  }

  // Signalled before the wait.
  seastar::future<> by_hand_bad(long n) {
    co_await sem_.wait();
    const long old = left_;
    sem_.signal();
    co_await seastar::sleep(1);
    left_ = old - n; // expect: stale-value
  }

private:
  seastar::semaphore sem_{1};
  long left_ = 0;
};

class many_units {
public:
  // Ten at a time.
  seastar::future<> counting_bad(long n) {
    auto held = co_await seastar::get_units(sem_, 1);
    const long old = left_;
    co_await seastar::sleep(1);
    left_ = old - n; // expect: stale-value
  }

private:
  seastar::semaphore sem_{10};
  long left_ = 0;
};

/// The lock is taken in the loop head's own pass.
class per_pass {
public:
  // Each pass is a critical section of its own.
  coro::task<> pass_ok(int passes) {
    for (int i = 0; i < passes; ++i) {
      auto lock = co_await mutex_.scoped_lock();
      const long old = left_;
      co_await venue_.submit(old);
      left_ = old - 1;
    }
  }

  // The copy of the pass before is written in this one.
  coro::task<> across_passes_bad(int passes) {
    long old = 0;
    {
      auto lock = co_await mutex_.scoped_lock();
      old = left_;
    }
    for (int i = 0; i < passes; ++i) {
      auto lock = co_await mutex_.scoped_lock();
      left_ = old - 1; // expect: stale-value
    }
  }

private:
  coro::mutex mutex_;
  long left_ = 0;
  venue venue_;
};

/// Runs callables one after the other.
class one_by_one {
public:
  template <class F> coro::task<void> run(F section) {
    while (busy_)
      co_await venue_.submit(0);
    busy_ = true;
    co_await section();
    busy_ = false;
  }
  // whoever comes runs it
  template <class F> coro::task<void> run_beside(F section) {
    co_await section();
    busy_ = false;
  }

private:
  venue venue_;
  bool busy_ = false;
};
class ladder {
public:
  coro::task<void> up_ok() {
    co_await sections_.run([&]() -> coro::task<void> {
      const int before = step_;
      co_await venue_.submit(before);
      step_ = before + 1;
    });
  }
  coro::task<void> down_ok() {
    co_await sections_.run([&]() -> coro::task<void> {
      if (step_ == 0)
        co_return;
      co_await venue_.submit(step_);
      --step_;
    });
  }
  coro::task<void> turn_bad() {
    co_await sections_.run_beside([&]() -> coro::task<void> {
      const int before = turns_;
      co_await venue_.submit(before);
      turns_ = before + 1; // expect: stale-value
    });
  }

private:
  one_by_one sections_;
  venue venue_;
  int step_ = 0, turns_ = 0;
};
