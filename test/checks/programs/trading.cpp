// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,unspecified-read-order
// The migration guide's integrations, before and after.
#include "venue.hpp"
#include <interlock/safe_state.hpp>
#include <map>
#include <optional>
#include <string>
using namespace mock;

enum class status { open,
                    partial,
                    filled,
                    cancelled };
struct position {
  std::string symbol;
  money size;
  money entry_price;
};
struct order {
  int id = 0;
  status state = status::open;
  money filled_qty;
  money quantity;
};
struct risk {
  task<> check(std::string symbol, money qty);
};
struct record_store {
  task<> append(const order &o);
};
interlock::SafeTradingState &locks();

class before {
public:
  // Check, submit, debit.
  task<bool> execute_trade_bad(money qty, money price) {
    money cost = qty * price;
    if (balance_ >= cost) {
      co_await venue_.submit(cost);
      balance_ -= cost; // expect: stale-check
      co_return true;
    }
    co_return false;
  }

  // Average price from numbers of before the risk check.
  task<> add_to_position_bad(std::string symbol, money qty, money price) {
    position &p = positions_.at(symbol);
    money old_size = p.size, old_price = p.entry_price;
    co_await risk_.check(symbol, qty);
    p.size = old_size + qty;                                                 // expect: stale-value
    p.entry_price = (old_size * old_price + qty * price) / (old_size + qty); // expect: stale-value
  }

  // Two partial fills read the same quantity.
  task<> on_fill_bad(int id, money qty) {
    order &o = orders_.at(id);
    const money total = o.filled_qty + qty;
    co_await journal_.append(o);
    o.filled_qty = total; // expect: stale-value
  }

  // Cancelled after it was filled.
  task<bool> cancel_bad(int id) {
    auto it = orders_.find(id);
    if (it == orders_.end() || it->second.state != status::open)
      co_return false;
    co_await venue_.submit(0);
    it->second.state = status::cancelled; // expect: stale-check
    co_return true;
  }

  // Profit needs no check.
  task<> close_position_ok(money profit) {
    co_await venue_.submit(profit);
    balance_ += profit;
  }

  // The id is taken in the slice that looks it up.
  task<int> create_order_ok(money qty) {
    const int id = next_order_id_++;
    orders_.emplace(id, order{id, status::open, 0, qty});
    co_await venue_.submit(qty);
    co_return id;
  }

private:
  money balance_;
  std::map<std::string, position> positions_;
  std::map<int, order> orders_;
  int next_order_id_ = 1;
  venue venue_;
  risk risk_;
  record_store journal_;
};

class after {
public:
  // The guard around all of it.
  task<bool> execute_trade_ok(money qty, money price) {
    money cost = qty * price;
    auto guard = co_await locks().atomic_balance_update();
    if (balance_ >= cost) {
      co_await venue_.submit(cost);
      balance_ -= cost;
      co_return true;
    }
    co_return false;
  }

  // Under the position's guard.
  task<> add_to_position_ok(std::string symbol, money qty, money price) {
    auto guard = co_await locks().atomic_position_update(symbol);
    position &p = positions_.at(symbol);
    money old_size = p.size, old_price = p.entry_price;
    co_await risk_.check(symbol, qty);
    p.size = old_size + qty;
    p.entry_price = (old_size * old_price + qty * price) / (old_size + qty);
  }

  // Under the order's guard.
  task<> on_fill_ok(int id, money qty) {
    auto guard = co_await locks().atomic_order_update(id);
    order &o = orders_.at(id);
    const money total = o.filled_qty + qty;
    co_await journal_.append(o);
    o.filled_qty = total;
  }

  // Debit, release, submit, position, restore on failure.
  task<bool> execute_buy_ok(std::string symbol, money qty, money price) {
    money cost = qty * price;
    {
      auto guard = co_await locks().atomic_balance_update();
      if (balance_ < cost)
        co_return false;
      balance_ -= cost;
    }
    bool failed = false;
    try {
      co_await venue_.submit(cost);
      auto guard = co_await locks().atomic_position_update(symbol);
      auto &p = positions_[symbol];
      p.entry_price = (p.size * p.entry_price + qty * price) / (p.size + qty);
      p.size += qty;
    } catch (...) {
      failed = true;
    }
    if (failed) {
      auto guard = co_await locks().atomic_balance_update();
      balance_ += cost;
      co_return false;
    }
    co_return true;
  }

private:
  money balance_;
  std::map<std::string, position> positions_;
  std::map<int, order> orders_;
  venue venue_;
  risk risk_;
  record_store journal_;
};
