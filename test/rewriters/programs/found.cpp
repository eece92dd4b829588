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

struct Region {
  interlock::SafeTradingState locks;
};
class Franchise {
public:
  explicit Franchise(Region &region) : region_(&region) {}
  interlock::SafeTradingState &state() const { return region_->locks; }
  task<> order_stock(long cost) {
    const auto guard = co_await state().atomic_balance_update();
    if (funds_ < cost)
      co_return;
    co_await settle();
    funds_ -= cost;
  }
  task<> pay_licence(long cost) {
    if (funds_ < cost)
      co_return;
    co_await settle();
    funds_ -= cost;
  }
  friend task<> audit(Franchise &franchise);
  long funds_ = 100;

private:
  Region *region_;
};
task<> audit(Franchise &franchise) {
  const long seen = franchise.funds_;
  co_await settle();
  franchise.funds_ = seen - 1;
}
PROGRAM(state_that_others_reach_over_an_accessor) {
  Region r;
  Franchise f(r);
  w.spawn(f.order_stock(60));
  w.spawn(f.pay_licence(60));
  w.spawn(audit(f));
  w.run();
  return f.funds_ == 39;
}

interlock::SafeTradingState &shop_locks() {
  static interlock::SafeTradingState shared;
  return shared;
}
struct Shop {
  std::map<std::string, long> holdings_;
  task<> sell(std::string article) {
    const auto guard =
        co_await shop_locks().atomic_position_update(article);
    if (holdings_[article] == 0)
      co_return;
    co_await settle();
    --holdings_[article];
  }
  task<> lend(std::string item) {
    if (holdings_[item] == 0)
      co_return;
    co_await settle();
    --holdings_[item];
  }
};
PROGRAM(state_that_a_function_hands_out) {
  Shop s;
  s.holdings_["lamp"] = 1;
  w.spawn(s.sell("lamp"));
  w.spawn(s.lend("lamp"));
  w.run();
  return s.holdings_["lamp"] == 0;
}

} // namespace
