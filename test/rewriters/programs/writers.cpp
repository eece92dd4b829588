// On one thread, a guard over a suspension keeps out only who takes it, too:
// the other writers of the state get theirs in the same repair.
#include "program.hpp"

#include <map>
#include <string>

namespace {

task<> settle() { co_await step{}; }

struct Deposits {
  long balance_ = 100;
  task<> deposit(long amount) {
    co_await settle();
    balance_ += amount;
  }
  task<> charge(long fee) {
    const long seen = balance_;
    if (seen < fee)
      co_return;
    co_await settle();
    balance_ = seen - fee;
  }
};
PROGRAM(deposit_without_a_check) {
  Deposits a;
  w.spawn(a.charge(10));
  w.spawn(a.deposit(50));
  w.spawn(a.charge(10));
  w.run();
  return a.balance_ == 130;
}

struct Through {
  long balance_ = 100;
  task<> credit(long amount) {
    co_await settle();
    add(amount);
  }
  task<> buy(long cost) {
    const long seen = balance_;
    if (seen < cost)
      co_return;
    co_await settle();
    balance_ = seen - cost;
  }

private:
  void add(long amount) { balance_ += amount; }
};
PROGRAM(deposit_through_a_helper) {
  Through a;
  w.spawn(a.buy(60));
  w.spawn(a.credit(10));
  w.run();
  return a.balance_ == 50;
}

struct PlainHelper {
  long balance_ = 100;
  void withdraw(long amount) { balance_ -= amount; }
  task<> other(long amount) {
    withdraw(amount);
    co_await settle();
  }
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
  }
};
PROGRAM(plain_helper_of_a_coroutine) {
  PlainHelper a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.spawn(a.other(1));
  w.run();
  return a.balance_ >= 0;
}

struct Book {
  std::map<std::string, long> positions_{{"BTC", 7}};
  task<> open(std::string symbol, long size) {
    const long old = positions_[symbol];
    if (old + size > 20)
      co_return;
    co_await settle();
    positions_[symbol] = old + size;
  }
  task<> flatten(std::string symbol) {
    co_await settle();
    positions_[symbol] = 0;
    co_await settle();
  }
};
PROGRAM(position_is_flattened_meanwhile) {
  Book a;
  w.spawn(a.open("BTC", 5));
  w.spawn(a.flatten("BTC"));
  w.spawn(a.open("ETH", 1));
  w.run();
  return a.positions_["BTC"] == 0 || a.positions_["BTC"] == 5;
}

} // namespace
