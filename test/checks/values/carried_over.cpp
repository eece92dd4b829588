// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*
#include "venue.hpp"
#include <map>
#include <string>
using namespace mock;

// What one element had before a wait goes into another one: what others did to
// the first meanwhile is done twice, or lost.

task<bool> cancel(int id);
struct ticket {
  std::string symbol;
  long quantity = 0, filled = 0;
};

class desk {
public:
  void on_fill(int id, long lots) { orders_.at(id).filled += lots; }
  task<int> requeue_bad(int id) {
    const ticket &old = orders_.at(id);
    const long left = old.quantity - old.filled;
    if (!co_await cancel(id))
      co_return 0;
    const int next = next_id_++;
    orders_.emplace(next, ticket{"", left, 0}); // expect: stale-value
    co_return next;
  }
  // What nobody changes is the same afterwards.
  task<int> copy_ok(int id) {
    const std::string symbol = orders_.at(id).symbol;
    if (!co_await cancel(id))
      co_return 0;
    const int next = next_id_++;
    orders_.emplace(next, ticket{symbol, 1, 0});
    co_return next;
  }
  task<int> looked_behind_ok(int id) {
    if (!co_await cancel(id))
      co_return 0;
    const int next = next_id_++;
    const ticket &old = orders_.at(id);
    const long left = old.quantity - old.filled;
    orders_.emplace(next, ticket{"", left, 0});
    co_return next;
  }

private:
  std::map<int, ticket> orders_;
  int next_id_ = 0;
};

class swaps {
public:
  void bought(const std::string &hour, long lots) { positions_[hour] += lots; }
  task<> swap_bad(std::string from, std::string to) {
    const long moved = positions_[from];
    co_await cancel(1);
    positions_[to] = moved; // expect: stale-value
  }
  task<> swap_ok(std::string from, std::string to) {
    co_await cancel(1);
    positions_[to] = positions_[from];
  }

private:
  std::map<std::string, long> positions_;
};
