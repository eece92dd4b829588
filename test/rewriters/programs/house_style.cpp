// Code in the style of some house: checks by macro, helpers of other
// classes, loops that plan ahead, awaits in one arm of a condition.
#include "program.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#define RETURN_IF(Condition, Value)                                            \
  do {                                                                         \
    if (Condition)                                                             \
      co_return Value;                                                         \
  } while (false)

namespace {

task<> settle() { co_await step{}; }
task<long> rate(long amount) {
  co_await step{};
  co_return amount;
}

struct CheckedByMacro {
  long balance_ = 100;
  task<bool> buy(long cost) {
    RETURN_IF(cost <= 0, false);
    RETURN_IF(balance_ < cost, false); // the money
    co_await settle();
    balance_ -= cost;
    co_return true;
  }
};
task<> use(CheckedByMacro &a) { (void)co_await a.buy(60); }
PROGRAM(check_in_the_block_of_a_macro) {
  CheckedByMacro a;
  w.spawn(use(a));
  w.spawn(use(a));
  w.run();
  return a.balance_ == 40;
}

struct House {
  long balance = 100;
  bool affordable(long cost) const { return balance >= cost; }
  void charge(long cost) { balance -= cost; }
};
struct Desk {
  House &house;
  task<> order(long cost) {
    if (!house.affordable(cost))
      co_return;
    co_await settle();
    house.charge(cost);
  }
};
PROGRAM(check_and_write_in_helpers_of_another) {
  House house;
  Desk first{house}, second{house};
  w.spawn(first.order(60));
  w.spawn(second.order(60));
  w.run();
  return house.balance == 40;
}

struct Sweeper {
  long cash_ = 10;
  task<> buy(long wanted) {
    long bought = 0;
    for (int level = 0; level < 2 && bought < wanted; ++level) {
      long clip = std::min(2L, wanted - bought);
      while (clip > 0 && clip * 3 > cash_)
        --clip; // what we can pay for
      if (clip == 0)
        break;
      co_await settle();
      cash_ -= clip * 3;
      bought += clip;
    }
  }
};
PROGRAM(pass_that_plans_for_the_next) {
  Sweeper a;
  w.spawn(a.buy(4));
  w.spawn(a.buy(4));
  w.run();
  return a.cash_ >= 0;
}

struct Capped {
  long balance_ = 100;
  task<> charge(long n) { balance_ = balance_ - co_await rate(n); }
  task<> accrue(long n) {
    balance_ = balance_ > 1000 ? balance_ : balance_ + co_await rate(n);
  }
};
PROGRAM(await_in_one_arm_of_a_condition) {
  Capped a;
  w.spawn(a.charge(5));
  w.spawn(a.accrue(1));
  w.spawn(a.accrue(1));
  w.run();
  return a.balance_ == 97;
}

struct Mailbox {
  std::vector<long> fills_;
  long booked = 0;
  task<> flush() {
    for (const long &fill : fills_) {
      co_await settle();
      booked += fill;
    }
    fills_.clear();
  }
  task<> arrive(long n) {
    co_await settle();
    fills_.push_back(n);
  }
  task<> both() {
    co_await arrive(1);
    co_await flush();
  }
};
PROGRAM(content_that_grows_while_it_is_worked_off) {
  Mailbox a;
  w.spawn(a.both());
  w.spawn(a.arrive(2));
  w.run();
  w.spawn(a.flush());
  w.run();
  return a.booked == 3;
}

} // namespace
