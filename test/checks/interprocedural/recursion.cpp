// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// Functions that call themselves or each other.
#include "task.hpp"
#include <map>
#include <vector>
using mock::task;

task<> breathe();
task<bool> ask(int n);

class retrying {
public:
  // Tries again after a failure, on a copy of before.
  task<> send_bad(int tries) {
    const int before = sent_;
    if (co_await ask(before)) {
      sent_ = before + 1; // expect: stale-value
      co_return;
    }
    if (tries > 0)
      co_await send_bad(tries - 1);
  }

  // Each try looks for itself.
  task<> send_ok(int tries) {
    if (co_await ask(tries)) {
      ++delivered_;
      co_return;
    }
    if (tries > 0)
      co_await send_ok(tries - 1);
  }

  // Recursion without a wait in it suspends nothing.
  task<int> depth(int n) {
    if (n == 0)
      co_return 0;
    co_return 1 + co_await depth(n - 1);
  }
  task<> quiet_ok(int n) {
    const int before = level_;
    const int more = co_await depth(n);
    level_ = before + more;
  }

  // The wait is at the bottom.
  task<int> deep(int n) {
    if (n == 0) {
      co_await breathe();
      co_return 0;
    }
    co_return 1 + co_await deep(n - 1);
  }
  task<> loud_bad(int n) {
    const int before = depth_;
    const int more = co_await deep(n);
    depth_ = before + more; // expect: stale-value
  }

private:
  int sent_ = 0, delivered_ = 0, level_ = 0, depth_ = 0;
};

/// Two functions that call each other.
class see_saw {
public:
  task<> up_bad(int n) {
    if (height_ >= 10)
      co_return;
    co_await down(n);
    ++height_; // expect: stale-check
  }
  task<> even_ok(int n) {
    const int before = steps_;
    const int more = co_await even(n);
    steps_ = before + more;
  }

private:
  task<> down(int n) {
    if (n > 0)
      co_await up_again(n - 1);
    else
      co_await breathe();
  }
  task<> up_again(int n) { co_await down(n); }

  // Neither of these waits.
  task<int> even(int n) { co_return n == 0 ? 0 : co_await odd(n - 1); }
  task<int> odd(int n) { co_return n == 0 ? 1 : co_await even(n - 1); }

  int height_ = 0, steps_ = 0;
};

struct node {
  int weight = 0;
  std::vector<node> children;
};

class walker {
public:
  // A walk over a tree that others replace.
  task<> walk_bad() {
    for (node &child : root_.children) {
      co_await breathe();
      child.weight = 1; // expect: stale-reference
    }
  }
  // Sums up in one slice, however deep.
  task<> sum_ok() {
    co_await breathe();
    total_ = sum(root_);
  }
  void grow() { root_.children.push_back(node{}); }

private:
  int sum(const node &n) {
    int result = n.weight;
    for (const node &child : n.children)
      result += sum(child);
    return result;
  }
  node root_;
  int total_ = 0;
};
