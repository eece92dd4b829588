// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*,mismatched-guard
// `map_[key]` makes the element where there is none.
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>

struct entry {
  int size = 0, hits = 0;
};

class cache {
public:
  bool preload_bad(const std::map<std::string, int> &from) {
    bool empty = false;
    {
      std::lock_guard hold(mutex_);
      empty = entries_.empty();
    }
    if (!empty)
      return false;
    std::lock_guard hold(mutex_);
    for (const auto &[name, size] : from)
      entries_[name].size = size; // expect: unguarded-check-then-modify
    return true;
  }
  bool preload_by_reference_bad(const std::map<std::string, int> &from) {
    {
      std::lock_guard hold(mutex_);
      if (!entries_.empty())
        return false;
    }
    std::lock_guard hold(mutex_);
    for (const auto &[name, size] : from) {
      entry &each = entries_[name];
      each.size = size; // expect: unguarded-check-then-modify
    }
    return true;
  }
  bool preload_through_helper_bad(const std::map<std::string, int> &from) {
    {
      std::lock_guard hold(mutex_);
      if (!entries_.empty())
        return false;
    }
    std::lock_guard hold(mutex_);
    for (const auto &[name, size] : from)
      put(name, size); // expect: unguarded-check-then-modify
    return true;
  }
  bool preload_ok(const std::map<std::string, int> &from) {
    std::lock_guard hold(mutex_);
    if (!entries_.empty())
      return false;
    for (const auto &[name, size] : from)
      put(name, size);
    return true;
  }
  // The element was there under this lock: none is made.
  bool grow_ok(const std::string &name) {
    {
      std::lock_guard hold(mutex_);
      if (entries_.size() > 100)
        return false;
    }
    std::lock_guard hold(mutex_);
    auto found = entries_.find(name);
    if (found == entries_.end())
      return false;
    ++found->second.size;
    return true;
  }
  void drop_ok(const std::string &name) {
    std::lock_guard hold(mutex_);
    entries_.erase(name);
  }

private:
  void put(const std::string &name, int size) {
    entry &each = entries_[name];
    each.size = size;
    each.hits = 0;
  }
  std::mutex mutex_;
  std::map<std::string, entry> entries_;
};

class counters {
public:
  void count_ok(const std::string &name) {
    std::unique_lock hold(mutex_);
    ++counts_[name];
  }
  // Readers make elements side by side.
  int look_bad(const std::string &name) {
    std::shared_lock hold(mutex_);
    return counts_[name]; // expect: unguarded-modification
  }
  int look_ok(const std::string &name) {
    std::shared_lock hold(mutex_);
    auto found = counts_.find(name);
    return found == counts_.end() ? 0 : found->second;
  }
  int look_exclusively_ok(const std::string &name) {
    std::unique_lock hold(mutex_);
    return counts_[name];
  }

private:
  std::shared_mutex mutex_;
  std::map<std::string, int> counts_;
};
