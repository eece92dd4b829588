// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*
// What was found in one critical section, and relied on in another.
#include "venue.hpp"
#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

using mock::task;

task<> pause_here();

/// Each function is whole by itself.
class scores {
public:
  std::optional<int> get(const std::string &name) const {
    std::shared_lock hold(mutex_);
    auto found = all_.find(name);
    if (found == all_.end())
      return std::nullopt;
    return found->second;
  }
  void put(const std::string &name, int score) {
    std::unique_lock hold(mutex_);
    all_.insert_or_assign(name, score);
  }
  template <class F>
  auto with(const std::string &name, F change) {
    std::unique_lock hold(mutex_);
    return change(all_[name]);
  }

private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, int> all_;
};

class quiz {
public:
  void right_bad(const std::string &name) {
    const int score = scores_.get(name).value_or(0);
    scores_.put(name, score + 1); // expect: unguarded-check-then-modify
  }
  void double_bad(const std::string &name) {
    const int score = scores_.with(name, [](int &all) { return all; });
    scores_.with(name, [score](int &all) { all = score * 2; }); // expect: unguarded-check-then-modify
  }
  void right_ok(const std::string &name) {
    scores_.with(name, [](int &all) { ++all; });
  }
  void reset_ok(const std::string &name) { scores_.put(name, 0); }

private:
  scores scores_;
};

class report {
public:
  void note_ok(long took, const std::string &query) {
    std::lock_guard hold(mutex_);
    if (took <= slowest_)
      return;
    slowest_ = took;
    query_ = query;
  }
  void write_bad(const std::function<void(long)> &out) {
    long slowest = 0;
    {
      std::lock_guard hold(mutex_);
      slowest = slowest_;
    }
    out(slowest);
    std::lock_guard hold(mutex_);
    slowest_ = 0; // expect: unguarded-check-then-modify
  }
  void write_ok(const std::function<void(long)> &out) {
    long slowest = 0;
    {
      std::lock_guard hold(mutex_);
      slowest = slowest_;
      slowest_ = 0;
    }
    out(slowest);
  }

private:
  std::mutex mutex_;
  long slowest_ = 0;
  std::string query_;
};

struct session {
  std::atomic<long> seen{0};
};

class sessions {
public:
  void add_ok(const std::string &id) {
    std::unique_lock hold(mutex_);
    all_.try_emplace(id, std::make_shared<session>());
  }
  void drop_ok(const std::string &id) {
    std::unique_lock hold(mutex_);
    all_.erase(id);
  }
  // It may have been used again, or be another one of that name.
  void evict_bad() {
    std::string oldest;
    {
      std::shared_lock hold(mutex_);
      long least = 1000;
      for (const auto &[id, each] : all_)
        if (each->seen.load() <= least) {
          least = each->seen.load();
          oldest = id;
        }
    }
    std::unique_lock hold(mutex_);
    all_.erase(oldest); // expect: unguarded-check-then-modify
  }
  void sweep_ok(long before) {
    std::vector<std::string> idle;
    {
      std::shared_lock hold(mutex_);
      for (const auto &[id, each] : all_)
        if (is_idle(*each, before))
          idle.push_back(id);
    }
    std::unique_lock hold(mutex_);
    for (const auto &id : idle) {
      auto found = all_.find(id);
      if (found == all_.end() || !is_idle(*found->second, before))
        continue;
      all_.erase(found);
    }
  }

private:
  bool is_idle(const session &each, long before) const {
    return each.seen.load() < before;
  }
  std::shared_mutex mutex_;
  std::map<std::string, std::shared_ptr<session>> all_;
};

