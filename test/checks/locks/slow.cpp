// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,slow-critical-section
#include "libcoro.hpp"
#include "venue.hpp"
#include <interlock/safe_state.hpp>
#include <memory>
#include <utility>
#include <vector>
using namespace mock;

class engine {
public:
  // Everybody waits for the venue.
  task<> submit_under_guard_bad(money cost) {
    auto guard = co_await state_.atomic_balance_update();
    balance_ -= cost;
    co_await venue_.submit(cost); // expect: slow-critical-section
  }

  // Released before.
  task<> released_ok(money cost) {
    auto guard = co_await state_.atomic_balance_update();
    balance_ -= cost;
    guard.unlock();
    co_await venue_.submit(cost);
  }

  // In a block before.
  task<> block_ok(money cost) {
    {
      auto guard = co_await state_.atomic_balance_update();
      balance_ -= cost;
    }
    co_await venue_.submit(cost);
  }

  // Nothing to wait for.
  task<> never_suspends_ok(money cost) {
    auto guard = co_await state_.atomic_balance_update();
    co_await ready<int>{1};
    balance_ -= cost;
  }

  // An async mutex of the program.
  task<> scoped_lock_bad(money cost) {
    auto lock = co_await mutex_.scoped_lock();
    balance_ -= cost;
    co_await sleep_for({100}); // expect: slow-critical-section
  }

  // Two waits, two reports.
  task<> two_waits_bad(money cost) {
    auto guard = co_await state_.atomic_balance_update();
    const money fee = co_await venue_.fee(cost); // expect: slow-critical-section
    balance_ -= fee;
    co_await venue_.submit(cost); // expect: slow-critical-section
  }

  // Waits only where the guard is gone.
  task<> early_exit_ok(money cost) {
    auto guard = co_await state_.atomic_balance_update();
    if (balance_ < cost) {
      guard.unlock();
      co_await venue_.submit(0);
      co_return;
    }
    balance_ -= cost;
  }

  // Both sides are in callees that are awaited.
  task<bool> covers(money cost) const {
    co_await sleep_for({1});
    co_return balance_ >= cost;
  }
  task<> take(money cost) {
    co_await sleep_for({1});
    balance_ -= cost;
  }
  task<> awaited_halves_ok(money cost) {
    auto guard = co_await state_.atomic_balance_update();
    const bool covered = co_await covers(cost);
    if (!covered)
      co_return;
    co_await sleep_for({100});
    co_await take(cost);
  }

  // What is referred to stays where it is.
  task<> refers_ok(int at, money cost) {
    auto guard = co_await state_.atomic_balance_update();
    money &balance = balances_[at];
    co_await venue_.submit(cost);
    balance -= cost;
  }
  task<> walks_ok() {
    auto guard = co_await state_.atomic_balance_update();
    for (money &balance : balances_) {
      co_await venue_.submit(1);
      balance -= 1;
    }
  }

private:
  interlock::SafeTradingState &state_ = interlock::get_global_safe_state();
  coro::mutex mutex_;
  money balance_;
  std::vector<money> balances_;
  venue venue_;
};

/// What a pool lends keeps nobody out.
class connections {
public:
  coro::task<std::shared_ptr<int>> acquire();
  void release(std::shared_ptr<int> connection);
};

class client {
public:
  coro::task<> send_ok(money cost) {
    auto connection = co_await connections_.acquire();
    if (!connection)
      co_return;
    balance_ -= cost;
    co_await venue_.submit(cost);
    connections_.release(std::move(connection));
  }

private:
  connections connections_;
  money balance_;
  venue venue_;
};

/// Round after round belongs together, if the lock is held around the loop.
class payouts {
public:
  coro::task<> in_turn_ok() {
    auto held = co_await turn_.scoped_lock();
    while (balance_ > 0) {
      const money part = std::exchange(balance_, 0);
      co_await venue_.submit(part);
    }
  }
  // The sum belongs to what was paid in each round.
  coro::task<> summed_up_ok(int count) {
    auto held = co_await turn_.scoped_lock();
    int paid = 0;
    for (int i = 0; i < count; ++i) {
      co_await venue_.submit(1);
      balance_ -= 1;
      ++paid;
    }
    paid_ += paid;
  }
  coro::task<> nothing_behind_bad(int count) {
    auto held = co_await turn_.scoped_lock();
    for (int i = 0; i < count; ++i) {
      co_await venue_.submit(1); // expect: slow-critical-section
      balance_ -= 1;
    }
  }
  coro::task<> each_bad(int count) {
    for (int i = 0; i < count; ++i) {
      auto held = co_await turn_.scoped_lock();
      balance_ -= 1;
      co_await venue_.submit(1); // expect: slow-critical-section
    }
  }

private:
  long paid_ = 0;
  coro::mutex turn_;
  money balance_ = 0;
  venue venue_;
};
