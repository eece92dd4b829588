// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
using namespace mock;

/// Waits for nothing: the operator picks an awaiter that is always ready.
struct cached_quote {
  long value;
  ready<long> operator co_await() const { return {value}; }
};

/// The free operator, the other way to reach an awaiter.
struct free_operator_tag {};
yield_now operator co_await(free_operator_tag) { return {}; }

/// Decides at run time.
struct run_time_answer {
  bool done;
  bool await_ready() const noexcept { return done; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  void await_resume() const noexcept {}
};

/// Writes a line and goes on.
struct noted {
  const char *text;
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) const noexcept {
    log_line(text);
    return false;
  }
  void await_resume() const noexcept {}
};
struct perhaps {
  bool full = false;
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) const noexcept {
    if (full)
      return true;
    log_line("not full");
    return false;
  }
  void await_resume() const noexcept {}
};

class buyer {
public:
  // Always ready.
  task<> ready_awaiter_ok(money cost) {
    if (balance_ < cost)
      co_return;
    co_await ready<int>{1};
    balance_ -= cost;
  }

  // std::suspend_never says it in its name.
  task<> suspend_never_ok(money cost) {
    if (balance_ < cost)
      co_return;
    co_await std::suspend_never{};
    balance_ -= cost;
  }

  // std::suspend_always, too.
  task<> suspend_always_bad(money cost) {
    if (balance_ < cost)
      co_return;
    co_await std::suspend_always{};
    balance_ -= cost; // expect: stale-check
  }

  // await_suspend returns false on every path: control comes straight back.
  task<> takes_it_back_ok(money cost) {
    if (balance_ < cost)
      co_return;
    co_await never_parks{};
    balance_ -= cost;
  }

  // await_suspend hands back the handle it was given: nobody else runs.
  task<> own_handle_ok(money cost) {
    if (balance_ < cost)
      co_return;
    co_await resumes_itself{};
    balance_ -= cost;
  }

  // May be ready, may not.
  task<> maybe_ready_bad(money cost, bool known) {
    if (balance_ < cost)
      co_return;
    co_await maybe<int>{known, 1};
    balance_ -= cost; // expect: stale-check
  }

  // The same with the awaiter's body in view.
  task<> run_time_answer_bad(money cost, bool done) {
    if (balance_ < cost)
      co_return;
    co_await run_time_answer{done};
    balance_ -= cost; // expect: stale-check
  }

  // A member operator co_await leads to a ready awaiter.
  task<> member_operator_ok(money cost) {
    if (balance_ < cost)
      co_return;
    co_await cached_quote{3};
    balance_ -= cost;
  }

  // A free operator co_await leads to one that suspends.
  task<> free_operator_bad(money cost) {
    if (balance_ < cost)
      co_return;
    co_await free_operator_tag{};
    balance_ -= cost; // expect: stale-check
  }

  // A timer.
  task<> timer_bad(money cost) {
    if (balance_ < cost)
      co_return;
    co_await sleep_for({100});
    balance_ -= cost; // expect: stale-check
  }

  // An event member.
  task<> event_bad(money cost) {
    if (balance_ < cost)
      co_return;
    co_await opened_;
    balance_ -= cost; // expect: stale-check
  }

  // The await sits in an initialiser; it counts wherever it sits.
  task<> in_initialiser_bad(money cost) {
    if (balance_ < cost)
      co_return;
    int id = co_await venue_.count();
    balance_ -= cost * money(id); // expect: stale-check
  }

  // In a call's argument.
  task<> in_argument_bad(money cost) {
    if (balance_ < cost)
      co_return;
    log_line(co_await venue_.try_submit(cost) ? "yes" : "no");
    balance_ -= cost; // expect: stale-check
  }

  // In the condition of a loop.
  task<> in_loop_condition_bad(money cost) {
    if (balance_ < cost)
      co_return;
    while (!co_await venue_.try_submit(cost))
      log_line("again");
    balance_ -= cost; // expect: stale-check
  }

  // Starts other work and goes on at once: a start is no suspension.
  task<> spawn_ok(money cost) {
    if (balance_ < cost)
      co_return;
    spawn(venue_.submit(cost));
    balance_ -= cost;
    co_await yield_now{};
  }

  // Makes the task, awaits it after the debit.
  task<> awaited_later_ok(money cost) {
    auto sending = venue_.submit(cost);
    if (balance_ < cost)
      co_return;
    balance_ -= cost;
    co_await std::move(sending);
  }

  // The await of a nested lambda belongs to the lambda.
  task<> nested_lambda_ok(money cost) {
    if (balance_ < cost)
      co_return;
    auto later = [](money amount) -> task<> {
      co_await yield_now{};
      log_line(amount.is_zero() ? "nothing" : "sent");
    };
    balance_ -= cost;
    co_await later(cost);
  }

  // It looks like a wait, but always goes on at once.
  task<> traced_ok(money cost) {
    if (balance_ < cost)
      co_return;
    co_await noted{"buying"};
    balance_ -= cost;
  }
  // It may go on at once, or not.
  task<> perhaps_bad(money cost) {
    if (balance_ < cost)
      co_return;
    co_await perhaps{};
    balance_ -= cost; // expect: stale-check
  }

private:
  money balance_;
  event opened_;
  venue venue_;
};
