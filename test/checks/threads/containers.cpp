// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*,mismatched-guard
// A container that everybody locks: what its lock means for the elements, and
// for references that outlive it.
#include <algorithm>
#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

void write_audit(int id);

struct courier {
  std::string name;
  bool busy = false;
  int *meter = nullptr;
};

class dispatch {
public:
  void hire_ok(int id, std::string name) {
    std::lock_guard held(mutex_);
    couriers_[id] = courier{std::move(name)};
  }
  void fire_ok(int id) {
    std::lock_guard held(mutex_);
    couriers_.erase(id);
  }
  // Searches and changes what others add to and take from.
  void rename_bad(int id, std::string name) {
    if (auto it = couriers_.find(id); it != couriers_.end())
      it->second.name = std::move(name); // expect: unguarded-modification
  }
  // under a lock, but not that of the couriers
  void rename_all_bad(const std::string &name) {
    std::lock_guard held(routes_mutex_);
    for (auto &[id, each] : couriers_)
      each.name = name; // expect: unguarded-modification
  }
  void rename_ok(int id, std::string name) {
    std::lock_guard held(mutex_);
    if (auto it = couriers_.find(id); it != couriers_.end())
      it->second.name = std::move(name);
  }
  void plan_ok() {
    std::lock_guard held(routes_mutex_);
    ++routes_;
  }

private:
  std::mutex mutex_, routes_mutex_;
  std::map<int, courier> couriers_;
  int routes_ = 0;
};

/// Nobody locks it always: its elements are somebody's own.
class seats {
public:
  void add_ok(int id) { seats_[id]; }
  void drop_ok(int id) {
    std::lock_guard held(mutex_);
    seats_.erase(id);
  }
  void take_ok(int id) {
    if (auto it = seats_.find(id); it != seats_.end())
      it->second.busy = true;
  }

private:
  std::mutex mutex_;
  std::map<int, courier> seats_;
};

class spooler {
public:
  void submit_ok(int id) {
    std::lock_guard held(mutex_);
    jobs_.push_back(id);
  }
  void cancel_ok(int id) {
    std::lock_guard held(mutex_);
    jobs_.remove(id);
  }
  // The lock is let go in between.
  bool raise_bad(int id, int to) {
    std::unique_lock held(mutex_);
    auto it = std::find(jobs_.begin(), jobs_.end(), id);
    if (it == jobs_.end())
      return false;
    held.unlock();
    write_audit(id);
    held.lock();
    *it = to; // expect: stale-reference
    return true;
  }
  bool raise_ok(int id, int to) {
    std::unique_lock held(mutex_);
    auto it = std::find(jobs_.begin(), jobs_.end(), id);
    if (it == jobs_.end())
      return false;
    held.unlock();
    write_audit(id);
    held.lock();
    it = std::find(jobs_.begin(), jobs_.end(), id);
    if (it == jobs_.end())
      return false;
    *it = to;
    return true;
  }

private:
  std::mutex mutex_;
  std::list<int> jobs_;
};

/// Elements only come: a reference into a map stays good.
class names {
public:
  void intern_ok(int id, const std::string &name) {
    std::unique_lock held(mutex_);
    std::string &mine = names_[id];
    held.unlock();
    write_audit(id);
    held.lock();
    mine = name;
  }

private:
  std::mutex mutex_;
  std::map<int, std::string> names_;
};

class tiles {
public:
  // Counted in one critical section, taken out in the next.
  void limit_bad(std::size_t limit) {
    std::size_t excess = 0;
    {
      std::shared_lock held(mutex_);
      if (tiles_.size() > limit)
        excess = tiles_.size() - limit;
    }
    std::unique_lock held(mutex_);
    while (excess-- > 0)
      tiles_.erase(tiles_.begin()); // expect: unguarded-check-then-modify
  }
  void limit_ok(std::size_t limit) {
    std::unique_lock held(mutex_);
    std::size_t excess = tiles_.size() > limit ? tiles_.size() - limit : 0;
    while (excess-- > 0)
      tiles_.erase(tiles_.begin());
  }
  void add_ok(int id) {
    std::unique_lock held(mutex_);
    tiles_.insert(id);
  }

private:
  std::shared_mutex mutex_;
  std::set<int> tiles_;
};

/// Under the lock of readers elements are written by several at once.
class thumbnails {
public:
  void add_ok(int id) {
    std::unique_lock held(mutex_);
    used_[id].busy = false;
  }
  void drop_ok(int id) {
    std::unique_lock held(mutex_);
    used_.erase(id);
  }
  void touch_bad(int id) {
    std::shared_lock held(mutex_);
    if (auto it = used_.find(id); it != used_.end())
      it->second.name = "used"; // expect: unguarded-modification
  }

private:
  std::shared_mutex mutex_;
  std::map<int, courier> used_;
};

/// Puts back what it took; compares what it had built on.
class readings {
public:
  void add_ok(int n) {
    std::lock_guard held(mutex_);
    all_.push_back(n);
    ++generation_;
  }
  void flush_ok() {
    std::vector<int> batch;
    {
      std::lock_guard held(mutex_);
      batch.swap(all_);
    }
    if (batch.size() > 3) {
      std::lock_guard held(mutex_);
      all_.insert(all_.begin(), batch.begin(), batch.end());
    }
  }
  void sort_ok() {
    for (;;) {
      unsigned seen = 0;
      std::vector<int> copy;
      {
        std::lock_guard held(mutex_);
        seen = generation_;
        copy = all_;
      }
      std::sort(copy.begin(), copy.end());
      std::lock_guard held(mutex_);
      if (seen != generation_)
        continue;
      all_ = std::move(copy);
      return;
    }
  }
  void sort_bad() {
    std::vector<int> copy;
    {
      std::lock_guard held(mutex_);
      copy = all_;
    }
    std::sort(copy.begin(), copy.end());
    std::lock_guard held(mutex_);
    all_ = std::move(copy); // expect: unguarded-check-then-modify
  }

private:
  std::mutex mutex_;
  std::vector<int> all_;
  unsigned generation_ = 0;
};
