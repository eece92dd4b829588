// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
using namespace mock;

task<long> fee_of(long amount);
long scale(long value, long fee);

class till {
public:
  // Since C++17 the right side comes first: the balance is read after it.
  task<> compound_await_ok() { balance_ -= co_await fee_of(1); }

  // Operands of + and - have no order: clang reads the balance first.
  task<> plain_assign_bad() {
    balance_ = balance_ - co_await fee_of(1); // expect: unspecified-read-order
  }

  // No order either, but the compiler takes the await first: only an order that
  // is really stale is worth a report.
  task<> plain_assign_swapped_ok() {
    balance_ = co_await fee_of(1) + balance_;
  }

  // The await is a statement of its own: read after it.
  task<> hoisted_ok() {
    const long fee = co_await fee_of(1);
    balance_ = balance_ - fee;
  }

  // Arguments of a call have no order either.
  task<> call_arguments_bad() {
    balance_ = scale(balance_, co_await fee_of(2)); // expect: unspecified-read-order
  }

  // Braced initialisers are evaluated from left to right: the read comes first.
  task<> braced_bad() {
    struct parts {
      long left, fee;
    } p{balance_, co_await fee_of(3)};
    balance_ = p.left - p.fee; // expect: stale-value
  }

  // From left to right, the await first.
  task<> braced_await_first_ok() {
    struct parts {
      long fee, left;
    } p{co_await fee_of(3), balance_};
    balance_ = p.left - p.fee;
  }

  // A full statement lies between the await and the read.
  task<> read_after_await_statement_ok() {
    co_await fee_of(4);
    balance_ = balance_ - 4;
  }

  // Reads and writes after the await.
  task<> increment_after_ok() {
    co_await fee_of(5);
    ++balance_;
  }

private:
  long balance_ = 0;
};

class account {
public:
  // The member operator of a class type: `a += b` with an operator function is
  // sequenced like the built-in one, right side first.
  task<> compound_class_type_ok(money cost) {
    balance_ -= co_await venue_.fee(cost);
  }

  // operator- takes its left operand by value: the copy may be made first.
  task<> plain_class_type_bad(money cost) {
    balance_ = balance_ - co_await venue_.fee(cost); // expect: unspecified-read-order
  }

  // Two awaits, none next to a read of the balance.
  task<> two_awaits_ok(money cost) {
    balance_ -= co_await venue_.fee(cost) + co_await venue_.fee(cost);
  }

private:
  money balance_;
  venue venue_;
};
