// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,missing-rollback
#include "venue.hpp"
#include <interlock/annotations.hpp>
#include <interlock/safe_state.hpp>
#include <map>
#include <stdexcept>
#include <string>
using namespace mock;

struct position {
  money size;
};

class engine {
public:
  // If the venue throws, the money is gone.
  task<bool> debit_then_submit_bad(money cost) {
    if (balance_ < cost)
      co_return false;
    balance_ -= cost; // expect: missing-rollback
    co_await venue_.submit(cost);
    co_return true;
  }

  // Restored in the handler.
  task<bool> restored_ok(money cost) {
    if (balance_ < cost)
      co_return false;
    balance_ -= cost;
    try {
      co_await venue_.submit(cost);
    } catch (...) {
      balance_ += cost;
      throw;
    }
    co_return true;
  }

  // Restored by an object on every way out.
  task<bool> rollback_object_ok(money cost) {
    if (balance_ < cost)
      co_return false;
    balance_ -= cost;
    interlock::rollback undo([&] { balance_ += cost; });
    co_await venue_.submit(cost);
    undo.commit();
    co_return true;
  }

  // The debit is the last step: nothing can fail after it.
  task<> debit_last_ok(money cost) {
    co_await venue_.submit(cost);
    balance_ -= cost;
  }

  // What the next pass waits for gives that one its amount.
  task<> amount_of_each_pass_ok(int rounds) {
    while (rounds-- > 0) {
      auto guard = co_await interlock::get_global_safe_state()
                       .atomic_balance_update();
      balance_ -= co_await venue_.fee(1);
    }
  }

  // Another step comes behind it.
  task<> amount_before_a_step_bad(int rounds, money cost) {
    while (rounds-- > 0) {
      auto guard = co_await interlock::get_global_safe_state()
                       .atomic_balance_update();
      balance_ -= co_await venue_.fee(1); // expect: missing-rollback
      co_await venue_.submit(cost);
    }
  }

  // The handler only reports.
  task<bool> handler_reports_bad(money cost) {
    balance_ -= cost; // expect: missing-rollback
    try {
      co_await venue_.submit(cost);
    } catch (...) {
      log_line("rejected");
      co_return false;
    }
    co_return true;
  }

  // Under a guard it is no better: the guard does not restore.
  task<> guarded_bad(money cost) {
    auto guard = co_await state_.atomic_balance_update();
    if (balance_ < cost)
      co_return;
    balance_ -= cost; // expect: missing-rollback
    co_await venue_.submit(cost);
  }

  // The handler restores and ends with the answer no.
  task<bool> restored_and_no_ok(money cost) {
    auto guard = co_await state_.atomic_balance_update();
    if (balance_ < cost)
      co_return false;
    balance_ -= cost;
    try {
      co_await venue_.submit(cost);
    } catch (...) {
      balance_ += cost;
      co_return false;
    }
    co_return true;
  }

  // What is thrown derives from std::exception: the handler sees it all.
  task<bool> all_seen_ok(money cost) {
    auto guard = co_await state_.atomic_balance_update();
    balance_ -= cost;
    bool sent = true;
    try {
      co_await venue_.submit(cost);
    } catch (const std::exception &) {
      sent = false;
    }
    if (!sent)
      balance_ += cost;
    co_return sent;
  }
  // A handler without anything in it: the step was a courtesy.
  task<> courtesy_ok(money cost) {
    auto guard = co_await state_.atomic_balance_update();
    balance_ -= cost;
    try {
      co_await venue_.submit(cost);
    } catch (const std::exception &) {
      // the booking stands
    }
  }
  task<bool> courtesy_of_some_bad(money cost) {
    auto guard = co_await state_.atomic_balance_update();
    balance_ -= cost; // expect: missing-rollback
    try {
      co_await venue_.submit(cost);
    } catch (const std::logic_error &) {
    }
    co_return true;
  }

  // The step cannot fail and cannot suspend.
  task<> cannot_fail_ok(money cost) {
    balance_ -= cost;
    co_await ready<int>{1};
  }

  // What is awaited only waits: it neither throws nor answers.
  task<> booked_then_waits_ok(money interest) {
    auto guard = co_await state_.atomic_balance_update();
    balance_ += interest;
    guard.unlock();
    co_await yield_now{};
  }

private:
  interlock::SafeTradingState &state_ = interlock::get_global_safe_state();
  money balance_;
  venue venue_;
};

/// A flag that says that somebody is at work, with those who know that work can
/// fail.
class worker {
public:
  // One failure, and nobody works any more.
  task<> run_bad() {
    if (order_running_)
      co_return;
    order_running_ = true; // expect: missing-rollback
    co_await venue_.submit(1);
    order_running_ = false;
  }
  task<> run_caught_ok() {
    if (order_running_)
      co_return;
    order_running_ = true;
    try {
      co_await venue_.submit(1);
    } catch (...) {
      order_running_ = false;
      throw;
    }
    order_running_ = false;
  }
  task<> run_scoped_ok() {
    if (order_running_)
      co_return;
    raised flag{order_running_};
    co_await venue_.submit(1);
  }

  // It stays, whatever comes.
  task<> stop_ok() {
    order_running_ = true;
    co_await venue_.submit(1);
  }

  // Nobody here thinks of failure.
  task<> plain_ok() {
    if (order_busy_)
      co_return;
    order_busy_ = true;
    co_await venue_.submit(1);
    order_busy_ = false;
  }

private:
  struct raised {
    explicit raised(bool &flag) : flag(flag) { flag = true; }
    ~raised() { flag = false; }
    bool &flag;
  };
  INTERLOCK_STATE(order) bool order_running_ = false;
  INTERLOCK_STATE(order) bool order_busy_ = false;
  venue venue_;
};

/// A coroutine that puts back what was taken is none that has to be made good
/// itself.
class desk {
public:
  task<bool> pay_ok(money cost) {
    balance_ -= cost;
    bool sent = false;
    try {
      sent = co_await venue_.try_submit(cost);
    } catch (...) {
    }
    if (!sent)
      co_await credit(cost);
    co_return sent;
  }
  // Nothing came before that could have failed.
  task<> move_bad(money cost) {
    try {
      balance_ -= cost; // expect: missing-rollback
      co_await credit(cost);
    } catch (const std::logic_error &) {
      ++errors_;
    }
  }
  task<> credit(money n) {
    co_await venue_.submit(n);
    balance_ += n;
  }

private:
  money balance_;
  venue venue_;
  int errors_ = 0;
};

/// Others that pay by the same step know that it can fail.
class fund {
public:
  task<> goodwill_bad(money cost) {
    balance_ -= cost; // expect: missing-rollback
    co_await venue_.submit(cost);
  }
  task<bool> goodwill_caught_ok(money cost) {
    balance_ -= cost;
    try {
      co_await venue_.submit(cost);
    } catch (const std::exception &) {
      balance_ += cost;
      co_return false;
    }
    co_return true;
  }
  // It is given no amount, but it is not there either, where it is undone.
  task<bool> counted_bad(money cost) {
    balance_ -= cost; // expect: missing-rollback
    co_await venue_.count();
    co_return true;
  }
  task<> counted_caught_ok(money cost) {
    balance_ -= cost;
    try {
      co_await venue_.count();
    } catch (const std::exception &) {
      balance_ += cost;
    }
  }
  // Another step, which nobody thinks can fail.
  task<> told_ok(money cost) {
    balance_ -= cost;
    co_await tell(cost);
  }
  static task<> tell(money cost);

private:
  money balance_;
  venue venue_;
};
