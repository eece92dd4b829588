// RUN: %check-cases %s -- --executor=multi-threaded --checks=-*,stale-*,unguarded-*,mismatched-guard
#include "libcoro.hpp"
#include "locks.hpp"
#include "venue.hpp"
#include <condition_variable>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace pay {

struct Wallet {
  std::mutex mu;
  long balance = 0;
  long reserved = 0;
  std::vector<int> orders;
};

class Gateway {
public:
  // both locks taken at once
  bool transfer_ok(Wallet &a, Wallet &b, long n) {
    std::scoped_lock both(a.mu, b.mu);
    if (a.balance < n)
      return false;
    a.balance -= n;
    b.balance += n;
    return true;
  }
  // std::lock and adopt
  bool transfer_adopt_ok(Wallet &a, Wallet &b, long n) {
    std::lock(a.mu, b.mu);
    std::lock_guard la(a.mu, std::adopt_lock);
    std::lock_guard lb(b.mu, std::adopt_lock);
    if (a.balance < n)
      return false;
    a.balance -= n;
    b.balance += n;
    return true;
  }
  // only one of both locked
  bool transfer_half_bad(Wallet &a, Wallet &b, long n) {
    std::lock_guard la(a.mu);
    if (a.balance < n)
      return false;
    a.balance -= n;
    b.balance += n; // expect: unguarded-modification|mismatched-guard
    return true;
  }
  // unlocked in the middle and taken again, checked again
  bool recheck_ok(Wallet &w, long n) {
    std::unique_lock lk(w.mu);
    if (w.balance < n)
      return false;
    lk.unlock();
    log_line("about to pay");
    lk.lock();
    if (w.balance < n)
      return false;
    w.balance -= n;
    return true;
  }
  // unlocked in the middle, not checked again
  bool gap_bad(Wallet &w, long n) {
    std::unique_lock lk(w.mu);
    if (w.balance < n)
      return false;
    lk.unlock();
    log_line("about to pay");
    lk.lock();
    w.balance -= n; // expect: stale-check|unguarded-check-then-modify
    return true;
  }
  // the lock is handed to a helper, by reference
  void release_ok(Wallet &w, long n) {
    std::unique_lock lk(w.mu);
    take_reserved_ok(w, n, lk);
  }
  // moved into another guard that ends first
  void moved_bad(Wallet &w, long n) {
    std::unique_lock lk(w.mu);
    {
      auto inner = std::move(lk);
      log_line("inner");
    }
    w.balance += n; // expect: unguarded-modification
  }
  // moved into another guard that lives on
  void moved_ok(Wallet &w, long n) {
    std::unique_lock lk(w.mu);
    auto inner = std::move(lk);
    w.balance += n;
  }
  // try_lock, owner asked
  bool try_ok(Wallet &w, long n) {
    std::unique_lock lk(w.mu, std::try_to_lock);
    if (!lk.owns_lock())
      return false;
    w.balance += n;
    return true;
  }
  // try_lock, nobody asked
  void try_bad(Wallet &w, long n) {
    std::unique_lock lk(w.mu, std::try_to_lock);
    w.balance += n; // expect: unguarded-modification
  }
  // operator bool in the if
  bool try_init_ok(Wallet &w, long n) {
    if (std::unique_lock lk{w.mu, std::try_to_lock}; lk) {
      w.balance += n;
      return true;
    }
    return false;
  }
  // the lock of the other wallet
  void wrong_wallet_bad(Wallet &a, Wallet &b, long n) {
    std::lock_guard lk(a.mu);
    b.balance += n; // expect: unguarded-modification|mismatched-guard
  }

private:
  void take_reserved_ok(Wallet &w, long n, std::unique_lock<std::mutex> &) {
    if (w.reserved >= n) {
      w.reserved -= n;
      w.balance += n;
    }
  }
};

/// waits for money
class Till {
public:
  void put_ok(long n) {
    std::lock_guard lk(mu_);
    cash_ += n;
    more_.notify_one();
  }
  void take_ok(long n) {
    std::unique_lock lk(mu_);
    more_.wait(lk, [&] { return cash_ >= n; });
    cash_ -= n;
  }
  void take_loop_ok(long n) {
    std::unique_lock lk(mu_);
    while (cash_ < n)
      more_.wait(lk);
    cash_ -= n;
  }
  // an if instead of a while
  void take_once_bad(long n) {
    std::unique_lock lk(mu_);
    if (cash_ < n) {
      more_.wait(lk);
    }
    cash_ -= n; // expect: unguarded-check-then-modify
  }

private:
  std::mutex mu_;
  std::condition_variable more_;
  long cash_ = 0;
};

/// a lock that a function returns
class Ledger {
public:
  [[nodiscard]] std::unique_lock<std::mutex> hold() {
    return std::unique_lock(mu_);
  }
  void credit_ok(long n) {
    auto held = hold();
    balance_ += n;
  }
  void credit_bad(long n) {
    balance_ += n; // expect: unguarded-modification
  }
  void lambda_ok(long n) {
    with_lock_ok([&] { balance_ += n; });
  }
  template <class F>
  void with_lock_ok(F f) {
    std::lock_guard lk(mu_);
    f();
  }
  template <class F>
  void without_lock(F f) { f(); }
  void lambda_bad(long n) {
    without_lock([&] { balance_ += n; }); // expect: unguarded-modification
  }

private:
  std::mutex mu_;
  long balance_ = 0;
};

/// Made by whoever comes first.
class Rates {
public:
  double standard_ok() {
    std::call_once(once_, [this] { balance_ = 1.19; });
    return balance_;
  }
  void standard_bad() {
    balance_ = 2; // expect: unguarded-modification
  }

private:
  std::once_flag once_;
  double balance_ = 0;
};

/// Pointers are copied under the lock of the map; each wallet has its own.
class Bank {
public:
  void freeze_each_ok() {
    std::vector<std::shared_ptr<Wallet>> all;
    {
      std::lock_guard lk(mu_);
      for (const auto &[id, wallet] : wallets_)
        all.push_back(wallet);
    }
    for (const auto &wallet : all) {
      std::lock_guard lk(wallet->mu);
      wallet->reserved = 0;
    }
  }
  void freeze_each_bad() {
    std::lock_guard lk(mu_);
    for (const auto &[id, wallet] : wallets_)
      wallet->reserved = 1; // expect: unguarded-modification|mismatched-guard
  }
  void freeze_ok(const std::shared_ptr<Wallet> &wallet) {
    std::lock_guard lk(wallet->mu);
    wallet->reserved = 2;
  }
  // Out of the one, then into the other.
  void hand_over_ok(Wallet &from, Wallet &to) {
    std::vector<int> moved;
    {
      std::lock_guard lk(from.mu);
      moved.swap(from.orders);
    }
    std::lock_guard lk(to.mu);
    to.orders.insert(to.orders.end(), moved.begin(), moved.end());
  }
  // The copy of the one decides about the other's.
  void hand_over_bad(Wallet &from) {
    std::vector<int> moved;
    {
      std::lock_guard lk(from.mu);
      moved = from.orders;
    }
    std::lock_guard lk(from.mu);
    if (!moved.empty())
      from.orders.pop_back(); // expect: unguarded-check-then-modify
  }

private:
  std::mutex mu_;
  std::map<int, std::shared_ptr<Wallet>> wallets_;
};

} // namespace pay
