// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// A flag or an entry that is set when it was found free keeps others out, if
// everybody who writes the state looks at it first.
#include "seastar.hpp"
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>
using namespace seastar;

future<std::string> fetch(std::string key);
future<> breathe();

/// Single flight with a cache of its own.
class cache {
public:
  // The entry in flight was made in the slice of the look-up; who finds it
  // waits. An eviction leaves absent what was absent.
  future<std::string> get_ok(std::string key) {
    if (auto it = values_.find(key); it != values_.end())
      co_return it->second;
    if (in_flight_.contains(key)) {
      co_await landed_.wait();
      co_return co_await get_ok(key);
    }
    in_flight_.emplace(key, 1);
    auto value = co_await fetch(key);
    values_[key] = value;
    in_flight_.erase(key);
    landed_.broadcast();
    co_return value;
  }
  void evict(const std::string &key) { values_.erase(key); }

private:
  std::map<std::string, std::string> values_;
  std::map<std::string, int> in_flight_;
  condition_variable landed_;
};

/// The same, but somebody fills the cache without a look at the marker.
class leaky_cache {
public:
  future<> get_bad(std::string key) {
    if (values_.contains(key))
      co_return;
    if (in_flight_.contains(key))
      co_return;
    in_flight_.insert(key);
    auto value = co_await fetch(key);
    values_[key] = value; // expect: stale-check
    in_flight_.erase(key);
  }
  void put(const std::string &key, std::string value) { values_[key] = value; }

private:
  std::map<std::string, std::string> values_;
  std::set<std::string> in_flight_;
};

/// A busy flag as the lock of other members.
class indexer {
public:
  // Both that write the level set the flag first.
  future<> raise_ok() {
    if (busy_)
      co_return;
    busy_ = true;
    const int seen = level_;
    co_await breathe();
    level_ = seen + 1;
    busy_ = false;
  }
  future<> lower_ok() {
    if (busy_)
      co_return;
    busy_ = true;
    const int seen = level_;
    co_await breathe();
    level_ = seen - 1;
    busy_ = false;
  }

  // The flag is cleared too early.
  future<> early_bad() {
    if (busy_)
      co_return;
    busy_ = true;
    const int seen = depth_;
    busy_ = false;
    co_await breathe();
    depth_ = seen + 1; // expect: stale-value
  }

  // Waits until it is free, waits once more, and takes it.
  future<> late_bad() {
    while (taken_)
      co_await breathe();
    co_await breathe();
    taken_ = true; // expect: stale-check
    co_await breathe();
    taken_ = false;
  }
  future<> late_ok() {
    while (held_)
      co_await breathe();
    held_ = true;
    co_await breathe();
    held_ = false;
  }

private:
  bool taken_ = false, held_ = false;
  bool busy_ = false;
  int level_ = 0, depth_ = 0;
};

/// What a claim was for can be written behind its end, in the same slice.
class archive {
public:
  future<> load_ok(int id) {
    if (pages_.contains(id))
      co_return;
    if (loading_.contains(id))
      co_return;
    loading_.insert(id);
    const std::string text = co_await fetch("page");
    loading_.erase(id);
    pages_[id] = text;
  }
  // another one may have loaded it since
  future<> load_bad(int id) {
    if (texts_.contains(id))
      co_return;
    if (fetching_.contains(id))
      co_return;
    fetching_.insert(id);
    const std::string text = co_await fetch("page");
    fetching_.erase(id);
    co_await breathe();
    texts_[id] = text; // expect: stale-check
  }

private:
  std::map<int, std::string> pages_, texts_;
  std::set<int> loading_, fetching_;
};

/// The claim is made in a helper that tells how it went.
class claimed_by_helper {
public:
  bool claim(const std::string &name) { return building_.insert(name).second; }
  bool begin() {
    if (running_)
      return false;
    running_ = true;
    return true;
  }
  void peek(const std::string &name) { building_.count(name); }

  // Who does not get the entry goes away.
  future<> build_ok(std::string name) {
    if (ready_.contains(name) || !claim(name))
      co_return;
    co_await breathe();
    ready_.insert(name);
    building_.erase(name);
  }
  // Nobody is kept out by a look.
  future<> build_bad(std::string name) {
    if (made_.contains(name))
      co_return;
    peek(name);
    co_await breathe();
    made_.insert(name); // expect: stale-check
  }

  // The same with a flag.
  future<> count_ok() {
    if (!begin())
      co_return;
    const long before = count_;
    co_await breathe();
    count_ = before + 1;
    running_ = false;
  }
  // Another one writes without asking.
  future<> level_bad() {
    if (!begin())
      co_return;
    const long before = level_;
    co_await breathe();
    level_ = before + 1; // expect: stale-value
    running_ = false;
  }
  void lift() { ++level_; }

private:
  std::set<std::string> building_, ready_, made_;
  bool running_ = false;
  long count_ = 0, level_ = 0;
};
