// RUN: %check-cases %s -- --executor=multi-threaded --checks=-*,stale-*,unguarded-*,mismatched-guard
#include "asio.hpp"
#include "locks.hpp"
#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <vector>

using asio::awaitable;
using asio::use_awaitable;

awaitable<bool> send_order(int id);

struct fill {
  int id;
  long qty;
};

/// Every coroutine runs on the strand of the object.
class desk {
public:
  explicit desk(asio::thread_pool &pool) : strand_(asio::make_strand(pool.get_executor())) {}

  void start() {
    asio::co_spawn(strand_, run_ok(), asio::detached);
    asio::co_spawn(strand_, count_ok(), asio::detached);
    asio::co_spawn(strand_, late_bad(7), asio::detached);
  }

private:
  // in one slice, on the strand
  awaitable<void> run_ok() {
    for (;;) {
      if (exposure_ > 100)
        exposure_ -= 10;
      co_await send_order(1);
      exposure_ += 1;
    }
  }
  // on the strand, only reads
  awaitable<void> count_ok() {
    long seen = exposure_;
    co_await send_order(int(seen));
  }
  // a strand does not hold over the await
  awaitable<void> late_bad(long n) {
    if (exposure_ + n > 100)
      co_return;
    co_await send_order(2);
    exposure_ += n; // expect: stale-check
  }

  asio::strand<asio::any_io_executor> strand_;
  long exposure_ = 0;
};

/// One function goes to the pool directly.
class leaky_desk {
public:
  void start(asio::any_io_executor pool) {
    asio::co_spawn(strand_, on_strand_ok(), asio::detached);
    asio::co_spawn(pool, off_strand_bad(), asio::detached);
  }

private:
  awaitable<void> on_strand_ok() {
    co_await send_order(1);
    positions_["a"] += 1;
  }
  awaitable<void> off_strand_bad() {
    co_await send_order(2);
    positions_["b"] += 1; // expect: unguarded-modification
  }
  asio::strand<asio::any_io_executor> strand_;
  std::map<std::string, long> positions_;
};

/// Work is posted to the strand.
class recorder {
public:
  void record_ok(fill f) {
    asio::post(strand_, [this, f] { fills_.push_back(f); });
  }
  void forget_ok() {
    asio::dispatch(strand_, [this] {
      if (fills_.size() > 100)
        fills_.clear();
    });
  }

private:
  asio::strand<asio::any_io_executor> strand_;
  std::vector<fill> fills_;
};

class open_recorder {
public:
  void record_ok(fill f) {
    asio::post(strand_, [this, f] { fills_.push_back(f); });
  }
  // from any thread
  void record_bad(fill f) {
    fills_.push_back(f); // expect: unguarded-modification
  }

private:
  asio::strand<asio::any_io_executor> strand_;
  std::vector<fill> fills_;
};

/// Atomics in a server.
class limiter {
public:
  awaitable<bool> enter_ok() {
    int now = open_orders_.load();
    while (now < 10 && !open_orders_.compare_exchange_weak(now, now + 1)) {
    }
    co_return now < 10;
  }
  awaitable<void> leave_ok() {
    open_orders_.fetch_sub(1);
    co_return;
  }
  awaitable<bool> enter_bad() {
    if (open_orders_ >= 10)
      co_return false;
    ++open_orders_; // expect: unguarded-check-then-modify
    co_return true;
  }
  awaitable<void> stamp_ok() {
    open_orders_ = 0;
    co_return;
  }

private:
  std::atomic<int> open_orders_{0};
};

/// Thread-local and local things.
awaitable<long> totals_ok(std::vector<fill> fills) {
  long balance = 0;
  for (const fill &f : fills) {
    if (balance < 1000)
      balance += f.qty;
    co_await send_order(f.id);
  }
  co_return balance;
}

thread_local long tl_balance = 0;
awaitable<void> thread_local_ok(long n) {
  tl_balance += n;
  co_return;
}
