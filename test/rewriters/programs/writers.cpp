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

struct Parcel {
  int status = 0;
  int grams = 0;
  int cents = 0;
};

/// Two changes of one element with a wait in between belong together.
struct TwoChanges {
  std::map<int, Parcel> orders_{{7, {}}};
  task<> weigh(int id, int grams) {
    Parcel &order = orders_.at(id);
    order.status = 1;
    co_await settle();
    order.grams = grams;
  }
  task<> bill(int id) {
    Parcel &order = orders_.at(id);
    if (order.status != 1)
      co_return;
    const int cents = order.grams * 2;
    co_await settle();
    order.status = 2;
    order.cents += cents;
  }
};
PROGRAM(two_changes_around_a_wait) {
  TwoChanges a;
  w.spawn(a.weigh(7, 100));
  w.spawn(a.bill(7));
  w.spawn(a.bill(7));
  w.run();
  const Parcel &p = a.orders_.at(7);
  return p.status == 1 ? p.cents == 0 : p.cents == 200;
}

/// What is looked at before a wait and changed behind it does, too.
struct LooksFirst {
  std::map<std::string, long> positions_{{"a", 10}};
  long gone = 0;
  task<> flat(std::string symbol) {
    gone += positions_[symbol];
    co_await settle();
    positions_[symbol] = 0;
  }
  task<> buy(std::string symbol, long size) {
    if (positions_[symbol] + size > 20)
      co_return;
    co_await settle();
    positions_[symbol] += size;
    gone -= size;
  }
};
PROGRAM(closed_after_a_look) {
  LooksFirst a;
  w.spawn(a.flat("a"));
  w.spawn(a.buy("a", 5));
  w.spawn(a.buy("a", 5));
  w.run();
  return a.positions_["a"] + a.gone == 10;
}

/// So does what a helper looks up.
struct ThroughFind {
  std::map<std::string, Parcel> orders_{{"a", {}}};
  int cancelled = 0;
  task<> fill(std::string id, int grams) {
    Parcel *const order = find(id);
    if (!order)
      co_return;
    const int missing = 10 - order->grams;
    co_await settle();
    order->grams += grams < missing ? grams : missing;
  }
  task<> cancel(std::string id) {
    if (find(id) == nullptr)
      co_return;
    co_await settle();
    orders_.erase(id);
    ++cancelled;
  }

private:
  Parcel *find(const std::string &id) {
    const auto it = orders_.find(id);
    return it == orders_.end() ? nullptr : &it->second;
  }
};
PROGRAM(cancelled_after_a_helpers_look) {
  ThroughFind a;
  w.spawn(a.fill("a", 6));
  w.spawn(a.cancel("a"));
  w.spawn(a.cancel("a"));
  w.run();
  return a.cancelled == 1;
}

/// A plain function that fills an object of its own is no obstacle.
struct Deck {
  std::map<std::string, int> positions_;
  bool fits(const std::string &lane, int tonnes) const {
    const auto it = positions_.find(lane);
    return (it == positions_.end() ? 0 : it->second) + tonnes <= 60;
  }
  void load(const std::string &lane, int tonnes) {
    positions_[lane] += tonnes;
  }
};
struct Office {
  Deck &deck;
  task<> book(std::string lane, int tonnes) {
    if (!deck.fits(lane, tonnes))
      co_return;
    co_await settle();
    deck.load(lane, tonnes);
  }
};
PROGRAM(prepared_by_a_plain_function) {
  Deck deck;
  Office port{deck}, starboard{deck};
  deck.load("left", 10);
  w.spawn(port.book("left", 30));
  w.spawn(starboard.book("left", 30));
  w.run();
  return deck.positions_["left"] == 40;
}

} // namespace