/// Edits count the version up under the lock of the routes.
class routes {
public:
  task<> refresh_bad() {
    const long seen = edits_.load();
    std::map<int, int> got = co_await fetch();
    if (edits_.load() != seen)
      co_return;
    std::lock_guard hold(mutex_);
    table_ = std::move(got); // expect: unguarded-check-then-modify
  }
  task<> refresh_ok() {
    const long seen = edits_.load();
    std::map<int, int> got = co_await fetch();
    std::lock_guard hold(mutex_);
    if (edits_.load() != seen)
      co_return;
    table_ = std::move(got);
  }
  void edit_ok(int to, int via) {
    std::lock_guard hold(mutex_);
    table_[to] = via;
    edits_.fetch_add(1);
  }
  // Expects what it has just loaded, in place of what it was made of.
  task<> renew_bad() {
    long word = lease_.load();
    const long next = word + 1;
    co_await pause_here();
    word = lease_.load();
    lease_.compare_exchange_strong(word, next); // expect: stale-value
  }
  task<> renew_ok() {
    long word = lease_.load();
    const long next = word + 1;
    co_await pause_here();
    lease_.compare_exchange_strong(word, next);
  }
  // Looked at again under the lock, in the same variable.
  std::shared_ptr<int> made_ok() {
    auto made = made_.load();
    if (made)
      return made;
    std::lock_guard hold(mutex_);
    made = made_.load();
    if (!made) {
      made = std::make_shared<int>(1);
      made_.store(made);
    }
    return made;
  }
  std::shared_ptr<int> made_bad() {
    auto made = made_.load();
    if (made)
      return made;
    std::lock_guard hold(mutex_);
    made = std::make_shared<int>(1);
    made_.store(made); // expect: unguarded-check-then-modify
    return made;
  }

private:
  task<std::map<int, int>> fetch();
  std::mutex mutex_;
  std::map<int, int> table_;
  std::atomic<long> edits_{0}, lease_{0};
  std::atomic<std::shared_ptr<int>> made_;
};

struct bin {
  int on_hand = 0, reserved = 0;
};

/// What is reserved is claimed, and taken later.
class warehouse {
public:
  bool reserve_ok(int n) {
    std::lock_guard hold(mutex_);
    if (bin_.on_hand - bin_.reserved < n)
      return false;
    bin_.reserved += n;
    return true;
  }
  bool has(int n) {
    std::lock_guard hold(mutex_);
    return bin_.on_hand >= n;
  }
  task<> take(int n) {
    co_await pause_here();
    std::lock_guard hold(mutex_);
    bin_.on_hand -= n; // expect: stale-check
  }
  task<> take_reserved(int n) {
    co_await pause_here();
    std::lock_guard hold(mutex_);
    bin_.on_hand -= n;
    bin_.reserved -= n;
  }
  void receive_ok(int n) {
    std::lock_guard hold(mutex_);
    bin_.on_hand += n;
  }

private:
  std::mutex mutex_;
  bin bin_;
};
task<> pick_bad(warehouse &from) {
  if (from.has(1))
    co_await from.take(1);
}
task<> pick_ok(warehouse &from) {
  if (from.reserve_ok(1))
    co_await from.take_reserved(1);
}

class limiter {
public:
  // The section tests again what the loop has gone round for.
  task<> take_ok(long cost) {
    for (;;) {
      {
        std::lock_guard hold(mutex_);
        refill();
        if (tokens_ >= cost) {
          tokens_ -= cost;
          co_return;
        }
      }
      co_await pause_here();
    }
  }
  task<> take_bad(long cost) {
    {
      std::lock_guard hold(mutex_);
      refill();
      if (tokens_ < cost)
        co_return;
    }
    co_await pause_here();
    std::lock_guard hold(mutex_);
    tokens_ -= cost; // expect: stale-check
  }

private:
  void refill() { tokens_ = std::min(20L, tokens_ + 5); }
  std::mutex mutex_;
  long tokens_ = 0;
};

