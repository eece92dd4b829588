// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*
// Entries that keep others out: under a lock, nobody sees that one has gone
// before the lock is given back.
#include "libcoro.hpp"
#include <exception>
#include <mutex>
#include <set>
#include <string>

coro::task<bool> fetch(std::string name);

class store {
public:
  coro::task<bool> load_ok(std::string name) {
    {
      std::lock_guard held(mutex_);
      if (have_.contains(name))
        co_return true;
      if (!fetching_.insert(name).second)
        co_return false;
    }
    bool got = false;
    try {
      got = co_await fetch(name);
    } catch (const std::exception &) {
    }
    std::lock_guard held(mutex_);
    fetching_.erase(name);
    if (got)
      have_.insert(name);
    co_return got;
  }

private:
  std::mutex mutex_;
  std::set<std::string> have_, fetching_;
};

/// The entry goes in a critical section of its own.
class hasty {
public:
  coro::task<bool> load_bad(std::string name) {
    {
      std::lock_guard held(mutex_);
      if (have_.contains(name))
        co_return true;
      if (!fetching_.insert(name).second)
        co_return false;
    }
    const bool got = co_await fetch(name);
    {
      std::lock_guard held(mutex_);
      fetching_.erase(name);
    }
    std::lock_guard held(mutex_);
    if (got) {
      have_.insert(name); // expect: stale-check
      ++count_;
    }
    co_return got;
  }

private:
  std::mutex mutex_;
  std::set<std::string> have_, fetching_;
  int count_ = 0;
};
