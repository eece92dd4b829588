// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,mismatched-guard
#include "folly.hpp"
#include <map>
#include <memory>
#include <string>
#include <vector>
using folly::coro::Task;

Task<> flush();
Task<int> fetch(std::string key);

class quotas {
public:
  // Both children run while the other one waits.
  Task<> both_bad(int n) {
    co_await folly::coro::collectAll(take(n), take(n + 1));
  }

  // The guard is a unique_lock: let go for the wait, taken again.
  Task<> relock_bad(int n) {
    auto lock = co_await mutex_.co_scoped_lock();
    if (left_ < n)
      co_return;
    lock.unlock();
    co_await flush();
    auto again = co_await mutex_.co_scoped_lock();
    left_ -= n; // expect: stale-check
  }
  Task<> held_ok(int n) {
    auto lock = co_await mutex_.co_scoped_lock();
    if (left_ < n)
      co_return;
    co_await flush();
    left_ -= n;
  }

  // By hand, with a wait for the lock between look and write.
  Task<> manual_bad(int n) {
    if (used_ + n > 10)
      co_return;
    co_await mutex_.co_lock();
    used_ += n; // expect: stale-check
    mutex_.unlock();
  }

  // Readers do not keep each other out.
  Task<> shared_bad(int n) {
    auto lock = co_await shared_.co_scoped_lock_shared();
    const int before = level_;
    co_await flush();
    level_ = before + n; // expect: stale-value
  }
  Task<> exclusive_ok(int n) {
    auto lock = co_await shared_.co_scoped_lock();
    const int before = height_;
    co_await flush();
    height_ = before + n;
  }

  // A cache that looks again.
  Task<int> cached_ok(std::string key) {
    if (auto it = cache_.find(key); it != cache_.end())
      co_return it->second;
    const int value = co_await fetch(key);
    co_return cache_.try_emplace(key, value).first->second;
  }

private:
  Task<> take(int n) {
    if (rest_ < n)
      co_return;
    co_await flush();
    rest_ -= n; // expect: stale-check
  }
  folly::coro::Mutex mutex_;
  folly::coro::SharedMutex shared_;
  int left_ = 10, used_ = 0, level_ = 0, height_ = 0, rest_ = 10;
  std::map<std::string, int> cache_;
};
