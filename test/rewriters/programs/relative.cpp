// Values that are written back changed, where the change can be written.
#include "program.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace {

task<> settle() { co_await step{}; }
task<long> fee() {
  co_await step{};
  co_return 1;
}

struct Deposit {
  long balance_ = 100;
  task<> deposit(long amount) {
    const long seen = balance_;
    co_await settle();
    balance_ = seen + amount;
  }
};
PROGRAM(deposit_writes_back) {
  Deposit a;
  w.spawn(a.deposit(10));
  w.spawn(a.deposit(20));
  w.run();
  return a.balance_ == 130;
}

struct Notifies {
  long balance_ = 100;
  int told = 0;
  task<> charge() {
    const auto before = balance_;
    co_await settle();
    balance_ = before - 10;
    co_await settle();
    ++told;
  }
};
PROGRAM(writes_back_and_goes_on) {
  Notifies a;
  w.spawn(a.charge());
  w.spawn(a.charge());
  w.run();
  return a.balance_ == 80 && a.told == 2;
}

struct Adds {
  long balance_ = 100;
  task<> earn() { balance_ = balance_ + co_await fee(); }
};
PROGRAM(adds_what_it_awaits) {
  Adds a;
  w.spawn(a.earn());
  w.spawn(a.earn());
  w.run();
  return a.balance_ == 102;
}

struct Money {
  long cents = 0;
  friend Money operator+(Money a, Money b) { return {a.cents + b.cents}; }
  Money &operator+=(Money b) {
    cents += b.cents;
    return *this;
  }
};
struct Sizes {
  std::map<std::string, Money> positions_;
  task<> add(std::string symbol, Money amount) {
    const Money old = positions_[symbol];
    co_await settle();
    positions_[symbol] = old + amount;
  }
};
PROGRAM(size_of_a_class_type) {
  Sizes a;
  w.spawn(a.add("BTC", {1}));
  w.spawn(a.add("BTC", {2}));
  w.spawn(a.add("ETH", {4}));
  w.run();
  return a.positions_["BTC"].cents == 3 && a.positions_["ETH"].cents == 4;
}

struct Limited {
  long balance_ = 100;
  task<> spend(long cost) {
    if (balance_ < cost)
      co_return;
    const long seen = balance_;
    co_await settle();
    balance_ = seen - cost;
  }
};
PROGRAM(checked_and_written_back) {
  Limited a;
  w.spawn(a.spend(30));
  w.spawn(a.spend(30));
  w.spawn(a.spend(50));
  w.run();
  return a.balance_ == 40 || a.balance_ == 20;
}

/// The rest of the expression only computes, so the await may come first.
struct Arguments {
  long balance_ = 100;
  task<> pay() { balance_ = std::max(0L, balance_ - co_await fee()); }
};
PROGRAM(await_in_an_argument) {
  Arguments a;
  w.spawn(a.pay());
  w.spawn(a.pay());
  w.run();
  return a.balance_ == 98;
}

/// What writes something else has its place in the order, so a guard it is.
struct Owing {
  long balance_ = 100;
  long owed_ = 10;
  task<> pay() {
    balance_ = balance_ - std::exchange(owed_, 0) - co_await fee();
  }
};
PROGRAM(await_beside_another_write) {
  Owing a;
  w.spawn(a.pay());
  w.spawn(a.pay());
  w.run();
  return a.balance_ == 88;
}

// Held with what the same function keeps its guard for.
struct TwoKinds {
  long balance = 100;
  std::map<std::string, long> positions;
  task<> buy(std::string symbol, long lots) {
    const long cost = lots * 10;
    const long cash = balance;
    const long held = positions[symbol];
    if (cash < cost)
      co_return;
    co_await settle();
    balance = cash - cost;
    positions[symbol] = held + lots;
  }
  task<> sell(std::string symbol, long lots) {
    if (positions[symbol] < lots)
      co_return;
    co_await settle();
    positions[symbol] -= lots;
    balance += lots * 10;
  }
};
PROGRAM(write_back_beside_a_guard) {
  TwoKinds a;
  a.positions["A"] = 3;
  w.spawn(a.buy("A", 1));
  w.spawn(a.sell("A", 3));
  w.spawn(a.sell("A", 2));
  w.run();
  const long held = a.positions["A"];
  return held >= 0 && a.balance >= 0 && a.balance + 10 * held == 130;
}

} // namespace
