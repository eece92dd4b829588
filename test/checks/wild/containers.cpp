// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
#include "seastar.hpp"
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>
using namespace seastar;

future<std::string> fetch(std::string key);
future<int> open_file(std::string name);
future<> send(std::vector<std::string> batch);
future<> delay();

/// Cache miss filled twice against single flight.
class cache {
public:
  // Both callers miss, both fetch, the second insert wins over a newer value.
  future<std::string> get_bad(std::string key) {
    auto it = entries_.find(key);
    if (it == entries_.end()) {
      std::string value = co_await fetch(key);
      entries_[key] = value; // expect: stale-check
      co_return value;
    }
    co_return it->second;
  }

  // Inserts only if it is still absent: the call looks for itself.
  future<std::string> get_try_emplace_ok(std::string key) {
    if (entries_.contains(key))
      co_return entries_.at(key);
    std::string value = co_await fetch(key);
    entries_.try_emplace(key, value);
    co_return value;
  }

  // An in-flight entry is put in before the await: the others see it.
  future<> load_single_flight_ok(std::string key) {
    if (loading_.contains(key))
      co_return;
    loading_.insert(key);
    std::string value = co_await fetch(key);
    loaded_[key] = value;
    loading_.erase(key);
  }

  void invalidate(const std::string &key) { entries_.erase(key); }

private:
  std::map<std::string, std::string> entries_;
  std::set<std::string> loading_;
  std::map<std::string, std::string> loaded_;
};

/// Check-then-insert.
class sessions {
public:
  // The name can be taken meanwhile.
  future<bool> login_bad(std::string name) {
    if (users_.contains(name))
      co_return false;
    co_await fetch(name);
    users_.insert(name); // expect: stale-check
    co_return true;
  }

  // A placeholder is put in first, and taken out on failure.
  future<bool> login_placeholder_ok(std::string name) {
    if (users_.contains(name))
      co_return false;
    users_.insert(name);
    try {
      co_await fetch(name);
    } catch (...) {
      users_.erase(name);
      throw;
    }
    co_return true;
  }

  // Limited number, tested before the await.
  future<bool> admit_bad(std::string name) {
    if (users_.size() >= 100)
      co_return false;
    co_await fetch(name);
    users_.insert(name); // expect: stale-check
    co_return true;
  }

  // Tested after it.
  future<bool> admit_ok(std::string name) {
    co_await fetch(name);
    if (users_.size() >= 100)
      co_return false;
    users_.insert(name);
    co_return true;
  }

private:
  std::set<std::string> users_;
};

/// Size-then-push and index-then-write.
class batcher {
public:
  // The index of the new element is computed before others push.
  future<> index_bad(std::string line) {
    const auto at = lines_.size();
    co_await delay();
    lines_.resize(at + 1); // expect: stale-value
  }

  // Pushes and takes the index in one slice.
  future<> index_ok(std::string line) {
    co_await delay();
    lines_.push_back(line);
    const auto at = lines_.size() - 1;
    lines_[at] += '\n';
  }

  // Sends, then clears what came in between.
  future<> flush_bad() {
    co_await send(lines_);
    lines_.clear(); // expect: stale-value
  }

  // Exchanged out.
  future<> flush_ok() {
    co_await send(std::exchange(lines_, {}));
  }

  // A blind append.
  future<> append_ok(std::string line) {
    co_await delay();
    lines_.push_back(std::move(line));
  }

private:
  std::vector<std::string> lines_;
};

/// "Select work, await, register it".
class scheduler {
public:
  void submit(int job) { waiting_.push_back(job); }

  // The same job is picked by two workers.
  future<> pick_bad() {
    if (waiting_.empty())
      co_return;
    const int job = waiting_.back();
    co_await delay();
    waiting_.pop_back(); // expect: stale-check|stale-value
    co_await fetch(std::to_string(job));
  }

  // Picked and removed in one slice.
  future<> pick_ok() {
    if (waiting_.empty())
      co_return;
    const int job = waiting_.back();
    waiting_.pop_back();
    running_.insert(job);
    co_await delay();
    running_.erase(job);
  }

private:
  std::vector<int> waiting_;
  std::set<int> running_;
};

/// A current handle that is replaced.
class file_manager {
public:
  // Opened twice; one handle leaks.
  future<> ensure_open_bad(std::string name) {
    if (file_)
      co_return;
    file_ = co_await open_file(name); // expect: stale-check
  }

  // Opens first, keeps it only if there is still none.
  future<> ensure_open_ok(std::string name) {
    if (file_)
      co_return;
    const int fresh = co_await open_file(name);
    if (!file_)
      file_ = fresh;
  }

  // Claimed by a flag.
  future<> reopen_ok(std::string name) {
    if (opening_)
      co_return;
    opening_ = true;
    file_ = co_await open_file(name);
    opening_ = false;
  }

private:
  std::optional<int> file_;
  bool opening_ = false;
};
