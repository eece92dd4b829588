// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
using namespace mock;

class wallet {
public:
  // The await is the right operand: it runs between the test and the debit.
  task<bool> logical_and_bad(money cost) {
    if (balance_ >= cost && co_await venue_.try_submit(cost)) {
      balance_ -= cost; // expect: stale-check
      co_return true;
    }
    co_return false;
  }

  // Here the test is the right operand: it is made after the await.
  task<bool> logical_and_test_last_ok(money cost) {
    if (co_await venue_.try_submit(cost) && balance_ >= cost) {
      balance_ -= cost;
      co_return true;
    }
    co_return false;
  }

  // Either operand rejects; the first one is old when the debit comes.
  task<> logical_or_bad(money cost) {
    if (balance_ < cost || !co_await venue_.try_submit(cost))
      co_return;
    balance_ -= cost; // expect: stale-check
  }

  // Rejecting on the answer first, on the balance second.
  task<> logical_or_test_last_ok(money cost) {
    if (!co_await venue_.try_submit(cost) || balance_ < cost)
      co_return;
    balance_ -= cost;
  }

  // The conditional operator is a check like any other.
  task<> conditional_bad(money cost) {
    const int tier = balance_ >= cost ? 1 : 0;
    co_await venue_.submit(cost);
    if (tier == 1)
      balance_ -= cost; // expect: stale-check
  }

  // The await stands in an operand of the conditional, the write in neither.
  task<> conditional_await_ok(money cost) {
    const bool sent =
        cost.is_zero() ? true : co_await venue_.try_submit(cost);
    if (sent && balance_ >= cost)
      balance_ -= cost;
  }

  // The negation of a stored verdict.
  task<> negated_verdict_bad(money cost) {
    bool poor = !(balance_ >= cost);
    co_await venue_.submit(cost);
    if (!poor)
      balance_ -= cost; // expect: stale-check
  }

  // Two conditions combined in one variable.
  task<> combined_verdict_bad(money cost, bool open) {
    bool go = open && balance_ >= cost;
    co_await venue_.submit(cost);
    if (!go)
      co_return;
    balance_ -= cost; // expect: stale-check
  }

  // Clamped to what was there before the await: the amount depends on it.
  task<> clamped_amount_bad(money wish) {
    const money amount = balance_ < wish ? balance_ : wish;
    co_await venue_.submit(amount);
    balance_ -= amount; // expect: stale-check|stale-value
  }

  // Clamped after the await.
  task<> clamped_late_ok(money wish) {
    co_await venue_.submit(wish);
    const money amount = balance_ < wish ? balance_ : wish;
    balance_ -= amount;
  }

  // A comma sequences: test, await, debit.
  task<> comma_bad(money cost) {
    bool enough = (log_line("buy"), balance_ >= cost);
    if (enough && (co_await venue_.submit(cost), true))
      balance_ -= cost; // expect: stale-check
  }

private:
  money balance_ = 100;
  venue venue_;
};
