// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,nested-guard
// The second acquisition stands in a callee.
#include "cppcoro.hpp"
#include "libcoro.hpp"
#include "venue.hpp"
#include <interlock/safe_state.hpp>
#include <mutex>
using namespace mock;

interlock::SafeTradingState &locks();

class bank {
public:
  // The callee waits for the lock that its caller holds, for ever.
  coro::task<> transfer_bad(long n) {
    auto lock = co_await mutex_.scoped_lock();
    co_await debit(n); // expect: nested-guard
  }

  // The guard is released before the call.
  coro::task<> released_ok(long n) {
    {
      auto lock = co_await mutex_.scoped_lock();
      log_line("checked");
    }
    co_await debit(n);
  }

  // The callee takes no lock.
  coro::task<> plain_callee_ok(long n) {
    auto lock = co_await mutex_.scoped_lock();
    co_await log_it(n);
  }

private:
  coro::task<> debit(long n) {
    auto lock = co_await mutex_.scoped_lock();
    total_ -= n;
  }
  coro::task<> log_it(long) {
    log_line("logged");
    co_return;
  }
  coro::mutex mutex_;
  long total_ = 0;
};

/// Two locks in both orders: each waits for the other.
class crossed {
public:
  // First a, then b.
  coro::task<> forward_bad() {
    auto a = co_await a_.scoped_lock();
    auto b = co_await b_.scoped_lock(); // expect: nested-guard
    ++count_;
  }

  // First b, then a.
  coro::task<> backward_bad() {
    auto b = co_await b_.scoped_lock();
    auto a = co_await a_.scoped_lock(); // expect: nested-guard
    ++count_;
  }

private:
  coro::mutex a_, b_;
  long count_ = 0;
};

// A lock that is only tried, and asked for, ends with its function.
class sampler {
public:
  bool sample() {
    std::unique_lock lock(samples_mutex_, std::try_to_lock);
    if (!lock.owns_lock())
      return false;
    ++samples_;
    return true;
  }
  task<> sample_then_lock_ok() {
    sample();
    auto guard = co_await state_.atomic_balance_update();
    co_await venue_.submit(1);
  }

private:
  interlock::SafeTradingState state_;
  std::mutex samples_mutex_;
  int samples_ = 0;
  venue venue_;
};

/// A base is called by its name: it does not come back here.
class destination {
public:
  virtual ~destination() = default;
  virtual void process(int) {
    std::lock_guard held(seen_mutex_);
    ++seen_;
  }

private:
  std::mutex seen_mutex_;
  int seen_ = 0;
};
class router : public destination {
public:
  void process(int message) override {
    std::lock_guard held(router_mutex_);
    destination::process(message);
  }
  void again_bad(int message) {
    std::lock_guard held(router_mutex_);
    process(message); // expect: nested-guard
  }

private:
  std::mutex router_mutex_;
};

/// A helper gives up the lock that its caller holds, and takes it again.
class ticker {
public:
  void stop_ok() {
    std::unique_lock<std::mutex> held(ticks_mutex_);
    if (--running_ == 0)
      join_worker();
  }
  void stop_twice_bad() {
    std::unique_lock<std::mutex> held(ticks_mutex_);
    drain(); // expect: nested-guard
  }

private:
  void join_worker() {
    stopped_ = true;
    ticks_mutex_.unlock();
    worker_.wait();
    ticks_mutex_.lock();
  }
  void drain() {
    ticks_mutex_.lock();
    stopped_ = true;
    ticks_mutex_.unlock();
  }
  struct thread_like {
    void wait();
  };
  std::mutex ticks_mutex_;
  thread_like worker_;
  int running_ = 0;
  bool stopped_ = false;
};

/// Whoever waits for a coroutine without awaiting it runs it on the spot.
class printers {
public:
  int queued_ok() { return cppcoro::sync_wait(length()); }
  cppcoro::task<int> report_bad() {
    auto lock = co_await mutex_.scoped_lock_async();
    const int n = cppcoro::sync_wait(length()); // expect: nested-guard
    co_return n;
  }
  cppcoro::task<int> unlocked_ok() {
    {
      auto lock = co_await mutex_.scoped_lock_async();
      queued_ = 0;
    }
    co_return cppcoro::sync_wait(length());
  }

private:
  cppcoro::task<int> length() {
    auto lock = co_await mutex_.scoped_lock_async();
    co_return queued_;
  }
  cppcoro::async_mutex mutex_;
  int queued_ = 0;
};
