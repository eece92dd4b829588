// RUN: %check-cases %s -- --executor=multi-threaded --checks=-*,stale-*,unguarded-*
// Other coroutines run at any instruction.
#include "libcoro.hpp"
#include "locks.hpp"
#include "venue.hpp"
#include <interlock/safe_state.hpp>
#include <atomic>
#include <map>
#include <string>
using namespace mock;

/// Nothing is guarded.
class bare_account {
public:
  // Safe on one thread, a race on several.
  task<bool> one_slice_bad(money cost) {
    if (balance_ < cost)
      co_return false;
    balance_ -= cost; // expect: unguarded-check-then-modify
    co_await venue_.submit(cost);
    co_return true;
  }

  // No check at all: the update itself is a race.
  task<> deposit_bad(money amount) {
    co_await venue_.submit(amount);
    balance_ += amount; // expect: unguarded-modification
  }

  // A plain function, too.
  void credit_bad(money amount) {
    balance_ += amount; // expect: unguarded-modification
  }

  // A plain function that checks.
  bool try_debit_bad(money cost) {
    if (balance_ < cost)
      return false;
    balance_ -= cost; // expect: unguarded-check-then-modify
    return true;
  }

  // Stale on every executor.
  task<> stale_bad(money cost) {
    if (balance_ < cost)
      co_return;
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
  }

  // Reads only.
  task<> report_ok() {
    if (balance_.is_zero())
      log_line("empty");
    co_await venue_.submit(1);
  }

private:
  money balance_;
  venue venue_;
};

/// Every writer holds the lock.
class guarded_account {
public:
  // interlock's guard.
  task<bool> buy_ok(money cost) {
    auto guard = co_await state_.atomic_balance_update();
    if (balance_ < cost)
      co_return false;
    balance_ -= cost;
    co_return true;
  }

  // Held over the wait as well.
  task<> buy_and_submit_ok(money cost) {
    auto guard = co_await state_.atomic_balance_update();
    if (balance_ < cost)
      co_return;
    co_await venue_.submit(cost);
    balance_ -= cost;
  }

  // No check, guarded.
  task<> deposit_ok(money amount) {
    auto guard = co_await state_.atomic_balance_update();
    balance_ += amount;
  }

  // The blocking form in a plain function.
  void credit_ok(money amount) {
    auto guard = state_.atomic_balance_update().blocking();
    balance_ += amount;
  }

private:
  interlock::SafeTradingState &state_ = interlock::get_global_safe_state();
  money balance_;
  venue venue_;
};

/// A mutex of the standard library does for a slice.
class mutex_account {
public:
  // Held for the slice.
  task<bool> buy_ok(money cost) {
    {
      std::lock_guard lock(mutex_);
      if (balance_ < cost)
        co_return false;
      balance_ -= cost;
    }
    co_await venue_.submit(cost);
    co_return true;
  }

  // In a plain function.
  void deposit_ok(money amount) {
    std::scoped_lock lock(mutex_);
    balance_ += amount;
  }

  // Released before the write.
  void too_short_bad(money amount) {
    {
      std::scoped_lock lock(mutex_);
      log_line("deposit");
    }
    balance_ += amount; // expect: unguarded-modification
  }

  // Checked outside of the lock, on several threads as old as after an await.
  bool check_outside_bad(money cost) {
    if (balance_ < cost)
      return false;
    std::scoped_lock lock(mutex_);
    balance_ -= cost; // expect: unguarded-check-then-modify|stale-check
    return true;
  }

  // Nobody else has the object yet.
  explicit mutex_account(money start) { balance_ = start; }

private:
  std::mutex mutex_;
  money balance_;
  venue venue_;
};

struct position {
  money size;
};

class book {
public:
  // The structure of the map and the element.
  task<> add_bad(std::string symbol, money qty) {
    positions_[symbol].size += qty; // expect: unguarded-modification
    co_await venue_.submit(qty);
  }

  // Under the position's guard.
  task<> add_ok(std::string symbol, money qty) {
    auto guard = co_await state_.atomic_position_update(symbol);
    positions_.at(symbol).size += qty;
    co_await venue_.submit(qty);
  }

private:
  interlock::SafeTradingState &state_ = interlock::get_global_safe_state();
  std::map<std::string, position> positions_;
  venue venue_;
};

/// The helper is called with the lock held by all of its callers.
class helper_account {
public:
  // Locks and calls.
  void buy_ok(money cost) {
    std::scoped_lock lock(mutex_);
    debit_ok(cost);
  }
  // Locks and calls.
  void sell_ok(money gain) {
    std::scoped_lock lock(mutex_);
    debit_ok(-gain);
  }

private:
  // Guarded by its callers.
  void debit_ok(money cost) { balance_ -= cost; }
  std::mutex mutex_;
  money balance_;
};

/// What this activity owns.
task<money> local_ok(money start) {
  struct purse {
    money balance_;
  } mine{start};
  if (mine.balance_ > money(1))
    mine.balance_ -= 1;
  co_await sleep_for({1});
  mine.balance_ -= 1;
  co_return mine.balance_;
}

/// An atomic that is read and reset in two steps.
class meter {
public:
  long drain_bad() {
    const long seen = balance_.load();
    balance_.store(0); // expect: unguarded-check-then-modify
    return seen;
  }
  long drain_ok() { return balance_.exchange(0); }
  void reset_ok() { balance_.store(0); }
  void add_ok(long n) { balance_.fetch_add(n); }

private:
  std::atomic<long> balance_{0};
};
