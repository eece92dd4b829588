// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,nested-guard,mismatched-guard
// Two locks of one kind: which of them is taken first, the caller decides.
#include <algorithm>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

struct account {
  std::mutex gate;
  long balance = 0;
  void pay(long n) {
    std::lock_guard lock(gate);
    balance += n;
  }
};

void transfer_bad(account &from, account &to, long n) {
  std::lock_guard first(from.gate);
  std::lock_guard second(to.gate); // expect: nested-guard
  from.balance -= n;
  to.balance += n;
}
void transfer_ok(account &from, account &to, long n) {
  account *low = &from, *high = &to;
  if (high < low)
    std::swap(low, high);
  std::lock_guard first(low->gate);
  std::lock_guard second(high->gate);
  from.balance -= n;
  to.balance += n;
}

class bank {
public:
  void transfer_bad(std::size_t from, std::size_t to, long n) {
    std::lock_guard first(accounts_[from].gate);
    std::lock_guard second(accounts_[to].gate); // expect: nested-guard
    accounts_[from].balance -= n;
    accounts_[to].balance += n;
  }
  void by_reference_bad(std::size_t from, std::size_t to, long n) {
    account &source = accounts_[from], &target = accounts_[to];
    std::lock_guard first(source.gate);
    std::lock_guard second(target.gate); // expect: nested-guard
    source.balance -= n;
    target.balance += n;
  }
  // the other lock is taken in the callee
  void net_bad(std::size_t from, std::size_t to, long n) {
    std::lock_guard first(accounts_[from].gate);
    accounts_[from].balance -= n;
    accounts_[to].pay(n); // expect: nested-guard
  }
  void net_ok(std::size_t from, std::size_t to, long n) {
    accounts_[from].pay(-n);
    accounts_[to].pay(n);
  }
  void at_once_ok(std::size_t from, std::size_t to, long n) {
    std::scoped_lock both(accounts_[from].gate, accounts_[to].gate);
    accounts_[from].balance -= n;
    accounts_[to].balance += n;
  }
  void least_first_ok(std::size_t from, std::size_t to, long n) {
    const std::size_t low = std::min(from, to), high = std::max(from, to);
    std::lock_guard first(accounts_[low].gate);
    std::lock_guard second(accounts_[high].gate);
    accounts_[from].balance -= n;
    accounts_[to].balance += n;
  }
  void swapped_ok(std::size_t from, std::size_t to) {
    if (from > to)
      std::swap(from, to);
    std::lock_guard first(accounts_[from].gate);
    std::lock_guard second(accounts_[to].gate);
    std::swap(accounts_[from].balance, accounts_[to].balance);
  }
  void compared_ok(std::size_t from, std::size_t to) {
    if (from < to) {
      std::lock_guard first(accounts_[from].gate);
      std::lock_guard second(accounts_[to].gate);
      std::swap(accounts_[from].balance, accounts_[to].balance);
    } else {
      std::lock_guard first(accounts_[to].gate);
      std::lock_guard second(accounts_[from].gate);
      std::swap(accounts_[from].balance, accounts_[to].balance);
    }
  }

private:
  std::vector<account> accounts_ = std::vector<account>(8);
};

/// The one is the object itself: `a.lend(b)` and `b.lend(a)`.
class product {
public:
  void lend_bad(long n, product &other) {
    std::lock_guard mine(mutex_);
    if (seats_ < n)
      return;
    std::lock_guard theirs(other.mutex_); // expect: nested-guard
    seats_ -= n;
    other.seats_ += n;
  }
  void lend_in_turn_ok(long n, product &other) {
    {
      std::lock_guard mine(mutex_);
      seats_ -= n;
    }
    std::lock_guard theirs(other.mutex_);
    other.seats_ += n;
  }
  void lend_at_once_ok(long n, product &other) {
    std::scoped_lock both(mutex_, other.mutex_);
    seats_ -= n;
    other.seats_ += n;
  }
  void lend_in_order_ok(long n, product &other) {
    product *low = this, *high = &other;
    if (high < low)
      std::swap(low, high);
    std::lock_guard first(low->mutex_);
    std::lock_guard second(high->mutex_);
    seats_ -= n;
    other.seats_ += n;
  }

private:
  std::mutex mutex_;
  long seats_ = 0;
};
