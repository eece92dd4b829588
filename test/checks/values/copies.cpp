// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
#include <vector>
using namespace mock;

class ledger {
public:
  // Read, wait, write back: a deposit in between is lost.
  task<> write_back_bad(money cost) {
    auto left = balance_;
    co_await venue_.submit(cost);
    balance_ = left - cost; // expect: stale-value
  }

  // Computed before the await, stored after it.
  task<> computed_early_bad(money cost) {
    const money next = balance_ - cost;
    co_await venue_.submit(cost);
    balance_ = next; // expect: stale-value
  }

  // Through two locals.
  task<> two_steps_bad(money cost) {
    const money now = balance_;
    const money next = now + cost;
    co_await venue_.submit(cost);
    balance_ = next; // expect: stale-value
  }

  // The copy is refreshed after the last suspension.
  task<> refreshed_ok(money cost) {
    money left = balance_;
    co_await venue_.submit(left);
    left = balance_;
    balance_ = left - cost;
  }

  // Reading the member again, into another variable, changes nothing.
  task<> refreshed_the_wrong_one_bad(money cost) {
    money left = balance_;
    co_await venue_.submit(left);
    const money seen = balance_;
    log_line(seen.is_zero() ? "empty" : "funds");
    balance_ = left - cost; // expect: stale-value
  }

  // The copy goes to the venue only; what is written does not come from it.
  task<> copy_for_report_ok(money cost) {
    const money seen = balance_;
    co_await venue_.submit(seen);
    balance_ -= cost;
  }

  // Overwritten by what the venue says: not computed from the old value.
  task<> blind_overwrite_ok() {
    const money seen = balance_;
    log_line(seen.is_zero() ? "empty" : "funds");
    balance_ = co_await venue_.quote(7);
  }

  // The new value is made of the answer and of the old copy.
  task<> mixed_value_bad() {
    const money seen = balance_;
    const money fee = co_await venue_.fee(seen);
    balance_ = seen - fee; // expect: stale-value
  }

  // What is subtracted comes from the venue and from an argument only.
  task<> fee_by_argument_ok(money amount) {
    const money fee = co_await venue_.fee(amount);
    balance_ -= fee;
  }

  // Writes the copy back only on one path.
  task<> write_back_on_one_path_bad(money cost, bool failed) {
    const money before = balance_;
    balance_ -= cost;
    co_await venue_.submit(cost);
    if (failed)
      balance_ = before; // expect: stale-value
  }

  // The same undone by the amount.
  task<> undo_by_amount_ok(money cost) {
    balance_ -= cost;
    const bool accepted = co_await venue_.try_submit(cost);
    if (!accepted)
      balance_ += cost;
  }

  // Copy and write in one slice.
  task<> copy_in_one_slice_ok(money cost) {
    co_await venue_.submit(cost);
    const money left = balance_;
    balance_ = left - cost;
    co_await venue_.submit(cost);
  }

  // The copy is made in one pass and written in the next.
  task<> loop_carried_copy_bad(int steps) {
    money last = balance_;
    for (int i = 0; i < steps; ++i) {
      balance_ = last + money(1); // expect: stale-value
      last = balance_;
      co_await venue_.submit(last);
    }
  }

  // Copy taken anew in each pass, after the await.
  task<> copy_per_pass_ok(int steps) {
    for (int i = 0; i < steps; ++i) {
      co_await venue_.submit(1);
      const money last = balance_;
      balance_ = last + money(1);
    }
  }

  // A walk through the copy compares nothing with the state.
  task<> walked_copy_bad() {
    auto copy = holdings_;
    for (money &each : copy) {
      const money rate = co_await venue_.fee(1);
      each = rate;
    }
    holdings_ = copy; // expect: stale-value
  }
  task<> walked_now_ok() {
    std::vector<money> rates;
    for (int i = 0; i < 3; ++i)
      rates.push_back(co_await venue_.fee(1));
    auto copy = holdings_;
    for (money &each : copy)
      each = rates.front();
    holdings_ = copy;
  }
  void take_in(money amount) { holdings_.push_back(amount); }

private:
  money balance_;
  std::vector<money> holdings_;
  venue venue_;
};
