// On one thread, a guard over a suspension keeps out only who takes it, too:
// the other writers of the state get theirs in the same repair.
#include "program.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

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

/// Lines come in from a plain function while a batch is on its way, and the
/// way may fail.
struct Gazette {
  std::vector<long> trades_{1, 2};
  std::vector<long> printed_;
  int attempts_ = 0;
  void report(long line) { trades_.push_back(line); }
  task<> press(std::vector<long> lines) {
    co_await step{};
    if (attempts_++ == 0)
      throw std::runtime_error("jammed");
    printed_.insert(printed_.end(), lines.begin(), lines.end());
  }
  task<> publish() {
    if (trades_.empty())
      co_return;
    co_await press(trades_);
    const auto lines = trades_.size();
    trades_.clear();
    last_ = lines;
  }
  std::size_t last_ = 0;
};
void on_line(Gazette &g) { g.report(3); }
task<> reporter(Gazette &g) {
  co_await settle();
  on_line(g);
}
task<> printer(Gazette &g) {
  for (int i = 0; i < 3; ++i)
    try {
      co_await g.publish();
    } catch (const std::runtime_error &) {
    }
}
PROGRAM(content_that_is_put_back_when_the_way_fails) {
  Gazette g;
  w.spawn(printer(g));
  w.spawn(reporter(g));
  w.run();
  std::vector<long> all = g.printed_;
  all.insert(all.end(), g.trades_.begin(), g.trades_.end());
  return all == std::vector<long>{1, 2, 3} && g.last_ > 0;
}

} // namespace
