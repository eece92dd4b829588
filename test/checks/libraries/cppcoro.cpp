// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,mismatched-guard
#include "cppcoro.hpp"
#include <future>
#include <map>
#include <string>
#include <utility>
#include <vector>
using cppcoro::task;

task<> flush();
task<int> price(std::string name);

class book {
public:
  // A task is made before the look and awaited after the claim.
  task<> prepared_ok(int n) {
    auto later = flush();
    if (left_ < n)
      co_return;
    left_ -= n;
    co_await std::move(later);
  }

  // It reads when it is awaited.
  task<> lazy_ok(int n) {
    auto pending = level();
    co_await flush();
    const int now = co_await std::move(pending);
    level_ = now + n;
  }
  task<> eager_bad(int n) {
    const int then = co_await level();
    co_await flush();
    level_ = then + n; // expect: stale-value
  }

  // What the children have read is old when all have come back.
  task<> children_bad(std::string a, std::string b) {
    const int before = total_;
    co_await cppcoro::when_all(price(a), price(b));
    total_ = before + 1; // expect: stale-value
  }

  // Each leg for itself, beside the other.
  task<> legs_bad(int n) { co_await cppcoro::when_all(leg(n), leg(2 * n)); }

  // By hand: the lock is given back before the write.
  task<> short_bad(int n) {
    co_await mutex_.lock_async();
    const int before = sum_;
    mutex_.unlock();
    co_await flush();
    sum_ = before + n; // expect: stale-value
  }
  task<> long_ok(int n) {
    auto lock = co_await mutex_.scoped_lock_async();
    const int before = held_;
    co_await flush();
    held_ = before + n;
  }
  task<> long_too_ok() {
    auto lock = co_await mutex_.scoped_lock_async();
    held_ = 0;
  }

  // What others fulfil is made anew, then waited for; the last test is the one
  // that ends the loop.
  task<> wait_ready_ok(int n) {
    while (stock_ < n) {
      freed_ = std::promise<void>();
      co_await flush();
    }
    stock_ -= n;
  }
  // Another wait after that.
  task<> wait_ready_bad(int n) {
    while (stock_ < n) {
      freed_ = std::promise<void>();
      co_await flush();
    }
    co_await flush();
    stock_ -= n; // expect: stale-check
  }
  // Who has waited otherwise before, has not decided that.
  task<> wait_twice_ok(int n) {
    const int before = co_await in_stock();
    if (before < n)
      co_await flush();
    if (before < n)
      co_await wait_ready_ok(n);
  }

private:
  task<int> in_stock() { co_return stock_; }
  std::promise<void> freed_;
  int stock_ = 0;
  task<int> level() { co_return level_; }
  task<int> leg(int n) {
    if (cash_ < n)
      co_return 0;
    co_await flush();
    cash_ -= n; // expect: stale-check
    co_return n;
  }
  cppcoro::async_mutex mutex_;
  int left_ = 10, level_ = 0, total_ = 0, cash_ = 10, sum_ = 0, held_ = 0;
};
