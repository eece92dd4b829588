// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,mismatched-guard,unspecified-read-order
#include "libcoro.hpp"
#include "venue.hpp"
#include <map>
#include <string>

/// Every function that writes takes the same mutex.
class guarded_account {
public:
  // Held from the check to the debit.
  coro::task<bool> scoped_ok(money cost) {
    auto lock = co_await mutex_.scoped_lock();
    if (balance_ < cost)
      co_return false;
    co_await venue_.submit(cost);
    balance_ -= cost;
    co_return true;
  }

  // Held in a block of its own around both.
  coro::task<> block_ok(money cost) {
    {
      auto lock = co_await mutex_.scoped_lock();
      if (balance_ >= cost) {
        co_await venue_.submit(cost);
        balance_ -= cost;
      }
    }
    co_await venue_.submit(0);
  }

  // By hand: lock, unlock on both ways out.
  coro::task<> manual_ok(money cost) {
    co_await mutex_.lock();
    if (balance_ < cost) {
      mutex_.unlock();
      co_return;
    }
    co_await venue_.submit(cost);
    balance_ -= cost;
    mutex_.unlock();
  }

  // The copy is written back under the lock it was made under.
  coro::task<> copy_ok(money cost) {
    auto lock = co_await mutex_.scoped_lock();
    const money left = balance_;
    co_await venue_.submit(cost);
    balance_ = left - cost;
  }

private:
  coro::mutex mutex_;
  money balance_;
  venue venue_;
};

class careless_account {
public:
  // Awaiting the lock is a suspension: others run between check and debit.
  coro::task<> lock_after_check_bad(money cost) {
    if (balance_ < cost)
      co_return;
    auto lock = co_await mutex_.scoped_lock();
    balance_ -= cost; // expect: stale-check
  }

  // Released before the debit.
  coro::task<> unlocked_early_bad(money cost) {
    auto lock = co_await mutex_.scoped_lock();
    if (balance_ < cost)
      co_return;
    lock.unlock();
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
  }

  // The block ends, and the lock with it, before the debit.
  coro::task<> block_too_short_bad(money cost) {
    bool enough = false;
    {
      auto lock = co_await mutex_.scoped_lock();
      enough = balance_ >= cost;
    }
    if (enough) {
      co_await venue_.submit(cost);
      balance_ -= cost; // expect: stale-check
    }
  }

  // Two critical sections; in between the check grew old.
  coro::task<> two_sections_bad(money cost) {
    bool enough = false;
    {
      auto lock = co_await mutex_.scoped_lock();
      enough = balance_ >= cost;
    }
    auto lock = co_await mutex_.scoped_lock();
    if (enough)
      balance_ -= cost; // expect: stale-check
  }

  // Two critical sections; the second one checks again.
  coro::task<> two_sections_rechecked_ok(money cost) {
    {
      auto lock = co_await mutex_.scoped_lock();
      if (balance_ < cost)
        co_return;
    }
    auto lock = co_await mutex_.scoped_lock();
    if (balance_ >= cost)
      balance_ -= cost;
  }

  // Held on one path only.
  coro::task<> conditional_lock_bad(money cost, bool shared) {
    if (shared)
      co_await mutex_.lock();
    if (balance_ >= cost) {
      co_await venue_.submit(cost);
      balance_ -= cost; // expect: stale-check
    }
    if (shared)
      mutex_.unlock();
  }

  // Moved away: the lock ends with the callee's parameter.
  coro::task<> moved_guard_bad(money cost) {
    auto lock = co_await mutex_.scoped_lock();
    if (balance_ < cost)
      co_return;
    release_later(std::move(lock));
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
  }

  // Moved to another local that lives as long.
  coro::task<> moved_local_ok(money cost) {
    auto lock = co_await mutex_.scoped_lock();
    auto kept = std::move(lock);
    if (balance_ < cost)
      co_return;
    co_await venue_.submit(cost);
    balance_ -= cost;
  }

  // try_lock that failed holds nothing.
  coro::task<> try_lock_ignored_bad(money cost) {
    const bool mine = mutex_.try_lock();
    if (balance_ >= cost) {
      co_await venue_.submit(cost);
      balance_ -= cost; // expect: stale-check
    }
    if (mine)
      mutex_.unlock();
  }

  // try_lock that succeeded holds it.
  coro::task<> try_lock_tested_ok(money cost) {
    if (!mutex_.try_lock())
      co_return;
    if (balance_ >= cost) {
      co_await venue_.submit(cost);
      balance_ -= cost;
    }
    mutex_.unlock();
  }

private:
  void release_later(coro::scoped_lock lock);
  coro::mutex mutex_;
  money balance_;
  venue venue_;
};

