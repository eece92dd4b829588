// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-check,stale-value,unguarded-modification
// What interlock and the explorer do not agree on in random programs
// (test/agreement), each in its smallest form.
#include "libcoro.hpp"
#include "venue.hpp"
using namespace mock;

struct failure {};

class ledger {
public:
  // The check decides whether anything can fail.
  task<> check_around_a_failing_await_bad() {
    try {
      if (balance_ >= 7)
        co_await venue_.submit(1);
    } catch (const failure &) {
      balance_ += 3; // expect: stale-check
    }
  }

  // Nothing in the `try` can fail.
  task<> handler_of_what_cannot_fail_ok() {
    money seen = balance_;
    try {
      co_await yield_now{};
    } catch (const failure &) {
      balance_ = seen + 3; // fp: stale-value every await is taken for one that can throw
    }
  }

  // Both ways out of the `try` come here.
  task<> after_the_handler_ok() {
    try {
      if (balance_ < 4)
        co_await venue_.submit(1);
    } catch (...) {
    }
    balance_ += 2;
  }
  // But an exception of another kind leaves the function.
  task<> after_a_handler_of_one_kind_ok() {
    try {
      if (balance_ < 4)
        co_await venue_.submit(1);
    } catch (const failure &) {
    }
    balance_ += 2; // fp: stale-check what can end the function decides what follows, whether or not it does
  }

  // What was added is taken back.
  task<> taken_back_ok() {
    money part = balance_;
    balance_ += part;
    co_await venue_.submit(part);
    balance_ -= part;
  }
  task<> taken_back_at_length_ok() {
    money part = balance_;
    balance_ = balance_ + part;
    co_await venue_.submit(part);
    balance_ = balance_ - part;
  }

  // The same value comes back both ways.
  task<> result_of_either_return_ok() {
    money part = co_await same_either_way(3);
    balance_ = balance_ - part; // fp: stale-value what is returned counts as chosen by the branch that returns
  }

private:
  task<money> same_either_way(money part) {
    if (balance_ >= 4) {
      co_await venue_.submit(part);
      co_return part;
    }
    co_return part;
  }

  venue venue_;
  coro::mutex lock_;
  money balance_;
};

// Where the holder of the lock modifies in a helper, the writer without it is
// found, too,
class account {
public:
  task<> withdraw_ok(money cost) {
    auto guard = co_await lock_.scoped_lock();
    if (cash_ >= cost) {
      co_await venue_.submit(cost);
      take(cost);
    }
  }
  task<> deposit_bad(money sum) {
    cash_ += sum; // expect: unguarded-modification
    co_return;
  }

private:
  void take(money cost) { cash_ -= cost; }

  venue venue_;
  coro::mutex lock_;
  money cash_;
};

// and where the writer is the holder, before it takes the lock.
class counter {
public:
  task<> count_bad() {
    total_ += 7; // expect: unguarded-modification
    auto guard = co_await lock_.scoped_lock();
    money seen = total_;
    co_await venue_.submit(1);
    total_ = seen + 1;
  }

private:
  venue venue_;
  coro::mutex lock_;
  money total_;
};
