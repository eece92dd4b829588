// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,mismatched-guard,unspecified-read-order
#include "venue.hpp"
#include <interlock/safe_state.hpp>
#include <map>
#include <stop_token>
#include <string>
using namespace mock;

struct position {
  money size;
  money entry_price;
};
struct order {
  int status = 0;
  money filled;
};

class engine {
public:
  // The balance guard around check and debit.
  task<bool> balance_ok(money cost) {
    auto guard = co_await state_.atomic_balance_update();
    if (balance_ < cost)
      co_return false;
    co_await venue_.submit(cost);
    balance_ -= cost;
    co_return true;
  }

  // Where the waiter resumes, and how long it waits, is said in between.
  task<bool> told_ok(money cost, interlock::executor &ex) {
    auto guard = co_await state_.atomic_balance_update().via(ex);
    if (balance_ < cost)
      co_return false;
    co_await venue_.submit(cost);
    balance_ -= cost;
    co_return true;
  }
  task<bool> limited_ok(money cost, interlock::executor &ex,
                        std::stop_token stop) {
    auto guard =
        co_await state_.atomic_balance_update().stop_on(stop).via(ex);
    if (!guard || balance_ < cost)
      co_return false;
    co_await venue_.submit(cost);
    balance_ -= cost;
    co_return true;
  }
  task<bool> told_another_bad(money cost, interlock::executor &ex) {
    auto guard = co_await state_.atomic_trade_record().via(ex);
    if (balance_ < cost)
      co_return false;
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: mismatched-guard|stale-check
    co_return true;
  }

  // The position's guard is not the balance's.
  task<> other_category_bad(money cost) {
    auto guard = co_await state_.atomic_position_update(std::string("BTC"));
    if (balance_ < cost)
      co_return;
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: mismatched-guard|stale-check
  }

  // The position of the symbol whose guard is held.
  task<> position_ok(std::string symbol, money qty) {
    auto guard = co_await state_.atomic_position_update(symbol);
    const money old = positions_[symbol].size;
    co_await venue_.submit(qty);
    positions_[symbol].size = old + qty;
  }

  // The guard of one symbol, the position of another.
  task<> other_key_bad(std::string symbol, std::string hedge, money qty) {
    auto guard = co_await state_.atomic_position_update(symbol);
    const money old = positions_[hedge].size;
    co_await venue_.submit(qty);
    positions_[hedge].size = old + qty; // expect: mismatched-guard|stale-value
  }

  // Released, then written.
  task<> released_bad(money cost) {
    auto guard = co_await state_.atomic_balance_update();
    if (balance_ < cost)
      co_return;
    guard.unlock();
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
  }

  // Two guards, one after the other, each around its own state.
  task<> in_sequence_ok(std::string symbol, money qty, money cost) {
    {
      auto guard = co_await state_.atomic_balance_update();
      if (balance_ < cost)
        co_return;
      balance_ -= cost;
    }
    co_await venue_.submit(cost);
    auto guard = co_await state_.atomic_position_update(symbol);
    positions_[symbol].size += qty;
  }

  // Both at once.
  task<> combined_ok(std::string symbol, money qty, money cost) {
    auto guard = co_await state_.atomic_update(interlock::balance,
                                               interlock::position(symbol));
    if (balance_ < cost)
      co_return;
    co_await venue_.submit(cost);
    balance_ -= cost;
    positions_[symbol].size += qty;
  }

  // The guard of the order that is changed.
  task<> order_ok(int id, money filled) {
    auto guard = co_await state_.atomic_order_update(id);
    if (orders_[id].status != 1)
      co_return;
    co_await venue_.submit(filled);
    orders_[id].status = 2;
  }

  // No guard at all.
  task<> order_bad(int id, money filled) {
    if (orders_[id].status != 1)
      co_return;
    co_await venue_.submit(filled);
    orders_[id].status = 2; // expect: stale-check
  }

private:
  interlock::SafeTradingState &state_ = interlock::get_global_safe_state();
  money balance_;
  std::map<std::string, position> positions_;
  std::map<int, order> orders_;
  venue venue_;
};

// The library's locks without a state around them.
class plain_locks {
public:
  task<> debit_ok(money cost) {
    auto guard = co_await mutex_.acquire();
    if (balance_ < cost)
      co_return;
    co_await venue_.submit(cost);
    balance_ -= cost;
  }

  // The same after the guard is gone.
  task<> debit_bad(money cost) {
    auto guard = co_await mutex_.acquire();
    if (balance_ < cost)
      co_return;
    guard.unlock();
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
  }

private:
  interlock::mutex mutex_;
  money balance_;
  venue venue_;
};