/// Holds a lock, but not the one that the others hold.
class two_locks {
public:
  coro::task<> deposit_ok(money amount) {
    auto lock = co_await balance_mutex_.scoped_lock();
    balance_ += amount;
  }

  // Under a lock of another purpose: deposit() and this one do not exclude each
  // other. The lock of the balance is known from the other writers.
  coro::task<> other_lock_bad(money cost) {
    auto lock = co_await log_mutex_.scoped_lock();
    const money left = balance_;
    co_await venue_.submit(cost);
    balance_ = left - cost; // expect: stale-value|mismatched-guard
  }

private:
  coro::mutex balance_mutex_, log_mutex_;
  money balance_;
  venue venue_;
};

/// One permit excludes, more than one do not.
class permits {
public:
  // Others come in beside this one.
  coro::task<> three_permits_bad(money cost) {
    co_await three_.acquire();
    if (balance_ >= cost) {
      co_await venue_.submit(cost);
      balance_ -= cost; // expect: stale-check
    }
    three_.release();
  }

private:
  coro::semaphore three_{3};
  money balance_;
  venue venue_;
};

class single_permit {
public:
  // A semaphore with one permit is a mutex.
  coro::task<> one_permit_ok(money cost) {
    co_await one_.acquire();
    if (balance_ >= cost) {
      co_await venue_.submit(cost);
      balance_ -= cost;
    }
    one_.release();
  }

private:
  coro::semaphore one_{1};
  money balance_;
  venue venue_;
};

/// Tested, locked, tested again, and an await under the lock.
class tested_twice {
public:
  coro::task<> raise_ok(long mark) {
    if (mark <= high_balance_)
      co_return;
    auto lock = co_await mutex_.scoped_lock();
    if (mark <= high_balance_)
      co_return;
    co_await venue_.submit(mark);
    high_balance_ = mark;
  }
  // The second test is missing.
  coro::task<> raise_bad(long mark) {
    if (mark <= high_balance_)
      co_return;
    auto lock = co_await mutex_.scoped_lock();
    co_await venue_.submit(mark);
    high_balance_ = mark; // expect: stale-check
  }
  // The lock is given back too early.
  coro::task<> early_bad(long mark) {
    if (mark <= high_balance_)
      co_return;
    auto lock = co_await mutex_.scoped_lock();
    if (mark <= high_balance_)
      co_return;
    lock.unlock();
    co_await venue_.submit(mark);
    high_balance_ = mark; // expect: stale-check
  }

private:
  coro::mutex mutex_;
  long high_balance_ = 0;
  venue venue_;
};

/// A helper that is shown the lock of its key, as its callers name it.
class hot_wallet {
public:
  coro::task<bool> withdraw_ok(std::string asset, long amount) {
    auto held = co_await lock_of(asset).scoped_lock();
    if (funds_[asset] < amount)
      co_return false;
    debit(held, asset, amount);
    co_return true;
  }
  coro::task<> swap_in_turn_ok(std::string sell, std::string buy, long amount) {
    {
      auto held = co_await lock_of(sell).scoped_lock();
      debit(held, sell, amount);
    }
    auto held = co_await lock_of(buy).scoped_lock();
    funds_[buy] += amount;
  }
  coro::task<> swap_bad(std::string sell, std::string buy, long amount) {
    auto held = co_await lock_of(sell).scoped_lock();
    funds_[sell] -= amount;
    funds_[buy] += amount; // expect: mismatched-guard
  }

private:
  coro::mutex &lock_of(const std::string &asset) { return locks_[asset]; }
  void debit(const coro::scoped_lock &, const std::string &asset, long n) {
    funds_[asset] -= n;
  }
  std::map<std::string, coro::mutex> locks_;
  std::map<std::string, long> funds_;
};

/// Nothing waits in a constructor: a guard that is made of a mutex has what was
/// locked before.
class owned_account {
public:
  bool fee_ok(money cost) {
    if (!mutex_.try_lock())
      return false;
    coro::scoped_lock owned(mutex_);
    if (balance_ < cost)
      return false;
    balance_ -= cost;
    return true;
  }
  coro::task<> debit_ok(money cost) {
    co_await mutex_.lock();
    coro::scoped_lock owned(mutex_);
    if (balance_ < cost)
      co_return;
    co_await venue_.submit(cost);
    balance_ -= cost;
  }
  coro::task<> given_back_bad(money cost) {
    co_await mutex_.lock();
    {
      coro::scoped_lock owned(mutex_);
      if (balance_ < cost)
        co_return;
    }
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
  }

private:
  coro::mutex mutex_;
  money balance_ = 0;
  venue venue_;
};
