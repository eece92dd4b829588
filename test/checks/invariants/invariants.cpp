// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// Members that belong together: a check of one decides a change of the other.
#include "venue.hpp"
#include <interlock/annotations.hpp>
#include <set>
using namespace mock;

/// Declared: available = cash - reserved.
class declared {
public:
  // What is free is computed from both, the reservation changes one.
  task<bool> reserve_bad(long n) {
    if (cash_ - reserved_ < n)
      co_return false;
    co_await venue_.submit(n);
    reserved_ += n; // expect: stale-check
    co_return true;
  }

  // The check of one, the change of the other.
  task<> withdraw_bad(long n) {
    if (reserved_ > 0)
      co_return;
    co_await venue_.submit(n);
    cash_ -= n; // expect: stale-check
  }

  // In one slice.
  task<bool> reserve_ok(long n) {
    if (cash_ - reserved_ < n)
      co_return false;
    reserved_ += n;
    co_await venue_.submit(n);
    co_return true;
  }

  // Checked behind the await.
  task<> withdraw_ok(long n) {
    co_await venue_.submit(n);
    if (reserved_ == 0)
      cash_ -= n;
  }

private:
  long cash_ = 0;
  long reserved_ = 0;
  INTERLOCK_INVARIANT(cash_, reserved_)
  venue venue_;
};

/// Nothing ties these two: no function changes both.
class unrelated {
public:
  // A flag of one thing, a counter of another.
  task<> count_ok() {
    if (verbose_)
      log_line("start");
    else
      co_return;
    co_await venue_.submit(1);
    ++started_;
  }
  void set_verbose(bool on) { verbose_ = on; }

private:
  bool verbose_ = false;
  long started_ = 0;
  venue venue_;
};

/// Inferred: halt() changes both members together.
class inferred {
public:
  void halt() {
    halted_ = true;
    open_orders_ = 0;
  }

  // Halted during the wait, and an order is open all the same.
  task<> open_bad() {
    if (halted_)
      co_return;
    co_await venue_.submit(1);
    ++open_orders_; // expect: stale-check
  }

  // Asked again.
  task<> open_ok() {
    if (halted_)
      co_return;
    co_await venue_.submit(1);
    if (halted_)
      co_return;
    ++open_orders_;
  }

private:
  bool halted_ = false;
  int open_orders_ = 0;
  venue venue_;
};

// Each checks what the other writes: write skew.
class skewed {
public:
  task<> cancel_bad() {
    if (filled_ > 0)
      co_return;
    co_await venue_.submit(1);
    order_cancelled_ = true; // expect: stale-check
  }
  task<> fill_bad() {
    if (order_cancelled_)
      co_return;
    co_await venue_.submit(1);
    filled_ = 1; // expect: stale-check
  }

private:
  INTERLOCK_STATE(order)
  long filled_ = 0;
  INTERLOCK_STATE(order)
  bool order_cancelled_ = false;
  venue venue_;
};

// The two ends of a queue: each side tests the other's counter, and both only
// move away from each other.
class ends {
public:
  task<> put_ok() {
    if (order_tail_ - order_head_ == 8)
      co_return;
    co_await venue_.submit(1);
    if (order_tail_ - order_head_ == 8)
      co_return;
    ++order_tail_;
  }
  task<> consume() {
    for (;;) {
      while (order_head_ == order_tail_)
        co_await venue_.submit(0);
      ++order_head_;
    }
  }

private:
  INTERLOCK_STATE(order)
  long order_head_ = 0;
  INTERLOCK_STATE(order)
  long order_tail_ = 0;
  venue venue_;
};

/// Who stops empties the queue as well; who resumes does not touch it.
class turnstile {
public:
  task<> enter_bad(int visitor) {
    if (stopped_)
      co_return;
    co_await venue_.submit(visitor);
    orders_.insert(visitor); // expect: stale-check
  }
  task<> enter_ok(int visitor) {
    co_await venue_.submit(visitor);
    if (!stopped_)
      orders_.insert(visitor);
  }
  // who is stopped has nothing, which taking out does not change
  task<> enter_early_ok(int visitor) {
    if (stopped_)
      co_return;
    orders_.insert(visitor);
    co_await venue_.submit(visitor);
    std::erase_if(orders_, [=](int each) { return each == visitor; });
  }
  void stop() {
    stopped_ = true;
    orders_.clear();
  }
  void resume() { stopped_ = false; }

