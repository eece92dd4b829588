// Who changes a container as a whole names no element of it: then one guard is
// for all of it, for those who name one as well.
#include "program.hpp"

#include <map>
#include <string>
#include <utility>

namespace {

task<> settle() { co_await step{}; }

/// The lots that are there are always as many as were bought and not sold.
struct Lots {
  std::map<std::string, long> positions_{{"BTC", 10}, {"ETH", 0}};
  long sold_ = 0, dropped_ = 0;
  bool below_ = false;
  task<> sell(std::string symbol, long lots) {
    const auto it = positions_.find(symbol);
    if (it == positions_.end() || it->second < lots)
      co_return;
    co_await settle();
    positions_[symbol] -= lots;
    sold_ += lots;
    below_ = below_ || positions_[symbol] < 0;
  }
};

/// The next number is found out from all orders that there are.
struct Numbered {
  std::map<int, long> orders_;
  std::size_t accepted_ = 0;
  task<> accept(long weight) {
    const int number = orders_.empty() ? 1 : orders_.rbegin()->first + 1;
    co_await settle();
    orders_[number] = weight;
    ++accepted_;
  }
};
PROGRAM(key_found_out_from_the_container) {
  Numbered a;
  w.spawn(a.accept(1));
  w.spawn(a.accept(2));
  w.run();
  return a.orders_.size() == a.accepted_;
}

struct Tidied : Lots {
  task<> tidy() {
    co_await settle();
    std::erase_if(positions_, [](const auto &e) { return e.second < 20; });
  }
};
PROGRAM(elements_erased_by_a_test) {
  Tidied a;
  w.spawn(a.sell("BTC", 6));
  w.spawn(a.sell("BTC", 6));
  w.spawn(a.tidy());
  w.run();
  return !a.below_;
}

struct Wiped : Lots {
  task<> wipe() {
    co_await settle();
    positions_.clear();
  }
};
PROGRAM(container_cleared) {
  Wiped a;
  w.spawn(a.sell("BTC", 6));
  w.spawn(a.wipe());
  w.run();
  return !a.below_;
}

struct Walked : Lots {
  task<> drop() {
    co_await settle();
    for (auto it = positions_.begin(); it != positions_.end();)
      if (it->second < 20)
        it = positions_.erase(it);
      else
        ++it;
  }
};
PROGRAM(elements_erased_in_a_loop) {
  Walked a;
  w.spawn(a.sell("BTC", 6));
  w.spawn(a.drop());
  w.run();
  return !a.below_;
}

struct Loaded : Lots {
  task<> load(std::map<std::string, long> fresh) {
    co_await settle();
    positions_ = std::move(fresh);
  }
};
PROGRAM(container_replaced) {
  Loaded a;
  w.spawn(a.sell("BTC", 6));
  w.spawn(a.load({{"BTC", 3}}));
  w.run();
  return !a.below_;
}

/// What an order points to is no part of it: other orders point to the same.
struct Party {
  long balance = 100;
};
struct Deal {
  Party *buyer = nullptr;
  long amount = 0;
  bool funded = false;
};
struct House {
  std::map<int, Deal> orders;
  task<> fund(int order_id) {
    Deal &deal = orders.at(order_id);
    if (deal.funded || deal.buyer->balance < deal.amount)
      co_return;
    co_await settle();
    deal.buyer->balance -= deal.amount;
    deal.funded = true;
  }
};
PROGRAM(orders_of_one_buyer) {
  Party buyer;
  House a{{{1, {&buyer, 60}}, {2, {&buyer, 60}}}};
  w.spawn(a.fund(1));
  w.spawn(a.fund(2));
  w.spawn(a.fund(2));
  w.run();
  return buyer.balance == 40;
}

} // namespace
