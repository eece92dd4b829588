// RUN: %check-cases %s -- --executor=multi-threaded --checks=-*,stale-*,unguarded-*
// concurrencpp: results that run on a pool, its async lock.
#include "concurrencpp.hpp"
#include <string>

concurrencpp::result<bool> send(long amount);

class account {
public:
  explicit account(std::shared_ptr<concurrencpp::executor> pool) : pool_(pool) {}

  // Held over the result that is awaited.
  concurrencpp::result<bool> buy_ok(long cost) {
    auto guard = co_await lock_.lock(pool_);
    if (balance_ < cost)
      co_return false;
    co_await send(cost);
    balance_ -= cost;
    co_return true;
  }

  // Checked before the lock is taken, which is a wait.
  concurrencpp::result<bool> buy_bad(long cost) {
    if (balance_ < cost)
      co_return false;
    auto guard = co_await lock_.lock(pool_);
    balance_ -= cost; // expect: stale-check
    co_return true;
  }

  // Unlocked before the wait, and the old value is written back.
  concurrencpp::lazy_result<> settle_bad(long cost) {
    auto guard = co_await lock_.lock(pool_);
    const long left = balance_;
    guard.unlock();
    co_await send(cost);
    balance_ = left - cost; // expect: stale-value
  }

  // Going to another executor is a suspension point as well.
  concurrencpp::result<> move_bad(long cost) {
    if (balance_ < cost)
      co_return;
    co_await concurrencpp::resume_on(pool_);
    balance_ -= cost; // expect: stale-check
  }

  // An attempt that nobody looks at.
  concurrencpp::result<> attempt_bad(long cost) {
    co_await lock_.try_lock();
    balance_ -= cost; // expect: unguarded-modification
  }

  // An attempt that was lucky.
  concurrencpp::result<> attempt_ok(long cost) {
    if (co_await lock_.try_lock()) {
      balance_ -= cost;
      lock_.unlock();
    }
  }

private:
  concurrencpp::async_lock lock_;
  std::shared_ptr<concurrencpp::executor> pool_;
  long balance_ = 0;
};
