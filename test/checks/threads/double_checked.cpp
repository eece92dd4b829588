// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,unguarded-*
// Atomics: created at the first use, by a test outside the lock and one inside;
// beside a lock.
#include "asio.hpp"
#include <atomic>
#include <mutex>

struct table {
  int rows;
};

class catalogue {
public:
  // the second test is made under the lock, through the same local
  table &loaded_ok() {
    table *found = loaded_.load(std::memory_order_acquire);
    if (found == nullptr) {
      std::lock_guard held(mutex_);
      found = loaded_.load(std::memory_order_relaxed);
      if (found == nullptr) {
        found = new table();
        loaded_.store(found, std::memory_order_release);
      }
    }
    return *found;
  }
  // a local that leads elsewhere from now on changes nothing
  int rows_ok(table *other) {
    table *now = loaded_.load();
    if (now == nullptr)
      now = other;
    return now->rows;
  }
  // so with a number that was computed under the second test
  long limit_ok() {
    long limit = limit_.load();
    if (limit == 0) {
      std::lock_guard held(mutex_);
      limit = limit_.load();
      if (limit == 0) {
        limit = 100;
        limit_.store(limit);
      }
    }
    return limit;
  }
  // only the test outside the lock
  table &once_bad() {
    table *found = hasty_.load(std::memory_order_acquire);
    if (found == nullptr) {
      found = new table();
      std::lock_guard held(mutex_);
      hasty_.store(found); // expect: unguarded-check-then-modify
    }
    return *found;
  }
  long limit_bad() {
    long limit = loose_.load();
    if (limit == 0) {
      limit = 100;
      loose_.store(limit); // expect: unguarded-check-then-modify
    }
    return limit;
  }

private:
  std::mutex mutex_;
  std::atomic<table *> loaded_{nullptr}, hasty_{nullptr};
  std::atomic<long> limit_{0}, loose_{0};
};

/// An atomic that is only ever changed in one step needs no strand.
class link {
public:
  void open_ok() {
    if (!connecting_.exchange(true))
      asio::post(strand_, [this] { connect(); });
  }
  void lost_ok() {
    asio::post(strand_, [this] {
      if (connecting_.exchange(false))
        connect();
    });
  }
  // on the strand it is read, and then written
  void spend_ok() {
    asio::post(strand_, [this] {
      if (balance_ > 9)
        balance_ = balance_ - 9;
    });
  }
  void reset_bad() {
    balance_ = 0; // expect: unguarded-modification
  }
  // what goes into other state has been read as well
  void count_ok() {
    asio::post(strand_, [this] {
      sum_ += open_;
      open_ = 0;
    });
  }
  void open_bad() {
    open_ = 1; // expect: unguarded-modification
  }

private:
  void connect() { connecting_.store(true); }
  asio::strand<asio::any_io_executor> strand_;
  std::atomic<bool> connecting_ = false;
  std::atomic<long> balance_ = 0, open_ = 0;
  long sum_ = 0;
};
