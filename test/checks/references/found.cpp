// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
#include "awaitables.hpp"
#include "task.hpp"
#include <map>
#include <string>
#include <vector>
using namespace mock;

struct node {
  std::string name;
  int load = 0;
  int slots = 0;
};

task<> upload(std::string name);

/// Where a search in a function of its own has led.
class cluster {
public:
  task<bool> use_found_bad() {
    node *n = least_loaded();
    if (!n)
      co_return false;
    co_await upload("x");
    ++n->load; // expect: stale-check
    co_return true;
  }
  task<bool> count_first_ok() {
    node *n = least_loaded();
    if (!n)
      co_return false;
    ++n->load;
    const std::string name = n->name;
    co_await upload(name);
    if (auto it = nodes_.find(name); it != nodes_.end())
      --it->second.load;
    co_return true;
  }
  task<bool> find_after_ok() {
    co_await upload("x");
    node *n = least_loaded();
    if (n)
      ++n->load;
    co_return n != nullptr;
  }
  void leave(const std::string &name) { nodes_.erase(name); }
  void join(node n) { nodes_[n.name] = n; }

private:
  node *least_loaded() {
    node *best = nullptr;
    for (auto &[name, n] : nodes_)
      if (n.load < n.slots && (!best || n.load < best->load))
        best = &n;
    return best;
  }
  std::map<std::string, node> nodes_;
};

/// What nobody takes away.
class fixed {
public:
  task<> mark_ok(int n) {
    node *found = named(n);
    co_await upload("x");
    ++found->load;
  }

private:
  node *named(int n) {
    node *found = &first_;
    if (n > 0)
      found = &second_;
    return found;
  }
  node first_, second_;
};
