// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,unguarded-*
// Atomics that let one in, and amounts that are measured where they are taken.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

class roof {
public:
  bool turn_ok() {
    bool expected = false;
    if (!moving_.compare_exchange_strong(expected, true))
      return false;
    open_ = !open_.load();
    moving_ = false;
    return true;
  }
  bool turn_bad() {
    if (moving_.load())
      return false;
    moving_ = true; // expect: unguarded-check-then-modify
    moving_ = false;
    return true;
  }

private:
  std::atomic<bool> moving_{false}, open_{false};
};

class bucket {
public:
  long there_ok() {
    std::lock_guard held(mutex_);
    return tokens_;
  }
  void fill_ok(long n) {
    std::lock_guard held(mutex_);
    tokens_ += n;
  }
  // The first look saves the trouble; how much is taken is seen under the lock.
  long take_up_to_ok(long most) {
    if (there_ok() == 0)
      return 0;
    std::lock_guard held(mutex_);
    const long got = std::min(tokens_, most);
    tokens_ -= got;
    return got;
  }
  bool take_bad(long n) {
    if (there_ok() < n)
      return false;
    std::lock_guard held(mutex_);
    tokens_ -= n; // expect: unguarded-check-then-modify
    return true;
  }

private:
  std::mutex mutex_;
  long tokens_ = 0;
};

void drive(roof &r, bucket &b) {
  std::jthread first([&] { r.turn_ok(); b.take_up_to_ok(3); });
  std::jthread second([&] { r.turn_bad(); b.take_bad(3); });
}
