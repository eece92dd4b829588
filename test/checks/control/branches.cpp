// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
using namespace mock;

class account {
public:
  // The flagship: two buyers pass the check, both pay.
  task<bool> nested_then_bad(money cost) {
    if (balance_ >= cost) {
      co_await venue_.submit(cost);
      balance_ -= cost; // expect: stale-check
      co_return true;
    }
    co_return false;
  }

  // The same by early return.
  task<bool> early_return_bad(money cost) {
    if (balance_ < cost)
      co_return false;
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
    co_return true;
  }

  // The debit comes before the suspension: the check is used up in its slice.
  task<bool> debit_first_ok(money cost) {
    if (balance_ < cost)
      co_return false;
    balance_ -= cost;
    co_await venue_.submit(cost);
    co_return true;
  }

  // Checked after the only suspension.
  task<bool> await_first_ok(money cost) {
    co_await venue_.submit(cost);
    if (balance_ < cost)
      co_return false;
    balance_ -= cost;
    co_return true;
  }

  // Throws instead of returning; the path to the debit still hangs on it.
  task<> early_throw_bad(money cost) {
    if (balance_ < cost)
      throw cost;
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
  }

  // A deposit depends on no check, relative updates need none.
  task<> deposit_ok(money amount) {
    co_await venue_.submit(amount);
    balance_ += amount;
  }

  // The check decides the message only; both branches reach the debit.
  task<> unrelated_branch_ok(money cost) {
    if (balance_ < cost)
      log_line("overdraft");
    co_await venue_.submit(cost);
    balance_ -= cost;
  }

  // The verdict is kept in a variable; it is as old as the check.
  task<bool> bool_local_bad(money cost) {
    const bool enough = balance_ >= cost;
    co_await venue_.submit(cost);
    if (enough) {
      balance_ -= cost; // expect: stale-check
    }
    co_return enough;
  }

  // The verdict is taken again after the suspension.
  task<bool> bool_local_renewed_ok(money cost) {
    bool enough = balance_ >= cost;
    co_await venue_.submit(cost);
    enough = balance_ >= cost;
    if (enough)
      balance_ -= cost;
    co_return enough;
  }

  // The amount was compared before the await through a copy.
  task<bool> cached_amount_bad(money cost) {
    const money available = balance_;
    co_await venue_.submit(cost);
    if (available < cost)
      co_return false;
    balance_ -= cost; // expect: stale-check
    co_return true;
  }

  // Initialiser of the if: still before the await.
  task<> if_init_bad(money cost) {
    if (money left = balance_ - cost; left >= money(0)) {
      co_await venue_.submit(cost);
      balance_ -= cost; // expect: stale-check
    }
  }

  // Both ends of an else-if chain.
  task<> else_if_bad(money cost) {
    if (cost.is_zero()) {
      co_return;
    } else if (balance_ < cost) {
      log_line("insufficient");
    } else {
      co_await venue_.submit(cost);
      balance_ -= cost; // expect: stale-check
    }
  }

  // Only one of the two paths crosses a suspension; that one is wrong.
  task<> one_path_suspends_bad(money cost, bool remote) {
    if (balance_ < cost)
      co_return;
    if (remote)
      co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
  }

  // The path that suspends does not reach the debit.
  task<> suspending_path_leaves_ok(money cost, bool remote) {
    if (balance_ < cost)
      co_return;
    if (remote) {
      co_await venue_.submit(cost);
      co_return;
    }
    balance_ -= cost;
  }

  // A second check after the await decides the debit.
  task<bool> rechecked_ok(money cost) {
    if (balance_ < cost)
      co_return false;
    co_await venue_.submit(cost);
    if (balance_ < cost)
      co_return false;
    balance_ -= cost;
    co_return true;
  }

  // A read after the await that decides nothing is no second check.
  task<bool> reread_without_test_bad(money cost) {
    if (balance_ < cost)
      co_return false;
    co_await venue_.submit(cost);
    const money now = balance_;
    log_line(now.is_zero() ? "empty" : "funds");
    balance_ -= cost; // expect: stale-check
    co_return true;
  }

  // The second check stands on one of two paths only.
  task<bool> rechecked_sometimes_bad(money cost, bool careful) {
    if (balance_ < cost)
      co_return false;
    co_await venue_.submit(cost);
    if (careful) {
      if (balance_ < cost)
        co_return false;
    }
    balance_ -= cost; // expect: stale-check
    co_return true;
  }

  // The second check is followed by another suspension.
  task<bool> recheck_too_early_bad(money cost) {
    if (balance_ < cost)
      co_return false;
    co_await venue_.submit(cost);
    if (balance_ < cost)
      co_return false;
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
    co_return true;
  }

private:
  money balance_;
  venue venue_;
};

/// A version that every change counts up shows that nobody came in between,
/// though the version itself is no trading state.
class versioned {
public:
  task<bool> compared_ok(money gain) {
    const long seen = version_;
    const money before = balance_;
    co_await venue_.submit(gain);
    if (version_ != seen)
      co_return false;
    balance_ = before + gain;
    ++version_;
    co_return true;
  }
  task<bool> compared_before_bad(money gain) {
    const long seen = version_;
    const money before = balance_;
    if (version_ != seen)
      co_return false;
    co_await venue_.submit(gain);
    balance_ = before + gain; // expect: stale-value
    ++version_;
    co_return true;
  }

private:
  long version_ = 0;
  money balance_;
  venue venue_;
};