/// A value that is shown under its lock, to a callable or through a pointer.
template <class T> class shown {
public:
  class pointer {
  public:
    pointer(std::unique_lock<std::shared_mutex> lock, T &value)
        : lock_(std::move(lock)), value_(&value) {}
    T *operator->() const { return value_; }
    T &operator*() const { return *value_; }

  private:
    std::unique_lock<std::shared_mutex> lock_;
    T *value_;
  };
  pointer lock() { return pointer(std::unique_lock(mutex_), value_); }
  template <class F> decltype(auto) read(F &&look) const {
    std::shared_lock hold(mutex_);
    return look(value_);
  }
  template <class F> decltype(auto) write(F &&change) {
    std::unique_lock hold(mutex_);
    return change(value_);
  }

private:
  mutable std::shared_mutex mutex_;
  T value_{};
};

struct roster {
  std::vector<int> players;
  long version = 0;
};

class lobby {
public:
  task<bool> join_bad(int who) {
    if (roster_.read([](const roster &r) { return r.players.size(); }) >= most_)
      co_return false;
    co_await pause_here();
    auto all = roster_.lock();
    all->players.push_back(who); // expect: stale-check
    co_return true;
  }
  task<bool> join_ok(int who) {
    co_await pause_here();
    auto all = roster_.lock();
    if (all->players.size() >= most_)
      co_return false;
    all->players.push_back(who);
    co_return true;
  }
  bool add_bad(int who) {
    if (roster_.read([](const roster &r) { return r.players.size(); }) >= most_)
      return false;
    roster_.write([&](roster &r) { r.players.push_back(who); }); // expect: unguarded-check-then-modify
    return true;
  }
  bool add_ok(int who) {
    return roster_.write([&](roster &r) {
      if (r.players.size() >= most_)
        return false;
      r.players.push_back(who);
      return true;
    });
  }
  task<bool> rename_ok(int who) {
    const long seen = roster_.read([](const roster &r) { return r.version; });
    co_await pause_here();
    auto all = roster_.lock();
    if (all->version != seen)
      co_return false;
    all->players.push_back(who);
    ++all->version;
    co_return true;
  }

private:
  shown<roster> roster_;
  const std::size_t most_ = 8;
};

struct points {
  int sum = 0, streak = 0;
};

/// The lock is that of one shard.
class table {
public:
  template <class F> auto with(const std::string &name, F &&change) {
    part &p = parts_[name.size() % 4];
    std::lock_guard hold(p.mutex);
    return change(p.all[name]);
  }

private:
  struct part {
    std::mutex mutex;
    std::map<std::string, points> all;
  };
  part parts_[4];
};

class contest {
public:
  void right_ok(const std::string &name) {
    table_.with(name, [](points &p) {
      p.sum += 10 + p.streak;
      ++p.streak;
    });
  }
  void double_bad(const std::string &name) {
    const int now = table_.with(name, [](points &p) { return p.sum; });
    table_.with(name, [now](points &p) {
      p.sum = now * 2; // expect: unguarded-check-then-modify
    });
  }
  void double_ok(const std::string &name) {
    table_.with(name, [](points &p) { p.sum = p.sum * 2; });
  }

private:
  table table_;
};

/// Others look and add in one critical section.
class flags {
public:
  void set_ok(const std::string &name, bool on) {
    std::lock_guard hold(mutex_);
    if (frozen_.count(name) == 0)
      all_[name] = on;
  }
  void freeze_ok(const std::string &name) {
    std::lock_guard hold(mutex_);
    frozen_[name] = true;
  }
  void declare_bad(const std::string &name) {
    {
      std::lock_guard hold(mutex_);
      if (frozen_.count(name) != 0)
        return;
    }
    std::lock_guard hold(mutex_);
    all_.emplace(name, false); // expect: unguarded-check-then-modify
  }
  void declare_ok(const std::string &name) {
    {
      std::lock_guard hold(mutex_);
      if (frozen_.count(name) != 0)
        return;
    }
    std::lock_guard hold(mutex_);
    if (frozen_.count(name) == 0)
      all_.emplace(name, false);
  }
  // where it is there already, nothing happens
  void once_ok(const std::string &name) {
    {
      std::lock_guard hold(mutex_);
      if (all_.count(name) != 0)
        return;
    }
    std::lock_guard hold(mutex_);
    all_.try_emplace(name, false);
  }
  // nobody else asks for that
  void note_ok(const std::string &name) {
    {
      std::lock_guard hold(mutex_);
      if (names_.empty())
        return;
    }
    std::lock_guard hold(mutex_);
    all_.emplace(name, false);
  }
  void call_ok(std::string name) {
    std::lock_guard hold(mutex_);
    names_ = std::move(name);
  }

private:
  std::mutex mutex_;
  std::map<std::string, bool> all_, frozen_;
  std::string names_;
};