// A helper knows the key by a name of its own.
struct ticket {
  std::string symbol;
  std::string hedge;
  money size;
};
class book_of_helpers {
public:
  task<> close_ok(ticket t) {
    auto guard = co_await state_.atomic_position_update(t.symbol);
    if (positions_[t.symbol].size < t.size)
      co_return;
    co_await venue_.submit(t.size);
    reduce_ok(t.size, t.symbol);
  }
  task<> hedge_bad(ticket t) {
    auto guard = co_await state_.atomic_position_update(t.symbol);
    co_await venue_.submit(t.size);
    cut(t.hedge, t.size); // expect: mismatched-guard
  }

private:
  void reduce_ok(money by, const std::string &symbol) {
    positions_[symbol].size -= by;
  }
  void cut(const std::string &symbol, money by) {
    positions_[symbol].size -= by;
  }
  interlock::SafeTradingState &state_ = interlock::get_global_safe_state();
  std::map<std::string, position> positions_;
  venue venue_;
};

/// Guards that come out of helpers, of one lock or of one for each key.
class book_that_hands_out {
public:
  task<interlock::guard> lock(std::string symbol) {
    auto guard = co_await state_.atomic_position_update(symbol);
    co_return guard;
  }
  task<interlock::guard> lock_balance() {
    co_return co_await state_.atomic_balance_update();
  }
  task<> add_ok(std::string symbol, money by) {
    const auto guard = co_await lock(symbol);
    const money sum = positions_[symbol].size + by;
    co_await venue_.submit(by);
    positions_[symbol].size = sum;
  }
  task<> add_other_bad(std::string symbol, std::string other, money by) {
    const auto guard = co_await lock(other);
    const money sum = positions_[symbol].size + by;
    co_await venue_.submit(by);
    positions_[symbol].size = sum; // expect: mismatched-guard
  }
  task<> pay_ok(money cost) {
    auto guard = co_await lock_balance();
    if (balance_ < cost)
      co_return;
    co_await venue_.submit(cost);
    balance_ -= cost;
  }
  task<> pay_late_bad(money cost) {
    if (balance_ < cost)
      co_return;
    auto guard = co_await lock_balance();
    balance_ -= cost; // expect: stale-check
  }

private:
  interlock::SafeTradingState &state_ = interlock::get_global_safe_state();
  std::map<std::string, position> positions_;
  money balance_;
  venue venue_;
};

/// Of balances by account, the guard of one says nothing of another.
class accounts {
public:
  task<> pay_ok(std::string who, money cost) {
    auto guard = co_await state_.atomic_balance_update(who);
    if (balances_[who] < cost)
      co_return;
    co_await venue_.submit(cost);
    balances_[who] -= cost;
  }
  task<> move_bad(std::string who, std::string to, money cost) {
    auto guard = co_await state_.atomic_balance_update(who);
    const money then = balances_[to] + cost;
    co_await venue_.submit(cost);
    balances_[to] = then; // expect: mismatched-guard|stale-value
  }
  // Which of the keys is that of the guard, only the program knows.
  task<> exchange_ok(std::string who, std::string currency, money cost) {
    auto guard = co_await state_.atomic_balance_update(who);
    if (cash_of_[who].balances[currency] < cost)
      co_return;
    co_await venue_.submit(cost);
    cash_of_[who].balances[currency] -= cost;
  }

private:
  struct pockets {
    std::map<std::string, money> balances;
  };
  interlock::SafeTradingState &state_ = interlock::get_global_safe_state();
  std::map<std::string, money> balances_;
  std::map<std::string, pockets> cash_of_;
  venue venue_;
};

/// What an object is called does not say what its parts are.
struct book {
  money cash_balance;
  std::map<std::string, position> positions;
};
class broker {
public:
  task<> pay_ok(money cost) {
    auto guard = co_await state_.atomic_balance_update();
    if (holdings_.cash_balance < cost)
      co_return;
    co_await venue_.submit(cost);
    holdings_.cash_balance -= cost;
  }
  task<> add_ok(std::string symbol, money by) {
    auto guard = co_await state_.atomic_position_update(symbol);
    const money old = holdings_.positions[symbol].size;
    co_await venue_.submit(by);
    holdings_.positions[symbol].size = old + by;
  }
  task<> pay_bad(std::string symbol, money cost) {
    auto guard = co_await state_.atomic_position_update(symbol);
    if (holdings_.cash_balance < cost)
      co_return;
    co_await venue_.submit(cost);
    holdings_.cash_balance -= cost; // expect: mismatched-guard|stale-check
  }

private:
  interlock::SafeTradingState &state_ = interlock::get_global_safe_state();
  book &holdings_;
  venue venue_;
};
