// The migration guide's integrations, as code that nobody prepared for it.
#include "program.hpp"

#include <interlock/safe_state.hpp>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using Symbol = std::string;
using Money = long;
using OrderId = int;

enum class Status { open, filled, cancelled };

struct Position {
  Money size = 0;
  Money entry_price = 0;
};

struct Order {
  Status status = Status::open;
  std::optional<Money> filled_qty;
};

struct Venue {
  bool down = false;
  task<> submit(Symbol, Money, Money) {
    co_await step{};
    if (down)
      throw std::runtime_error("the venue is down");
  }
};

struct Risk {
  task<> check(Symbol symbol, Money) {
    co_await step{};
    if (symbol == "HALTED")
      throw std::runtime_error("no trading in this symbol");
  }
};

struct Journal {
  std::vector<Order> lines;
  task<> append(Order o) {
    co_await step{};
    lines.push_back(o);
  }
};

// 1: balance
class Trader {
public:
  explicit Trader(Money balance) : balance_(balance) {}

  task<bool> execute_trade(Symbol s, Money qty, Money px) {
    Money cost = qty * px;
    auto guard =
        co_await interlock::get_global_safe_state().atomic_balance_update();
    if (balance_ >= cost) {
      co_await venue_.submit(s, qty, px);
      balance_ -= cost;
      co_return true;
    }
    co_return false;
  }
  Money balance() const { return balance_; }

private:
  Money balance_;
  Venue venue_;
};

task<> trade(Trader &t, int &done) {
  if (co_await t.execute_trade("BTC", 2, 50))
    ++done;
}

PROGRAM(balance) {
  Trader t(200);
  int done = 0;
  for (int i = 0; i < 3; ++i)
    w.spawn(trade(t, done));
  w.run();
  return done == 2 && t.balance() == 0;
}

// 2: position, keyed by symbol
class Portfolio {
public:
  task<> add_to_position(Symbol symbol, Money qty, Money px) {
    auto guard =
        co_await interlock::get_global_safe_state().atomic_position_update(
            symbol);
    if (!positions_.contains(symbol))
      positions_.emplace(symbol, Position{});
    Position &p = positions_.at(symbol);
    Money old_size = p.size, old_price = p.entry_price;
    co_await risk_.check(symbol, qty);
    p.size = old_size + qty;
    p.entry_price = (old_size * old_price + qty * px) / (old_size + qty);
  }
  const Position &position(const Symbol &s) { return positions_[s]; }

private:
  std::map<Symbol, Position> positions_;
  Risk risk_;
};

PROGRAM(position) {
  Portfolio p;
  w.spawn(p.add_to_position("BTC", 1, 100));
  w.spawn(p.add_to_position("BTC", 1, 300));
  w.spawn(p.add_to_position("ETH", 5, 20));
  w.run();
  return p.position("BTC").size == 2 && p.position("BTC").entry_price == 200 &&
         p.position("ETH").size == 5;
}

// 3: order, keyed by id
class Orders {
public:
  task<> create(OrderId id) {
    auto guard =
        co_await interlock::get_global_safe_state().atomic_order_update(id);
    auto [it, fresh] = orders_.try_emplace(id);
    guard.unlock();
    co_await journal_.append(it->second);
  }
  task<bool> update_order_status(OrderId id, Status st,
                                 std::optional<Money> filled = {}) {
    auto guard =
        co_await interlock::get_global_safe_state().atomic_order_update(id);
    Order &o = orders_.at(id);
    if (o.status != Status::open)
      co_return false;
    co_await journal_.append(o);
    o.status = st;
    if (filled)
      o.filled_qty = *filled;
    co_return true;
  }
  const Order &order(OrderId id) const { return orders_.at(id); }

private:
  std::map<OrderId, Order> orders_;
  Journal journal_;
};

task<> life(Orders &o, Status st, std::optional<Money> filled, int &done) {
  if (co_await o.update_order_status(7, st, filled))
    ++done;
}

PROGRAM(order) {
  Orders o;
  int done = 0;
  w.spawn(o.create(7));
  w.run();
  w.spawn(life(o, Status::filled, 10, done));
  w.spawn(life(o, Status::cancelled, {}, done));
  w.run();
  return done == 1 &&
         (o.order(7).status == Status::filled) == o.order(7).filled_qty.has_value();
}

// 4: a complete engine
class Engine {
public:
  explicit Engine(Money balance) : balance_(balance) {}

  task<bool> execute_buy_order(Symbol symbol, Money qty, Money px) {
    const Money cost = qty * px;
    {
      auto guard =
          co_await interlock::get_global_safe_state().atomic_balance_update();
      if (balance_ < cost) {
        log_.push_back("insufficient balance");
        co_return false;
      }
      co_await venue_.submit(symbol, qty, px);
      balance_ -= cost;
    }
    bool failed = false;
    try {
      co_await open_position(symbol, qty, px);
    } catch (const std::exception &error) {
      log_.push_back(error.what());
      failed = true;
    }
    if (failed) {
      auto balance_guard =
          co_await interlock::get_global_safe_state().atomic_balance_update();
      balance_ += cost;
      co_return false;
    }
    co_return true;
  }
  Money balance() const { return balance_; }
  Money size(const Symbol &s) { return positions_[s].size; }

private:
  task<> open_position(Symbol symbol, Money qty, Money px) {
    auto guard =
        co_await interlock::get_global_safe_state().atomic_position_update(
            symbol);
    const Position old = positions_[symbol];
    co_await risk_.check(symbol, qty);
    positions_[symbol].size = old.size + qty;
    positions_[symbol].entry_price =
        (old.size * old.entry_price + qty * px) / (old.size + qty);
  }

  Money balance_;
  std::map<Symbol, Position> positions_;
  std::vector<std::string> log_;
  Venue venue_;
  Risk risk_;
};

task<> buy(Engine &e, Symbol symbol, Money qty, int &done) {
  if (co_await e.execute_buy_order(symbol, qty, 10))
    ++done;
}

PROGRAM(engine) {
  Engine e(100);
  int done = 0;
  w.spawn(buy(e, "BTC", 6, done));
  w.spawn(buy(e, "HALTED", 3, done));
  w.spawn(buy(e, "BTC", 6, done));
  w.run();
  return e.balance() == 40 && e.size("BTC") == 6 && done == 1;
}

// 5: monitoring
class Monitor {
public:
  task<> record(long amount) {
    co_await step{};
    auto guard =
        co_await interlock::get_global_safe_state().atomic_trade_record();
    pending_trades_ += amount;
  }
  task<> report() {
    auto guard =
        co_await interlock::get_global_safe_state().atomic_trade_record();
    auto taken = std::exchange(pending_trades_, 0);
    guard.unlock();
    co_await write(std::move(taken));
  }
  long reported() const { return reported_ + pending_trades_; }

private:
  task<> write(long amount) {
    co_await step{};
    reported_ += amount;
  }
  long pending_trades_ = 0;
  long reported_ = 0;
};

PROGRAM(monitor) {
  Monitor m;
  w.spawn(m.record(2));
  w.spawn(m.report());
  w.spawn(m.record(3));
  w.spawn(m.report());
  w.run();
  return m.reported() == 5;
}

} // namespace
