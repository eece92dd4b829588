// RUN: %check-cases %s -- --executor=multi-threaded --checks=-*,stale-*,unguarded-*,mismatched-guard,blocking-*
// folly::Synchronized and boost::synchronized_value: the value is reached under
// its lock only, and a lock ends with the pointer that was handed out.
#include "locked_values.hpp"
#include "task.hpp"
#include "venue.hpp"
#include <map>
#include <string>
using mock::task;

struct account {
  money balance;
};

class accounts {
public:
  // looked at and changed under one lock
  void withdraw_ok(money n) {
    auto held = state_.wlock();
    if (held->balance >= n)
      held->balance -= n;
  }
  // a lock for the look, another one for the change
  task<> withdraw_bad(money n) {
    {
      auto held = state_.rlock();
      if (held->balance < n)
        co_return;
    }
    co_await venue_.submit(n);
    auto held = state_.wlock();
    held->balance -= n; // expect: stale-check
  }
  // each pointer lives as long as its expression
  task<> at_once_bad(money n) {
    if (state_.rlock()->balance < n)
      co_return;
    co_await venue_.submit(n);
    state_.wlock()->balance -= n; // expect: stale-check
  }
  // no wait, and yet two locks
  void two_locks_bad(money n) {
    if (state_.rlock()->balance >= n)
      state_.wlock()->balance -= n; // expect: unguarded-check-then-modify
  }
  // a second look under the lock of the change
  task<> second_look_ok(money n) {
    if (state_.rlock()->balance < n)
      co_return;
    co_await venue_.submit(n);
    auto held = state_.wlock();
    if (held->balance >= n)
      held->balance -= n;
  }
  // no check: the lock is all it takes
  void deposit_ok(money n) { state_.wlock()->balance += n; }
  // given back before its scope ends
  task<> early_bad(money n) {
    auto held = state_.wlock();
    if (held->balance < n)
      co_return;
    held.unlock();
    co_await venue_.submit(n);
    state_.wlock()->balance -= n; // expect: stale-check
  }
  task<> over_a_wait_bad(money n) {
    auto held = state_.wlock();
    co_await venue_.submit(n); // expect: blocking-lock-across-suspension
    held->balance -= n;
  }

private:
  folly::Synchronized<account> state_;
  venue venue_;
};

class book {
public:
  task<> reduce_bad(std::string symbol, long n) {
    const long have = positions_.withRLock([&](auto &all) {
      const auto at = all.find(symbol);
      return at == all.end() ? 0 : at->second;
    });
    if (have < n)
      co_return;
    co_await venue_.submit(money{});
    positions_.withWLock([&](auto &all) {
      all[symbol] -= n; // expect: stale-check
    });
  }
  task<> reduce_ok(std::string symbol, long n) {
    co_await venue_.submit(money{});
    positions_.withWLock([&](auto &all) {
      if (all[symbol] >= n)
        all[symbol] -= n;
    });
  }
  // whoever goes round the lock
  void reset_bad(std::string symbol) {
    positions_.unsafeGetUnlocked()[symbol] = 0; // expect: unguarded-modification
  }

private:
  folly::Synchronized<std::map<std::string, long>> positions_;
  venue venue_;
};

class till {
public:
  // every arrow takes the lock for itself
  void add_ok(money n) { cash_->balance += n; }
  void take_bad(money n) {
    if (cash_->balance >= n)
      cash_->balance -= n; // expect: unguarded-check-then-modify
  }
  void take_ok(money n) {
    auto held = cash_.synchronize();
    if (held->balance >= n)
      held->balance -= n;
  }

private:
  boost::synchronized_value<account> cash_;
};

/// A handle in one function, a callable in the other: one lock.
class switches {
public:
  void set_ok(int id, int to) {
    auto all = balances_.wlock();
    (*all)[id] = to;
  }
  void flip_ok(int id) {
    balances_.withWLock([&](std::map<int, int> &all) { all[id] = 1 - all[id]; });
  }
  void clear_bad() {
    balances_.unsafeGetUnlocked().clear(); // expect: unguarded-modification
  }

private:
  folly::Synchronized<std::map<int, int>> balances_;
};
