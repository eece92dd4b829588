// A state that is there already is used, whatever is asked for.
#include "program.hpp"

#include <interlock/safe_state.hpp>

#include <map>
#include <string>

namespace {

task<> settle() { co_await step{}; }

struct Desk {
  interlock::SafeTradingState locks_;
  long balance_ = 100;
  std::map<std::string, long> positions_;
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
  }
  task<> add(std::string symbol, long qty) {
    const long old = positions_[symbol];
    co_await settle();
    positions_[symbol] = old + qty;
  }
};
task<> fee(Desk &desk, long cost) {
  const long old = desk.balance_;
  co_await settle();
  desk.balance_ = old - cost;
}
PROGRAM(class_that_has_a_state) {
  Desk d;
  w.spawn(d.buy(60));
  w.spawn(fee(d, 10));
  w.spawn(d.buy(60));
  w.run();
  return d.balance_ == 30;
}
PROGRAM(class_that_has_a_state_with_keys) {
  Desk d;
  w.spawn(d.add("BTC", 1));
  w.spawn(d.add("BTC", 2));
  w.run();
  return d.positions_["BTC"] == 3;
}

struct Borrowing {
  explicit Borrowing(interlock::SafeTradingState &state) : state_(state) {}
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
  }
  interlock::SafeTradingState &state_;
  long balance_ = 100;
};
PROGRAM(class_that_refers_to_a_state) {
  interlock::SafeTradingState state;
  Borrowing b(state);
  w.spawn(b.buy(60));
  w.spawn(b.buy(60));
  w.run();
  return b.balance_ >= 0;
}

struct Plain {
  long balance_ = 100;
};
task<> spend([[maybe_unused]] interlock::SafeTradingState &state, Plain &plain,
             long cost) {
  if (plain.balance_ < cost)
    co_return;
  co_await settle();
  plain.balance_ -= cost;
}
PROGRAM(state_that_is_passed) {
  interlock::SafeTradingState state;
  Plain p;
  w.spawn(spend(state, p, 60));
  w.spawn(spend(state, p, 60));
  w.run();
  return p.balance_ >= 0;
}

} // namespace
