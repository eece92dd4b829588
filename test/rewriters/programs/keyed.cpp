// Positions by symbol and orders by id.
#include "program.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace {

task<> check_risk() { co_await step{}; }

struct Position {
  long size = 0;
  long entry_price = 0;
};

struct Averages {
  std::map<std::string, Position> positions_;
  task<> add(std::string symbol, long qty, long price) {
    if (!positions_.contains(symbol))
      positions_.emplace(symbol, Position{});
    Position &p = positions_.at(symbol);
    const long old_size = p.size, old_price = p.entry_price;
    co_await check_risk();
    p.size = old_size + qty;
    p.entry_price = (old_size * old_price + qty * price) / (old_size + qty);
  }
};
PROGRAM(average_price) {
  Averages a;
  w.spawn(a.add("BTC", 1, 100));
  w.spawn(a.add("BTC", 1, 300));
  w.run();
  return a.positions_["BTC"].size == 2 &&
         a.positions_["BTC"].entry_price == 200;
}

struct Iterator {
  std::map<std::string, Position> positions_{{"BTC", {}}};
  task<> add(const std::string symbol, long qty) {
    auto it = positions_.find(symbol);
    if (it == positions_.end())
      co_return;
    const long old = it->second.size;
    co_await check_risk();
    it->second.size = old + qty;
  }
};
PROGRAM(position_by_iterator) {
  Iterator a;
  w.spawn(a.add("BTC", 1));
  w.spawn(a.add("BTC", 2));
  w.run();
  return a.positions_["BTC"].size == 3;
}

struct Limit {
  std::map<std::string, long> positions_;
  task<> add(std::string symbol, long qty) {
    if (positions_[symbol] + qty > 10)
      co_return;
    co_await check_risk();
    positions_[symbol] += qty;
  }
};
PROGRAM(position_limit) {
  Limit a;
  w.spawn(a.add("BTC", 6));
  w.spawn(a.add("BTC", 6));
  w.run();
  return a.positions_["BTC"] <= 10;
}

struct TwoSymbols {
  std::map<std::string, long> positions_;
  task<> add(std::string symbol, long qty) {
    const long old = positions_[symbol];
    co_await check_risk();
    positions_[symbol] = old + qty;
  }
};
PROGRAM(two_symbols) {
  TwoSymbols a;
  w.spawn(a.add("BTC", 1));
  w.spawn(a.add("ETH", 1));
  w.spawn(a.add("BTC", 1));
  w.run();
  return a.positions_["BTC"] == 2 && a.positions_["ETH"] == 1;
}

struct Order {
  long quantity = 10;
  long filled = 0;
  bool cancelled = false;
};

struct Fills {
  std::unordered_map<int, Order> orders_;
  task<> fill(int id, long qty) {
    Order &o = orders_.at(id);
    if (o.filled + qty > o.quantity)
      co_return;
    co_await check_risk();
    o.filled += qty;
  }
};
PROGRAM(order_overfill) {
  Fills a;
  a.orders_[7] = {};
  w.spawn(a.fill(7, 6));
  w.spawn(a.fill(7, 6));
  w.run();
  return a.orders_[7].filled <= 10;
}

struct Cancels {
  std::map<int, Order> orders_;
  task<> cancel(int id) {
    auto found = orders_.find(id);
    if (found == orders_.end() || found->second.filled > 0)
      co_return;
    co_await check_risk();
    found->second.cancelled = true;
  }
  task<> fill(int id) {
    auto found = orders_.find(id);
    if (found == orders_.end() || found->second.cancelled)
      co_return;
    co_await check_risk();
    found->second.filled = 10;
  }
};
PROGRAM(filled_or_cancelled) {
  Cancels a;
  a.orders_[7] = {};
  w.spawn(a.cancel(7));
  w.spawn(a.fill(7));
  w.run();
  return !(a.orders_[7].cancelled && a.orders_[7].filled > 0);
}

struct Create {
  std::map<int, long> orders_;
  int sent = 0;
  task<> submit(int id) {
    if (orders_.contains(id))
      co_return;
    co_await check_risk();
    ++sent;
    orders_[id] = sent;
  }
};
PROGRAM(order_created_once) {
  Create a;
  w.spawn(a.submit(7));
  w.spawn(a.submit(7));
  w.run();
  return a.sent == 1;
}

struct Engine {
  long balance_ = 100;
  std::map<std::string, long> positions_;
  task<> buy(std::string symbol, long qty, long price) {
    const long cost = qty * price;
    if (balance_ < cost)
      co_return;
    co_await check_risk();
    balance_ -= cost;
    const long old = positions_[symbol];
    co_await check_risk();
    positions_[symbol] = old + qty;
  }
};
PROGRAM(two_guards_in_sequence) {
  Engine a;
  w.spawn(a.buy("BTC", 3, 10));
  w.spawn(a.buy("BTC", 4, 10));
  w.spawn(a.buy("BTC", 5, 10));
  w.run();
  return a.balance_ >= 0 && a.positions_["BTC"] * 10 == 100 - a.balance_;
}