  // What only happens to be counted beside a flag is not about it.
  task<> light_ok() {
    if (dark_)
      co_return;
    co_await venue_.submit(1);
    ++order_changes_;
  }
  void darken() {
    dark_ = true;
    ++order_changes_;
  }
  void lighten() { dark_ = false; }

private:
  INTERLOCK_STATE(order)
  std::set<int> orders_;
  INTERLOCK_STATE(order)
  bool stopped_ = false;
  INTERLOCK_STATE(order)
  long order_changes_ = 0;
  INTERLOCK_STATE(order)
  bool dark_ = false;
  venue venue_;
};

/// Who only waits decides nothing by what it waits for.
class drained {
public:
  task<> send_ok(long n) {
    if (!order_connected_)
      co_return;
    ++orders_in_flight_;
    co_await venue_.submit(n);
    --orders_in_flight_;
  }
  task<> shut_ok() {
    if (orders_in_flight_ > 0)
      co_await idle_;
    order_connected_ = false;
  }

private:
  INTERLOCK_STATE(order)
  bool order_connected_ = true;
  INTERLOCK_STATE(order)
  long orders_in_flight_ = 0;
  event idle_;
  venue venue_;
};

/// Cutting off sets both ends anew: an old copy of one is not the other's.
class log_ends {
public:
  task<> flush_bad() {
    const long seen = dirty_;
    co_await venue_.submit(seen);
    flushed_ = seen; // expect: stale-value
  }
  task<> flush_looked_ok() {
    const long seen = dirty_;
    const long cuts = cuts_;
    co_await venue_.submit(seen);
    if (cuts_ == cuts)
      flushed_ = seen;
  }
  void cut(long at) {
    ++cuts_;
    dirty_ = at;
    flushed_ = at;
  }

private:
  long dirty_ = 0, flushed_ = 0, cuts_ = 0;
  venue venue_;
};

/// One end only grows, and nobody moves the other.
class growing_ends {
public:
  task<> flush_ok() {
    const long seen = written_;
    co_await venue_.submit(seen);
    stored_ = seen;
  }
  void write(long n) { written_ += n; }

private:
  long written_ = 0, stored_ = 0;
  venue venue_;
};

/// A queue that is stopped: the flag is set where the queue is emptied, whatever
/// is awaited then.
class stopped_queue {
public:
  task<bool> append_bad(int request) {
    if (stopped_)
      co_return false;
    co_await venue_.submit(1);
    requests_.insert(request); // expect: stale-check
    co_return true;
  }
  task<bool> append_ok(int request) {
    co_await venue_.submit(1);
    if (stopped_)
      co_return false;
    requests_.insert(request);
    co_return true;
  }
  task<> stop() {
    stopped_ = true;
    requests_.clear();
    co_await venue_.submit(1);
  }
  // Set here, emptied by others later: the flag says nothing of the counts.
  task<bool> count_ok() {
    if (stopped_)
      co_return false;
    co_await venue_.submit(1);
    ++counted_;
    co_return true;
  }
  task<> forget() {
    co_await venue_.submit(1);
    counted_ = 0;
  }

private:
  std::set<int> requests_;
  bool stopped_ = false;
  int counted_ = 0;
  venue venue_;
};

/// A serial number that is counted up where the results are cleared.
class search_box {
public:
  void clear() {
    ++serial_;
    results_.clear();
  }
  task<> search_bad() {
    const int serial = ++serial_;
    co_await venue_.submit(1);
    if (serial != serial_)
      co_return;
    co_await venue_.submit(2);
    results_ = found(); // expect: stale-check
  }
  task<> search_ok() {
    const int serial = ++serial_;
    co_await venue_.submit(1);
    if (serial != serial_)
      co_return;
    co_await venue_.submit(2);
    if (serial != serial_)
      co_return;
    results_ = found();
  }
  // The number has nothing to do with how often somebody asked.
  task<> asked_ok() {
    const int serial = ++serial_;
    co_await venue_.submit(1);
    if (serial != serial_)
      co_return;
    co_await venue_.submit(2);
    asked_ = true;
  }

private:
  static std::set<int> found();
  std::set<int> results_;
  int serial_ = 0;
  bool asked_ = false;
  venue venue_;
};

/// How long a loop goes on is no reason for what it does.
class idle_session {
public:
  task<> read_ok() {
    while (!closed_) {
      co_await venue_.submit(1);
      deadline_ = now() + 60;
    }
  }
  void look() {
    if (deadline_ < now())
      closed_ = true;
  }

private:
  static long now();
  bool closed_ = false;
  long deadline_ = 0;
  venue venue_;
};
/// But a test for each step is.
class idle_line {
public:
  task<> extend_bad() {
    if (!closed_) {
      co_await venue_.submit(1);
      deadline_ = now() + 60; // expect: stale-check
    }
  }
  void look() {
    if (deadline_ < now())
      closed_ = true;
  }

private:
  static long now();
  bool closed_ = false;
  long deadline_ = 0;
  venue venue_;
};
