// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,nested-guard
#include "libcoro.hpp"
#include "venue.hpp"
#include <interlock/safe_state.hpp>
#include <string>
using namespace mock;

class engine {
public:
  // The position while the balance is held.
  task<> balance_then_position_bad(std::string symbol) {
    auto balance = co_await state_.atomic_balance_update();
    auto position = co_await state_.atomic_position_update(symbol); // expect: nested-guard
    co_await venue_.submit(1);
  }

  // The same lock twice: waits for itself.
  task<> twice_bad() {
    auto first = co_await state_.atomic_balance_update();
    auto second = co_await state_.atomic_balance_update(); // expect: nested-guard
    co_await venue_.submit(1);
  }

  // One after the other.
  task<> in_sequence_ok(std::string symbol) {
    {
      auto balance = co_await state_.atomic_balance_update();
      co_await venue_.submit(1);
    }
    auto position = co_await state_.atomic_position_update(symbol);
    co_await venue_.submit(2);
  }

  // The first one released by hand.
  task<> released_ok(std::string symbol) {
    auto balance = co_await state_.atomic_balance_update();
    balance.unlock();
    auto position = co_await state_.atomic_position_update(symbol);
  }

  // Both in one acquisition.
  task<> combined_ok(std::string symbol) {
    auto both = co_await state_.atomic_update(interlock::balance,
                                              interlock::position(symbol));
    co_await venue_.submit(1);
  }

  // Each on its own path.
  task<> either_ok(std::string symbol, bool cash) {
    if (cash) {
      auto balance = co_await state_.atomic_balance_update();
      co_await venue_.submit(1);
    } else {
      auto position = co_await state_.atomic_position_update(symbol);
      co_await venue_.submit(2);
    }
  }

  // Once per pass of the loop, released at its end.
  task<> per_pass_ok(int n) {
    for (int i = 0; i < n; ++i) {
      auto order = co_await state_.atomic_order_update(i);
      co_await venue_.submit(1);
    }
  }

private:
  interlock::SafeTradingState &state_ = interlock::get_global_safe_state();
  venue venue_;
};

class pair_of_locks {
public:
  // A mutex of libcoro under another one.
  task<> two_mutexes_bad() {
    auto a = co_await first_.scoped_lock();
    auto b = co_await second_.scoped_lock(); // expect: nested-guard
    co_await venue_.submit(1);
  }

  // In blocks side by side.
  task<> side_by_side_ok() {
    {
      auto a = co_await first_.scoped_lock();
      co_await venue_.submit(1);
    }
    {
      auto b = co_await second_.scoped_lock();
      co_await venue_.submit(1);
    }
  }

private:
  coro::mutex first_, second_;
  venue venue_;
};