struct Sweep {
  std::map<std::string, long> positions_{{"BTC", 1}, {"ETH", 2}};
  task<> add(std::string symbol, long qty) {
    const long old = positions_.at(symbol);
    co_await check_risk();
    positions_.at(symbol) = old + qty;
  }
  task<> both() {
    co_await add("BTC", 1);
    co_await add("ETH", 1);
  }
};
PROGRAM(helper_with_a_key) {
  Sweep a;
  w.spawn(a.both());
  w.spawn(a.both());
  w.run();
  return a.positions_["BTC"] == 3 && a.positions_["ETH"] == 4;
}

struct Trades {
  long trades_ = 0;
  task<> record() {
    const long count = trades_;
    co_await check_risk();
    trades_ = count + 1;
  }
};
PROGRAM(trade_count) {
  Trades a;
  w.spawn(a.record());
  w.spawn(a.record());
  w.run();
  return a.trades_ == 2;
}

struct Flat {
  long position_ = 0;
  task<> open(long qty) {
    if (position_ != 0)
      co_return;
    co_await check_risk();
    position_ += qty;
  }
};
PROGRAM(position_without_a_key) {
  Flat a;
  w.spawn(a.open(5));
  w.spawn(a.open(5));
  w.run();
  return a.position_ == 5;
}

/// Each pass has a key of its own, and may be the last.
struct Hours {
  std::map<std::string, long> positions_;
  task<bool> auction(int hour) {
    co_await step{};
    co_return hour != 7;
  }
  task<> buy(long size) {
    for (int hour = 0; hour < 2; ++hour) {
      const std::string contract = "H" + std::to_string(hour);
      auto &position = positions_[contract];
      if (position + size > 50)
        continue;
      const bool matched = co_await auction(hour);
      if (!matched)
        break;
      position += size;
    }
  }
};
PROGRAM(position_by_hour) {
  Hours a;
  w.spawn(a.buy(30));
  w.spawn(a.buy(25));
  w.run();
  return a.positions_["H0"] <= 50 && a.positions_["H1"] <= 50;
}

/// What a member refers or points to may be had by others as well: the object
/// is the key, not who has it.
struct Net {
  long size = 0;
};
struct ByReference {
  Net &position_;
  task<> open(long qty) {
    if (position_.size + qty > 5)
      co_return;
    co_await check_risk();
    position_.size += qty;
  }
};
PROGRAM(position_that_two_refer_to) {
  Net net;
  ByReference a{net}, b{net};
  w.spawn(a.open(5));
  w.spawn(b.open(5));
  w.run();
  return net.size == 5;
}
struct ByPointer {
  Net *position_;
  task<> open(long qty) {
    if (position_->size + qty > 5)
      co_return;
    co_await check_risk();
    position_->size += qty;
  }
};
PROGRAM(position_that_two_point_to) {
  Net net;
  ByPointer a{&net}, b{&net};
  w.spawn(a.open(5));
  w.spawn(b.open(5));
  w.run();
  return net.size == 5;
}
struct ByShare {
  std::shared_ptr<Net> position_;
  task<> open(long qty) {
    if (position_->size + qty > 5)
      co_return;
    co_await check_risk();
    position_->size += qty;
  }
};
PROGRAM(position_that_two_share) {
  const auto net = std::make_shared<Net>();
  ByShare a{net}, b{net};
  w.spawn(a.open(5));
  w.spawn(b.open(5));
  w.run();
  return net->size == 5;
}

/// The key is a part of a parameter that the region itself fills in: it is no
/// key before that.
struct Request {
  int id = 0;
  long qty = 0;
};
struct Amending {
  long balance_ = 100;
  std::map<int, long> orders_{{1, 1}};
  task<> pay(Request r) {
    if (balance_ < r.qty)
      co_return;
    r.id = 1;
    co_await check_risk();
    balance_ -= r.qty;
    orders_[r.id] += r.qty;
  }
  task<> twice(int id) {
    const long old = orders_[id];
    co_await check_risk();
    orders_[id] = old * 2;
  }
};
PROGRAM(key_that_the_region_fills_in) {
  Amending a;
  w.spawn(a.pay({0, 5}));
  w.spawn(a.twice(1));
  w.spawn(a.pay({0, 98}));
  w.run();
  const long left = a.orders_[1];
  return a.balance_ >= 0 &&
         (left == 12 || left == 7 || left == 2 + 98 || left == (1 + 98) * 2);
}

} // namespace
