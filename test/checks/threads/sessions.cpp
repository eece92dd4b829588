// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*,mismatched-guard
#include "libcoro.hpp"
#include "locks.hpp"
#include "venue.hpp"
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

/// A session table, no money anywhere. One mutex guards it.
struct session {
  std::string user;
  int requests = 0;
};

class session_table {
public:
  std::shared_ptr<session> find_ok(const std::string &id) {
    std::lock_guard lk(mutex_);
    auto it = sessions_.find(id);
    return it == sessions_.end() ? nullptr : it->second;
  }
  void add_ok(const std::string &id, std::shared_ptr<session> s) {
    std::lock_guard lk(mutex_);
    sessions_.emplace(id, std::move(s));
  }
  void drop_ok(const std::string &id) {
    const std::lock_guard<std::mutex> lk(mutex_);
    sessions_.erase(id);
  }
  // forgot it
  void drop_all_bad() {
    sessions_.clear(); // expect: unguarded-modification
  }
  size_t sweep_ok() {
    std::unique_lock<std::mutex> lk(mutex_);
    size_t n = 0;
    for (auto it = sessions_.begin(); it != sessions_.end();) {
      if (it->second->requests == 0) {
        it = sessions_.erase(it);
        ++n;
      } else {
        ++it;
      }
    }
    lk.unlock();
    log_line("swept");
    return n;
  }
  // checks under the lock, inserts under the lock again without a look
  void ensure_bad(const std::string &id) {
    {
      std::lock_guard lk(mutex_);
      if (sessions_.count(id))
        return;
    }
    auto fresh = std::make_shared<session>();
    std::lock_guard lk(mutex_);
    sessions_[id] = fresh; // expect: stale-check|unguarded-check-then-modify
  }
  void ensure_ok(const std::string &id) {
    {
      std::lock_guard lk(mutex_);
      if (sessions_.count(id))
        return;
    }
    auto fresh = std::make_shared<session>();
    std::lock_guard lk(mutex_);
    sessions_.try_emplace(id, fresh);
  }

private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<session>> sessions_;
};

/// Nobody uses a lock here at all: nothing says that it is shared by threads.
class parser {
public:
  bool feed_ok(char c) {
    if (c == '\n') {
      lines_ += 1;
      return true;
    }
    buffer_.push_back(c);
    return false;
  }
  void reset_ok() {
    buffer_.clear();
    lines_ = 0;
  }

private:
  std::string buffer_;
  int lines_ = 0;
};

/// Cache with a shared mutex: readers and a writer.
class config_cache {
public:
  std::string get_ok(const std::string &key) {
    {
      std::shared_lock lk(mutex_);
      auto it = values_.find(key);
      if (it != values_.end())
        return it->second;
    }
    std::unique_lock lk(mutex_);
    auto &slot = values_[key];
    if (slot.empty())
      slot = "default";
    return slot;
  }
  void put_ok(const std::string &key, std::string v) {
    std::unique_lock lk(mutex_);
    values_[key] = std::move(v);
  }
  // under the readers' side
  void touch_bad(const std::string &key) {
    std::shared_lock lk(mutex_);
    values_[key] = "touched"; // expect: unguarded-modification
  }
  // upgraded badly: gives up the shared side in between
  void upgrade_bad(const std::string &key) {
    std::shared_lock lk(mutex_);
    bool missing = values_.find(key) == values_.end();
    lk.unlock();
    if (missing) {
      std::unique_lock w(mutex_);
      values_[key] = "new"; // expect: stale-check|unguarded-check-then-modify
    }
  }

private:
  std::shared_mutex mutex_;
  std::map<std::string, std::string> values_;
};

/// Two mutexes, two members.
class two_locks {
public:
  void in_ok(int n) {
    std::lock_guard lk(in_mutex_);
    in_.push_back(n);
  }
  void out_ok(int n) {
    std::lock_guard lk(out_mutex_);
    out_.push_back(n);
  }
  void drain_ok() {
    std::vector<int> taken;
    {
      std::lock_guard lk(in_mutex_);
      taken.swap(in_);
    }
    std::lock_guard lk(out_mutex_);
    for (int n : taken)
      out_.push_back(n);
  }
  void cross_bad(int n) {
    std::lock_guard lk(in_mutex_);
    out_.push_back(n); // expect: unguarded-modification|mismatched-guard
  }

private:
  std::mutex in_mutex_, out_mutex_;
  std::vector<int> in_, out_;
};

/// Who comes with a name takes it over.
class registry {
public:
  mock::task<> login_ok(std::string name, std::shared_ptr<session> who) {
    co_await tell(who);
    std::lock_guard lock(mutex_);
    sessions_[name] = who;
  }
  mock::task<> kick_bad(std::string name) {
    std::shared_ptr<session> victim;
    {
      std::lock_guard lock(mutex_);
      auto found = sessions_.find(name);
      if (found == sessions_.end())
        co_return;
      victim = found->second;
    }
    co_await tell(victim);
    std::lock_guard lock(mutex_);
    sessions_.erase(name); // expect: stale-value
  }
  mock::task<> kick_this_one_ok(std::string name) {
    std::shared_ptr<session> victim;
    {
      std::lock_guard lock(mutex_);
      auto found = sessions_.find(name);
      if (found == sessions_.end())
        co_return;
      victim = found->second;
    }
    co_await tell(victim);
    std::lock_guard lock(mutex_);
    auto found = sessions_.find(name);
    if (found != sessions_.end() && found->second == victim)
      sessions_.erase(name);
  }
  // Taken out before anything is told.
  mock::task<> kick_first_ok(std::string name) {
    std::shared_ptr<session> victim;
    {
      std::lock_guard lock(mutex_);
      auto found = sessions_.find(name);
      if (found == sessions_.end())
        co_return;
      victim = found->second;
      sessions_.erase(name);
    }
    co_await tell(victim);
  }

private:
  mock::task<> tell(std::shared_ptr<session> who);
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<session>> sessions_;
};
/// A name is given once.
class fixed_registry {
public:
  mock::task<> login_ok(std::string name, std::shared_ptr<session> who) {
    co_await tell(who);
    std::lock_guard lock(mutex_);
    sessions_.try_emplace(name, who);
  }
  mock::task<> close_ok(std::string name) {
    std::shared_ptr<session> who;
    {
      std::lock_guard lock(mutex_);
      who = sessions_[name];
    }
    co_await tell(who);
    std::lock_guard lock(mutex_);
    sessions_.erase(name);
  }

private:
  mock::task<> tell(std::shared_ptr<session> who);
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<session>> sessions_;
};
