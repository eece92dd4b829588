// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// Keys that were listed before a wait, and looked up one by one behind it: is
// the element still there?
#include "task.hpp"
#include <algorithm>
#include <iterator>
#include <map>
#include <ranges>
#include <set>
#include <vector>
using namespace mock;

task<> breathe();

class desk {
public:
  task<> cancel_all_ok() {
    auto keys = orders_ | std::views::keys;
    const std::vector<int> ids(keys.begin(), keys.end());
    for (int id : ids) {
      co_await breathe();
      if (auto it = orders_.find(id); it != orders_.end())
        orders_.erase(it);
    }
  }
  task<> cancel_copied_ok() {
    std::vector<int> ids;
    std::ranges::copy(std::views::keys(orders_), std::back_inserter(ids));
    for (int id : ids) {
      co_await breathe();
      if (auto it = orders_.find(id); it != orders_.end())
        orders_.erase(it);
    }
  }
  task<> cancel_snapshot_ok() {
    const auto all = orders_;
    for (const auto &[id, left] : all) {
      co_await breathe();
      if (auto it = orders_.find(id); it != orders_.end())
        orders_.erase(it);
    }
  }
  task<> clear_watched_ok() {
    std::vector<int> ids;
    for (int id : watched_)
      ids.push_back(id);
    for (int id : ids) {
      co_await breathe();
      if (auto it = watched_.find(id); it != watched_.end())
        watched_.erase(it);
    }
  }
  // Which of them it is, is a choice that others can make wrong: that one is
  // still there does not say that it has the least left.
  task<> drop_least_bad() {
    int least = -1, left = 1 << 30;
    for (const auto &[id, each] : orders_)
      if (each < left)
        least = id, left = each;
    co_await breathe();
    if (auto it = orders_.find(least); it != orders_.end())
      orders_.erase(it); // expect: stale-check
  }
  // What it had then is no more looked at than before.
  task<> fill_snapshot_bad() {
    const auto all = orders_;
    for (const auto &[id, left] : all) {
      co_await breathe();
      if (auto it = orders_.find(id); it != orders_.end())
        it->second = left - 1; // expect: stale-value
    }
  }
  void on_done(int id) {
    orders_.erase(id);
    watched_.erase(id);
  }
  void on_fill(int id, int left) { orders_[id] = left; }

private:
  std::map<int, int> orders_;
  std::set<int> watched_;
};
