// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// Conditions of several parts in loops, and what is looked up once more.
#include "seastar.hpp"
#include "venue.hpp"
#include <map>
#include <vector>
using namespace mock;

class cellar {
public:
  // Where the first part ends the condition, the others have no value: none of
  // the last round either.
  task<> clear_ok(std::vector<int> ids) {
    for (const int id : ids) {
      co_await venue_.submit(id);
      const auto found = bottles_.find(id);
      if (found == bottles_.end() || found->second.kept ||
          found->second.age <= 9)
        continue;
      bottles_.erase(id);
    }
  }
  task<> clear_bad(std::vector<int> ids) {
    for (const int id : ids) {
      const auto found = bottles_.find(id);
      if (found == bottles_.end() || found->second.kept ||
          found->second.age <= 9)
        continue;
      co_await venue_.submit(id);
      bottles_.erase(id); // expect: stale-check
    }
  }
  void keep(int id) { bottles_[id].kept = true; }

private:
  struct bottle {
    int age = 0;
    bool kept = false;
  };
  venue venue_;
  std::map<int, bottle> bottles_;
};

seastar::future<int> load(int key);

/// Looked for, then again under the lock by the same iterator.
class library {
public:
  seastar::future<int> get_ok(int key) {
    auto it = books_.find(key);
    if (it != books_.end())
      co_return it->second;
    auto units = co_await seastar::get_units(loading_, 1);
    it = books_.find(key);
    if (it != books_.end())
      co_return it->second;
    const int book = co_await load(key);
    books_[key] = book;
    co_return book;
  }

private:
  seastar::semaphore loading_{1};
  std::map<int, int> books_;
};
