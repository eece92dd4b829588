// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*,mismatched-guard
// Calls that look under the lock for themselves, before something is done under
// it: who counts himself in, or sets a flag, comes in between.
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

class textures {
public:
  bool pin_ok(const std::string &name) {
    std::lock_guard held(mutex_);
    const auto it = all_.find(name);
    if (it == all_.end())
      return false;
    ++it->second.pins;
    return true;
  }
  void unpin_ok(const std::string &name) {
    std::lock_guard held(mutex_);
    if (const auto it = all_.find(name);
        it != all_.end() && it->second.pins > 0)
      --it->second.pins;
  }
  void add_ok(const std::string &name) {
    std::lock_guard held(mutex_);
    all_.try_emplace(name);
  }
  // that it is still there says nothing of who has pinned it
  void evict_bad(const std::string &name) {
    if (!idle(name))
      return;
    std::lock_guard held(mutex_);
    if (const auto it = all_.find(name); it != all_.end())
      all_.erase(it); // expect: unguarded-check-then-modify
  }
  void evict_ok(const std::string &name) {
    if (!idle(name))
      return;
    std::lock_guard held(mutex_);
    if (const auto it = all_.find(name);
        it != all_.end() && it->second.pins == 0)
      all_.erase(it);
  }

private:
  struct entry {
    int pins = 0;
  };
  bool idle(const std::string &name) const {
    std::lock_guard held(mutex_);
    const auto it = all_.find(name);
    return it != all_.end() && it->second.pins == 0;
  }
  mutable std::mutex mutex_;
  std::map<std::string, entry> all_;
};

class bus {
public:
  // the loop has gone by the time that this comes
  bool publish_bad(int frame) {
    if (!accepting())
      return false;
    std::lock_guard held(mutex_);
    queue_.push_back(frame); // expect: unguarded-check-then-modify
    return true;
  }
  bool publish_ok(int frame) {
    std::lock_guard held(mutex_);
    if (stopping_)
      return false;
    queue_.push_front(frame);
    return true;
  }
  void stop_ok() {
    std::lock_guard held(mutex_);
    stopping_ = true;
  }
  bool take_ok() {
    std::lock_guard held(mutex_);
    if (queue_.empty())
      return false;
    queue_.pop_front();
    return true;
  }

private:
  bool accepting() const {
    std::lock_guard held(mutex_);
    return !stopping_;
  }
  mutable std::mutex mutex_;
  std::deque<int> queue_;
  bool stopping_ = false;
};

/// A lock that is only tried, around each of the parts in turn.
class stripes {
public:
  void put_ok(unsigned id) {
    part &p = parts_[id % 16];
    std::lock_guard held(p.mutex);
    p.jobs[id] = 1;
  }
  void sweep_ok() {
    for (part &each : parts_) {
      std::unique_lock held(each.mutex, std::try_to_lock);
      if (!held.owns_lock())
        continue;
      each.jobs.clear();
    }
  }
  void sweep_bad() {
    std::unique_lock held(parts_[0].mutex, std::try_to_lock);
    if (!held.owns_lock())
      return;
    for (part &each : parts_)
      each.jobs.clear(); // expect: mismatched-guard
  }

private:
  struct part {
    std::mutex mutex;
    std::map<unsigned, int> jobs;
  };
  std::vector<part> parts_{16};
};

void drive(textures &t, bus &b, stripes &s) {
  std::vector<std::thread> all;
  for (unsigned i = 0; i < 4; ++i)
    all.emplace_back([&, i] {
      t.add_ok("a");
      t.pin_ok("a");
      t.unpin_ok("a");
      t.evict_bad("a");
      t.evict_ok("a");
      b.publish_bad(1);
      b.publish_ok(1);
      b.take_ok();
      b.stop_ok();
      s.put_ok(i);
      s.sweep_ok();
      s.sweep_bad();
    });
  for (std::thread &each : all)
    each.join();
}

/// Two guards that are taken together, or the first of them alone where both
/// would be of one object.
class pairs {
public:
  void link_ok(unsigned a, unsigned b) {
    part &p = part_of(a);
    std::lock_guard held(p.mutex);
    p.links[a].push_back(b);
  }
  void unlink_ok(unsigned a, unsigned b) {
    part &one = part_of(a);
    part &other = part_of(b);
    std::unique_lock first(one.mutex, std::defer_lock);
    std::unique_lock second(other.mutex, std::defer_lock);
    if (&one == &other)
      first.lock();
    else
      std::lock(first, second);
    one.links[a].clear();
    other.links[b].clear();
  }
  void unlink_bad(unsigned a, unsigned b) {
    part &one = part_of(a);
    part &other = part_of(b);
    std::unique_lock first(one.mutex, std::defer_lock);
    std::unique_lock second(other.mutex, std::defer_lock);
    first.lock();
    one.links[a].clear();
    other.links[b].clear(); // expect: mismatched-guard
  }

private:
  struct part {
    std::mutex mutex;
    std::map<unsigned, std::vector<unsigned>> links;
  };
  part &part_of(unsigned id) { return parts_[id % parts_.size()]; }
  std::vector<part> parts_{16};
};

void drive(pairs &p) {
  std::vector<std::thread> all;
  for (unsigned i = 0; i < 4; ++i)
    all.emplace_back([&p, i] {
      p.link_ok(i, i + 1);
      p.unlink_ok(i, i + 1);
      p.unlink_bad(i, i + 1);
    });
  for (std::thread &each : all)
    each.join();
}
