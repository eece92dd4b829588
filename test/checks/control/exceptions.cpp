// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
#include <utility>
using namespace mock;

class fund {
public:
  // The handler runs after the suspension that threw; the check is old there.
  task<> handler_writes_bad(money cost) {
    if (balance_ < cost)
      co_return;
    try {
      co_await venue_.submit(cost);
    } catch (...) {
      balance_ -= cost; // expect: stale-check
    }
  }

  // The debit behind the try block.
  task<bool> after_try_bad(money cost) {
    if (balance_ < cost)
      co_return false;
    try {
      co_await venue_.submit(cost);
    } catch (...) {
      co_return false;
    }
    balance_ -= cost; // expect: stale-check
    co_return true;
  }

  // Taken before, given back by the same amount on failure.
  task<> reserve_and_restore_ok(money cost) {
    if (balance_ >= cost) {
      balance_ -= cost;
      try {
        co_await venue_.submit(cost);
      } catch (...) {
        balance_ += cost;
        throw;
      }
    }
  }

  // Restores a snapshot: what others did in between is wiped.
  task<> restore_snapshot_bad(money cost) {
    const money before = balance_;
    balance_ -= cost;
    try {
      co_await venue_.submit(cost);
    } catch (...) {
      balance_ = before; // expect: stale-value
      throw;
    }
  }

  // The handler only reports.
  task<> handler_reports_ok(money cost) {
    if (balance_ < cost)
      co_return;
    balance_ -= cost;
    try {
      co_await venue_.submit(cost);
    } catch (const money &) {
      log_line("rejected");
    }
  }

  // Checks and debits within the try block, in one slice.
  task<> in_try_ok(money cost) {
    try {
      co_await venue_.submit(cost);
      if (balance_ >= cost)
        balance_ -= cost;
    } catch (...) {
      log_line("failed");
    }
  }

  // Test in the try block, await, debit in the try block.
  task<> in_try_bad(money cost) {
    try {
      if (balance_ < cost)
        throw cost;
      co_await venue_.submit(cost);
      balance_ -= cost; // expect: stale-check
    } catch (const money &) {
      log_line("refused");
    }
  }

  // Nothing that can suspend stands between the check and the handler.
  task<> throw_without_await_ok(money cost) {
    try {
      if (balance_ < cost)
        throw cost;
      balance_ -= cost;
    } catch (const money &) {
      balance_ += 1;
    }
    co_await venue_.submit(cost);
  }

  // A retry after a failure: the second attempt still stands on the first check.
  task<> retry_bad(money cost) {
    if (balance_ < cost)
      co_return;
    bool failed = false;
    try {
      co_await venue_.submit(cost);
    } catch (...) {
      failed = true;
    }
    if (!failed)
      balance_ -= cost; // expect: stale-check
  }

private:
  money balance_;
  venue venue_;
};

/// One call finds that there is enough, or throws; another one takes all.
class float_of_dealer {
public:
  task<> day_ok(int n) {
    require(n);
    co_await venue_.submit(n);
    swept_ += sweep();
  }
  task<> day_bad(int n) {
    require(n);
    co_await venue_.submit(n);
    cash_ -= n; // expect: stale-check
  }

private:
  void require(int n) const {
    if (cash_ < n)
      throw n;
  }
  int sweep() { return std::exchange(cash_, 0); }
  venue venue_;
  int cash_ = 0, swept_ = 0;
};
