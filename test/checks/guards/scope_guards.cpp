// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,unguarded-*
// What a scope guard keeps runs at the end of the scope, in the activity that
// made it and under its locks.
#include "venue.hpp"
#include <interlock/safe_state.hpp>
#include <map>
#include <string>
#include <utility>
using namespace mock;

// As teams write it.
template <class F>
class finally {
public:
  explicit finally(F f) : f_(std::move(f)) {}
  finally(const finally &) = delete;
  ~finally() { f_(); }

private:
  F f_;
};

// No scope guard: what it is given runs whenever the pool gets to it.
class worker {
public:
  template <class F>
  explicit worker(F f);
  ~worker();
};

class engine {
public:
  // The old position is put back while the lock is held.
  task<> put_back_ok(std::string symbol, long cost) {
    auto guard = co_await state_.atomic_position_update(symbol);
    const long before = positions_[symbol];
    interlock::rollback undo{[&] { positions_[symbol] = before; }};
    positions_[symbol] += cost;
    co_await venue_.submit(cost);
    undo.commit();
  }

  task<> put_back_by_hand_ok(money cost) {
    auto guard = co_await state_.atomic_balance_update();
    const money before = balance_;
    finally undo([&] { balance_ = before; });
    co_await venue_.submit(cost);
  }

  // Without a lock it wipes what came in meanwhile.
  task<> wipes_bad(money cost) {
    const money before = balance_;
    finally undo([&] { balance_ = before; }); // expect: stale-value
    co_await venue_.submit(cost);
  }

  // The guard is gone when the old value is put back.
  task<> guard_ends_first_bad(money cost) {
    money before;
    finally undo([&] { balance_ = before; }); // expect: stale-value
    {
      auto guard = co_await state_.atomic_balance_update();
      before = balance_;
    }
    co_await venue_.submit(cost);
  }

  // A relative change is right on one thread, whenever it comes.
  task<> gives_back_ok(money cost) {
    if (balance_ < cost)
      co_return;
    balance_ -= cost;
    finally undo([&] { balance_ += cost; });
    co_await venue_.submit(cost);
  }

  // Another activity.
  task<> elsewhere_bad(money cost) {
    const money before = balance_;
    worker w([this, before] {
      balance_ = before; // expect: stale-value
    });
    co_await venue_.submit(cost);
  }

private:
  interlock::SafeTradingState &state_ = interlock::get_global_safe_state();
  std::map<std::string, long> positions_;
  money balance_;
  venue venue_;
};
