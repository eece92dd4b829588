// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,unguarded-check-then-modify
// Created at the first use, by a test outside the lock and one inside.
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
