// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// What an insertion gives back leads to the element.
#include "task.hpp"
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
using mock::task;

task<> breathe();
task<int> fetch(std::string key);

class memo {
public:
  // Others may evict what was put in.
  task<int> bound_bad(std::string key) {
    auto [it, fresh] = values_.try_emplace(key, 0);
    if (!fresh)
      co_return it->second;
    const int value = co_await fetch(key);
    it->second = value; // expect: stale-reference
    co_return value;
  }
  task<int> whole_bad(std::string key) {
    auto put = values_.insert({key, 0});
    co_await breathe();
    co_return put.first->second; // expect: stale-reference
  }
  void evict(const std::string &key) { values_.erase(key); }

  // In the slice of the insertion.
  task<int> at_once_ok(std::string key) {
    co_await breathe();
    auto [it, fresh] = values_.try_emplace(key, 0);
    if (fresh)
      it->second = 1;
    co_return it->second;
  }

  // Nobody takes anything out of this one, and its elements stay in place.
  task<int> kept_ok(std::string key) {
    auto [it, fresh] = kept_.try_emplace(key, 0);
    if (!fresh)
      co_return it->second;
    it->second = co_await fetch(key);
    co_return it->second;
  }

  // A flag in a map is state like any other.
  task<> flagged_bad(std::string key) {
    auto it = flags_.find(key);
    if (it == flags_.end() || it->second)
      co_return;
    co_await breathe();
    flags_[key] = true; // expect: stale-check
  }
  void clear_flag(const std::string &key) { flags_[key] = false; }

private:
  std::map<std::string, int> values_, kept_;
  std::map<std::string, bool> flags_;
};
