// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
using namespace mock;

/// A lazy coroutine without any suspension inside.
static task<int> compute(int value) { co_return value * 2; }

/// Awaits only such a coroutine.
static task<int> compute_twice(int value) {
  const int once = co_await compute(value);
  co_return co_await compute(once);
}

/// Suspends on one path only.
static task<int> compute_remotely(int value, bool remote) {
  if (remote)
    co_await yield_now{};
  co_return value;
}

/// Two that call each other, neither of them suspends.
static task<int> even(int value);
static task<int> odd(int value) {
  if (value == 0)
    co_return 0;
  co_return co_await even(value - 1);
}
static task<int> even(int value) {
  if (value == 0)
    co_return 1;
  co_return co_await odd(value - 1);
}

class trader {
public:
  // The awaited task runs to its end within this slice.
  task<> ready_task_ok(money cost) {
    if (balance_ < cost)
      co_return;
    const int n = co_await compute(2);
    balance_ -= cost * money(n);
  }

  // Through two levels.
  task<> ready_chain_ok(money cost) {
    if (balance_ < cost)
      co_return;
    co_await compute_twice(2);
    balance_ -= cost;
  }

  // It can suspend.
  task<> remote_task_bad(money cost, bool remote) {
    if (balance_ < cost)
      co_return;
    co_await compute_remotely(2, remote);
    balance_ -= cost; // expect: stale-check
  }

  // Mutual recursion without a suspension.
  task<> mutual_recursion_ok(money cost) {
    if (balance_ < cost)
      co_return;
    co_await even(4);
    balance_ -= cost;
  }

  // No body in view: it can suspend.
  task<> unknown_body_bad(money cost) {
    if (balance_ < cost)
      co_return;
    co_await venue_.count();
    balance_ -= cost; // expect: stale-check
  }

  // A lambda coroutine that does not suspend.
  task<> lambda_ready_ok(money cost) {
    auto twice = [](int n) -> task<int> { co_return n * 2; };
    if (balance_ < cost)
      co_return;
    co_await twice(1);
    balance_ -= cost;
  }

  // A lambda coroutine that does.
  task<> lambda_suspends_bad(money cost) {
    auto pause = []() -> task<> { co_await yield_now{}; };
    if (balance_ < cost)
      co_return;
    co_await pause();
    balance_ -= cost; // expect: stale-check
  }

  // All children at once: they can suspend.
  task<> when_all_bad(money cost) {
    if (balance_ < cost)
      co_return;
    co_await when_all(venue_.submit(cost), venue_.submit(cost));
    balance_ -= cost; // expect: stale-check
  }

  // A coroutine that runs to its first suspension at the call and is not
  // awaited: a start.
  task<> eager_start_ok(money cost) {
    if (balance_ < cost)
      co_return;
    notify();
    balance_ -= cost;
    co_await yield_now{};
  }

private:
  detached notify() {
    co_await yield_now{};
    log_line("bought");
  }
  money balance_;
  venue venue_;
};

class feed {
public:
  // A generator hands control out at each value.
  generator<int> yields_bad() {
    if (balance_ > 0) {
      co_yield 1;
      balance_ -= 1; // expect: stale-check
    }
  }

  // Debits before it yields.
  generator<int> claims_then_yields_ok() {
    while (balance_ > 0) {
      balance_ -= 1;
      co_yield 1;
    }
  }

private:
  long balance_ = 0;
};
