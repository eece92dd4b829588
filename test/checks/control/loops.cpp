// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
#include <deque>
#include <vector>
using namespace mock;

class pool {
public:
  // Tested at the head of each pass, taken after the await of the pass.
  task<> while_head_bad(long part) {
    while (balance_ >= part) {
      co_await venue_.submit(part);
      balance_ -= part; // expect: stale-check
    }
  }

  // Taken before the await: the next pass tests again.
  task<> while_claims_ok(long part) {
    while (balance_ >= part) {
      balance_ -= part;
      co_await venue_.submit(part);
    }
  }

  // Waits until there is enough; the last test is after the last suspension.
  task<> waiting_loop_ok(long cost) {
    while (balance_ < cost)
      co_await sleep_for({10});
    balance_ -= cost;
  }

  // The loop that waits ends by a test, but then another await follows.
  task<> waiting_loop_then_await_bad(long cost) {
    while (balance_ < cost)
      co_await sleep_for({10});
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
  }

  // Checked once, then debited in every pass.
  task<> checked_before_loop_bad(long part, int parts) {
    if (balance_ < part * parts)
      co_return;
    for (int i = 0; i < parts; ++i) {
      co_await venue_.submit(part);
      balance_ -= part; // expect: stale-check
    }
  }

  // Only the second pass is stale: the await of the first lies between.
  task<> loop_carried_bad(long part, int parts) {
    const bool enough = balance_ >= part * parts;
    for (int i = 0; i < parts; ++i) {
      if (!enough)
        break;
      balance_ -= part; // expect: stale-check
      co_await venue_.submit(part);
    }
  }

  // Skips a pass by the old answer.
  task<> continue_bad(long part, int parts) {
    for (int i = 0; i < parts; ++i) {
      if (balance_ < part)
        continue;
      co_await venue_.submit(part);
      balance_ -= part; // expect: stale-check
    }
  }

  // Every pass checks and takes without a suspension between.
  task<> check_and_take_per_pass_ok(long part, int parts) {
    for (int i = 0; i < parts; ++i) {
      co_await venue_.submit(part);
      if (balance_ < part)
        break;
      balance_ -= part;
    }
  }

  // do-while: the test at the end decides the next debit, with the await of the
  // next pass between them.
  task<> do_while_bad(long part) {
    do {
      co_await venue_.submit(part);
      balance_ -= part; // expect: stale-check
    } while (balance_ >= part);
  }

  // do-while as a retry loop: the debit depends on the test inside.
  task<> do_while_retry_ok(long cost) {
    bool done = false;
    do {
      co_await sleep_for({10});
      if (balance_ >= cost) {
        balance_ -= cost;
        done = true;
      }
    } while (!done);
  }

  // Leaves an endless loop by a fresh test.
  task<> endless_loop_ok(long cost) {
    for (;;) {
      if (balance_ >= cost)
        break;
      co_await sleep_for({10});
    }
    balance_ -= cost;
  }

  // A bounded number of attempts: the loop can end without a fresh answer, but
  // then nothing is written.
  task<bool> bounded_attempts_ok(long cost) {
    for (int attempt = 0; attempt < 3; ++attempt) {
      if (balance_ >= cost) {
        balance_ -= cost;
        co_return true;
      }
      co_await sleep_for({10});
    }
    co_return false;
  }

private:
  long balance_ = 0;
  venue venue_;
};

/// Waiting for enough.
class bounded {
public:
  void put(long n) { balance_ += n; }