/// A free number is looked for, and then taken.
class numbers {
public:
  void use_ok(int n) {
    std::lock_guard hold(mutex_);
    used_[n] = true;
  }
  void drop_ok(int n) {
    std::lock_guard hold(mutex_);
    used_.erase(n);
  }
  int free_ok() {
    std::lock_guard hold(mutex_);
    int n = 0;
    while (used_.count(n) != 0)
      ++n;
    return n;
  }
  int take_bad() {
    const int n = free_ok();
    use_ok(n); // expect: unguarded-check-then-modify
    return n;
  }
  int take_here_bad() {
    const int n = free_ok();
    std::lock_guard hold(mutex_);
    used_[n] = true; // expect: unguarded-check-then-modify
    return n;
  }
  bool take_again_ok() {
    const int n = free_ok();
    std::lock_guard hold(mutex_);
    if (used_.count(n) != 0)
      return false;
    used_[n] = true;
    return true;
  }
  int take_ok() {
    std::lock_guard hold(mutex_);
    int n = 0;
    while (used_.count(n) != 0)
      ++n;
    used_[n] = true;
    return n;
  }
  // whose load is the least is a guess
  int least_ok() {
    std::lock_guard hold(mutex_);
    int best = 0;
    for (std::size_t i = 0; i < load_.size(); ++i)
      if (load_[i] < load_[best])
        best = static_cast<int>(i);
    return best;
  }
  void assign_ok() {
    const int best = least_ok();
    std::lock_guard hold(mutex_);
    ++load_[best];
  }

private:
  std::mutex mutex_;
  std::map<int, bool> used_;
  std::vector<int> load_;
};

/// Who is idle is looked for, and then sent.
struct agent {
  bool busy = false;
  int room = 0;
};

class agents {
public:
  int idle_ok() {
    std::lock_guard hold(mutex_);
    for (auto &[id, each] : all_)
      if (!each.busy)
        return id;
    return -1;
  }
  void send_bad() {
    const int id = idle_ok();
    std::lock_guard hold(mutex_);
    all_[id].busy = true; // expect: unguarded-check-then-modify
  }
  // looked up, and asked again
  void send_ok() {
    const int id = idle_ok();
    std::lock_guard hold(mutex_);
    auto found = all_.find(id);
    if (found == all_.end() || found->second.busy)
      return;
    found->second.busy = true;
  }
  // whoever it is by now
  void move_ok(int room) {
    const int id = idle_ok();
    std::lock_guard hold(mutex_);
    all_[id].room = room;
  }
  void add_ok(int id) {
    std::lock_guard hold(mutex_);
    all_[id] = agent{};
  }
  void drop_ok(int id) {
    std::lock_guard hold(mutex_);
    all_.erase(id);
  }

private:
  std::mutex mutex_;
  std::map<int, agent> all_;
};

/// Each of several counters is a step of its own.
class counters {
public:
  void count_ok(std::size_t at) { hits_[at].fetch_add(1); }
  void report_bad() {
    for (std::size_t i = 0; i < hits_.size(); ++i) {
      const long n = hits_[i].load();
      if (n == 0)
        continue;
      send(n);
      hits_[i].store(0); // expect: unguarded-check-then-modify
    }
  }
  void report_ok() {
    for (std::atomic<long> &each : hits_)
      send(each.exchange(0));
  }

private:
  static void send(long n);
  std::array<std::atomic<long>, 16> hits_{};
};
