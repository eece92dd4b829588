// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,discarded-guard
#include "cppcoro.hpp"
#include "libcoro.hpp"
#include "locks.hpp"
#include "seastar.hpp"
#include "venue.hpp"
#include <interlock/safe_state.hpp>

interlock::SafeTradingState &state();

class account {
public:
  // The guard dies at the semicolon.
  coro::task<> await_discarded_bad(money cost) {
    co_await state().atomic_balance_update(); // expect: discarded-guard
    balance_ -= cost;
  }

  // Cast to void on purpose, still dead.
  coro::task<> cast_to_void_bad(money cost) {
    (void)co_await state().atomic_balance_update(); // expect: discarded-guard
    balance_ -= cost;
  }

  // Kept.
  coro::task<> kept_ok(money cost) {
    auto guard = co_await state().atomic_balance_update();
    balance_ -= cost;
  }

  // The operation is made and never awaited.
  coro::task<> never_awaited_bad(money cost) {
    auto operation = state().atomic_balance_update(); // expect: discarded-guard
    balance_ -= cost;
    co_await venue_.submit(cost);
  }

  // Made first, awaited later.
  coro::task<> awaited_later_ok(money cost) {
    auto operation = state().atomic_balance_update();
    auto guard = co_await std::move(operation);
    balance_ -= cost;
  }

  // So with an operation that is no task.
  cppcoro::task<> operation_ok(money cost) {
    auto operation = async_mutex_.scoped_lock_async();
    auto guard = co_await operation;
    balance_ -= cost;
  }
  cppcoro::task<> operation_bad(money cost) {
    auto operation = async_mutex_.scoped_lock_async(); // expect: discarded-guard
    balance_ -= cost;
    co_return;
  }

  // A scoped lock of libcoro, thrown away.
  coro::task<> scoped_lock_bad(money cost) {
    co_await mutex_.scoped_lock(); // expect: discarded-guard
    balance_ -= cost;
  }

  // lock() gives nothing back: it is held until unlock().
  coro::task<> manual_lock_ok(money cost) {
    co_await mutex_.lock();
    balance_ -= cost;
    mutex_.unlock();
  }

  // lock() without the await does nothing.
  coro::task<> lock_not_awaited_bad(money cost) {
    (void)mutex_.lock(); // expect: discarded-guard
    balance_ -= cost;
    co_await venue_.submit(cost);
  }

  // Returned to the caller, who keeps it.
  coro::task<coro::scoped_lock> returned_ok();

  // Handed to a callee that lives as long as the work.
  coro::task<> passed_on_ok(money cost) {
    co_await settle(co_await mutex_.scoped_lock(), cost);
  }

  // cppcoro's.
  cppcoro::task<> cppcoro_bad(money cost) {
    co_await async_mutex_.scoped_lock_async(); // expect: discarded-guard
    balance_ -= cost;
  }

  // Permits of a semaphore.
  seastar::future<> units_bad(money cost) {
    co_await seastar::get_units(sem_, 1); // expect: discarded-guard
    balance_ -= cost;
  }

  // Kept until the end of the scope.
  seastar::future<> units_ok(money cost) {
    auto units = co_await seastar::get_units(sem_, 1);
    balance_ -= cost;
  }

  // A temporary lock_guard.
  void lock_guard_bad(money cost) {
    std::lock_guard<std::mutex>{plain_}; // expect: discarded-guard
    balance_ -= cost;
  }

  // A named one.
  void lock_guard_ok(money cost) {
    std::lock_guard<std::mutex> lock{plain_};
    balance_ -= cost;
  }

private:
  coro::task<> settle(coro::scoped_lock lock, money cost);
  coro::mutex mutex_;
  cppcoro::async_mutex async_mutex_;
  seastar::semaphore sem_{1};
  std::mutex plain_;
  money balance_;
  venue venue_;
};

/// Paragraphs are locked in it; it is no lock itself.
class editor {
public:
  mock::task<bool> lock_paragraph(int document, int number, int who);
  void unlock_paragraph(int document, int number);
  // The outcome is of no interest.
  mock::task<> edit_ok() {
    co_await lock_paragraph(1, 2, 3);
    unlock_paragraph(1, 2);
  }
};

/// Counts of uses and pools are taken and given back, and are no locks.
class counted {
public:
  int acquire() { return ++uses_; }
  int release() { return --uses_; }

private:
  int uses_ = 0;
};
class user_of_counted {
public:
  void open_ok() { what_.acquire(); }
  void close_ok() { what_.release(); }

private:
  counted what_;
};
