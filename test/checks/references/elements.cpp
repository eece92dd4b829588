// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// That an element is there, how many there are, and what it holds are three
// different things.
#include "awaitables.hpp"
#include "task.hpp"
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>
using namespace mock;

task<> breathe();
task<bool> ping(int id);

struct order {
  int id = 0;
  int left = 0;
  int status = 0;
};

class book {
public:
  // The end of the map is no check of what an element holds; one report for
  // the loop, where its element is used.
  task<> sweep_bad() {
    for (auto &[id, o] : orders_) {
      if (co_await ping(id))
        o.status = 2; // expect: stale-reference
    }
  }

  // The same with an iterator.
  task<> walk_bad() {
    for (auto it = orders_.begin(); it != orders_.end(); ++it) {
      co_await breathe();
      it->second.status = 1; // expect: stale-reference
    }
  }

  // An iterator that is erased too late.
  task<> drop_bad(int id) {
    auto it = orders_.find(id);
    if (it == orders_.end())
      co_return;
    co_await breathe();
    orders_.erase(it); // expect: stale-reference
  }

  // That it still exists says nothing about how much is left.
  task<> fill_bad(int id, int n) {
    if (orders_.at(id).left < n)
      co_return;
    co_await breathe();
    if (!orders_.contains(id))
      co_return;
    orders_.at(id).left -= n; // expect: stale-check
  }

  // What is left is looked at again.
  task<> fill_ok(int id, int n) {
    if (orders_.at(id).left < n)
      co_return;
    co_await breathe();
    if (!orders_.contains(id) || orders_.at(id).left < n)
      co_return;
    orders_.at(id).left -= n;
  }

  // How many orders there are does not matter for what one of them holds.
  task<> touch_ok(int id) {
    if (orders_.empty())
      co_return;
    co_await breathe();
    orders_.at(id).status = 3;
  }

  // It does for one more.
  task<> limit_bad(order o) {
    if (orders_.size() >= 10)
      co_return;
    co_await breathe();
    orders_[o.id] = o; // expect: stale-check
  }

private:
  std::map<int, order> orders_;
};

struct connection {
  bool healthy = true;
};

class pool {
public:
  // Taken out before the await: what it is tested for then is its own.
  task<std::shared_ptr<connection>> take_ok() {
    while (!idle_.empty()) {
      auto c = std::move(idle_.back());
      idle_.pop_back();
      if (co_await ping(1))
        co_return c;
      --total_;
    }
    co_return nullptr;
  }
  void give(std::shared_ptr<connection> c) { idle_.push_back(std::move(c)); }

  // The copy of the list shares the connections in it.
  task<> check_bad() {
    auto copy = idle_;
    for (auto &c : copy) {
      if (!c->healthy)
        continue;
      co_await breathe();
      c->healthy = false; // expect: stale-check
    }
  }

  // Handed out from a temporary copy, then everything is wiped.
  task<> drain_bad() {
    for (int n : std::vector<int>(pending_))
      co_await ping(n);
    pending_.clear(); // expect: stale-value
  }
  void add(int n) { pending_.push_back(n); }

  // A weak pointer asks whether the connection is there; to erase what is gone
  // does nothing.
  task<> kick_ok(int id) {
    auto it = named_.find(id);
    if (it == named_.end())
      co_return;
    std::weak_ptr<connection> weak = it->second;
    co_await breathe();
    if (auto c = weak.lock())
      c->healthy = true;
    named_.erase(id);
  }

private:
  std::map<int, std::shared_ptr<connection>> named_;
  std::deque<std::shared_ptr<connection>> idle_;
  std::vector<int> pending_;
  int total_ = 0;
};

static std::map<int, order> shared_orders;

// An iterator that is looked up again after the wait refers to what is there
// now; what it was before does not matter.
task<> looked_up_again_ok(int id) {
  auto it = shared_orders.find(id);
  if (it == shared_orders.end())
    co_return;
  co_await breathe();
  it = shared_orders.find(id);
  if (it == shared_orders.end())
    co_return;
  it->second.status = 2;
}
task<> looked_up_too_early_bad(int id) {
  auto it = shared_orders.end();
  it = shared_orders.find(id);
  if (it == shared_orders.end())
    co_return;
  co_await breathe();
  it->second.status = 2; // expect: stale-reference
}

// Into a container at namespace scope.
task<> global_container_bad(int id) {
  order &o = shared_orders[id];
  co_await breathe();
  o.status = 1; // expect: stale-reference
}
void forget(int id) { shared_orders.erase(id); }