  // Who waits once finds that somebody else was faster.
  task<> wait_once_bad(long cost) {
    if (balance_ < cost)
      co_await filled_;
    balance_ -= cost; // expect: stale-check
  }
  task<> wait_once_prepared_bad(long cost) {
    if (balance_ < cost) {
      log_line("waits");
      filled_.reset();
      co_await filled_;
    }
    balance_ -= cost; // expect: stale-check
  }
  task<> wait_until_ok(long cost) {
    while (balance_ < cost)
      co_await filled_;
    balance_ -= cost;
  }
  task<> wait_until_prepared_ok(long cost) {
    while (balance_ < cost) {
      filled_.reset();
      co_await filled_;
    }
    balance_ -= cost;
  }
  // A condition around the loop changes nothing.
  task<> wait_loudly_ok(long cost) {
    if (balance_ < cost) {
      log_line("waits");
      while (balance_ < cost)
        co_await filled_;
    }
    balance_ -= cost;
  }
  task<> wait_and_look_ok(long cost) {
    if (balance_ < cost) {
      co_await filled_;
      if (balance_ < cost)
        co_return;
    }
    balance_ -= cost;
  }
  // What is told in one case decides nothing.
  task<> tell_ok(long cost) {
    if (balance_ < cost)
      co_await venue_.submit(cost);
    balance_ -= cost;
  }

private:
  long balance_ = 0;
  event filled_;
  venue venue_;
};

/// Whoever adds something sends what there is.
class sender {
public:
  // Each run sends, however many there are.
  task<> send_bad(long order) {
    orders_.push_back(order);
    while (!orders_.empty()) {
      co_await venue_.submit(orders_.front());
      orders_.pop_front(); // expect: stale-check
    }
  }

  task<> send_by_helper_bad(long order) {
    limit_orders_.push_back(order);
    co_await send_all();
  }
  task<> send_all() {
    while (!limit_orders_.empty()) {
      co_await venue_.submit(limit_orders_.front());
      limit_orders_.pop_front(); // expect: stale-check
    }
  }

  // Only the one that finds the queue empty.
  task<> send_first_ok(long order) {
    const bool idle = open_orders_.empty();
    open_orders_.push_back(order);
    if (!idle)
      co_return;
    while (!open_orders_.empty()) {
      co_await venue_.submit(open_orders_.front());
      open_orders_.pop_front();
    }
  }
  task<> send_alone_ok(long order) {
    live_orders_.push_back(order);
    if (live_orders_.size() > 1)
      co_return;
    while (!live_orders_.empty()) {
      co_await venue_.submit(live_orders_.front());
      live_orders_.pop_front();
    }
  }

  task<> send_by_first_ok(long order) {
    child_orders_.push_back(order);
    if (child_orders_.size() == 1)
      co_await send_children();
  }
  task<> send_children() {
    while (!child_orders_.empty()) {
      co_await venue_.submit(child_orders_.front());
      child_orders_.pop_front();
    }
  }

  // One that is started once, and others that only add.
  void add(long order) { pending_orders_.push_back(order); }
  task<> loop_ok() {
    while (!pending_orders_.empty()) {
      co_await venue_.submit(pending_orders_.front());
      pending_orders_.pop_front();
    }
  }

private:
  std::deque<long> orders_, open_orders_, live_orders_, pending_orders_,
      limit_orders_, child_orders_;
  venue venue_;
};

/// A count from before the wait, counted down in the condition.
class backlog {
public:
  task<> drain_bad() {
    auto left = orders_.size();
    co_await venue_.submit(1);
    while (left-- > 0)
      orders_.pop_back(); // expect: stale-check
  }
  task<> drain_ok() {
    co_await venue_.submit(1);
    auto left = orders_.size();
    while (left-- > 0)
      orders_.pop_back();
  }
  void add_ok(long n) { orders_.push_back(n); }

private:
  venue venue_;
  std::vector<long> orders_;
};

/// Loops without a condition: what comes behind `continue` comes only where the
/// test lets it.
class retried {
public:
  task<> again_bad(long part) {
    for (;;) {
      co_await venue_.submit(0);
      if (balance_ < part)
        continue;
      co_await venue_.submit(part);
      balance_ -= part; // expect: stale-check
      co_return;
    }
  }
  task<> again_ok(long part) {
    if (balance_ < part)
      co_return;
    while (true) {
      co_await venue_.submit(part);
      if (balance_ < part)
        continue;
      balance_ -= part;
      co_return;
    }
  }
  void add_ok(long n) { balance_ += n; }

private:
  venue venue_;
  long balance_ = 0;
};
