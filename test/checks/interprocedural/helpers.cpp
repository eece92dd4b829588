// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
#include <algorithm>
#include <vector>
using namespace mock;

class desk {
public:
  // The check stands in a helper.
  task<> helper_check_bad(money cost) {
    if (!affordable(cost))
      co_return;
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
  }

  // The helper is asked again.
  task<> helper_recheck_ok(money cost) {
    if (!affordable(cost))
      co_return;
    co_await venue_.submit(cost);
    if (affordable(cost))
      balance_ -= cost;
  }

  // A getter by value gives a copy: as old as the call.
  task<> getter_copy_bad(money cost) {
    const money left = balance();
    co_await venue_.submit(cost);
    balance_ = left - cost; // expect: stale-value
  }

  // The getter by value decides.
  task<> getter_check_bad(money cost) {
    if (balance() < cost)
      co_return;
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
  }

  // The modify stands in a helper without an await: reported at the call.
  task<> helper_modify_bad(money cost) {
    if (balance_ < cost)
      co_return;
    co_await venue_.submit(cost);
    debit(cost); // expect: stale-check
  }

  // The helper debits before the await.
  task<> helper_claims_ok(money cost) {
    if (balance_ < cost)
      co_return;
    debit(cost);
    co_await venue_.submit(cost);
  }

  // The helper checks and debits in one go and says whether it did.
  task<> helper_tries_ok(money cost) {
    co_await venue_.submit(cost);
    if (!try_debit(cost))
      log_line("insufficient");
  }

  // The helper checks again itself: the caller's old check does no harm.
  task<> helper_validates_ok(money cost) {
    if (balance_ < cost)
      co_return;
    co_await venue_.submit(cost);
    try_debit(cost);
  }

  // Setter with a stale value.
  task<> setter_bad(money cost) {
    const money left = balance_;
    co_await venue_.submit(cost);
    set_balance(left - cost); // expect: stale-value
  }

  // Setter with a value from the venue.
  task<> setter_fresh_ok(int symbol) {
    const money value = co_await venue_.quote(symbol);
    set_balance(value);
  }

  // Through a getter that returns a reference: one write, one check.
  task<> reference_getter_bad(money cost) {
    if (ref() < cost)
      co_return;
    co_await venue_.submit(cost);
    ref() -= cost; // expect: stale-check
  }

  // Says no at once, and yes behind a wait: what it says is as old as its look.
  task<bool> approved(money cost) {
    if (balance_ < cost)
      co_return false;
    co_await venue_.submit(cost);
    co_return true;
  }
  task<> approval_bad(money cost) {
    if (!co_await approved(cost))
      co_return;
    debit(cost); // expect: stale-check
  }

  // Looks once more before it says yes.
  task<bool> approved_twice(money cost) {
    if (balance_ < cost)
      co_return false;
    co_await venue_.submit(cost);
    if (balance_ < cost)
      co_return false;
    co_return true;
  }
  task<> approval_ok(money cost) {
    if (co_await approved_twice(cost))
      balance_ -= cost;
  }

  money balance() const { return balance_; }

  // The second way looks for itself; what it takes out may come back.
  task<> other_way_ok() {
    if (!co_await send_last())
      co_await take_last();
  }

private:
  struct order {
    money cost;
    bool sent_ = false;
  };
  task<bool> send_last() {
    auto it = std::find_if(orders_.begin(), orders_.end(),
                           [](const order &o) { return !o.sent_; });
    if (it == orders_.end())
      co_return false;
    const bool sent = co_await ask(it->cost);
    co_return sent;
  }
  task<> take_last() {
    auto it = std::find_if(orders_.begin(), orders_.end(),
                           [](const order &o) { return !o.sent_; });
    if (it == orders_.end())
      co_return;
    order mine = std::move(*it);
    orders_.erase(it);
    if (co_await ask(mine.cost))
      co_return;
    orders_.push_back(mine);
  }
  task<bool> ask(money cost);
  std::vector<order> orders_;
  bool affordable(money cost) const { return balance_ >= cost; }
  void debit(money cost) { balance_ -= cost; }
  bool try_debit(money cost) {
    if (balance_ < cost)
      return false;
    balance_ -= cost;
    return true;
  }
  void set_balance(money value) { balance_ = value; }
  money &ref() { return balance_; }

  money balance_;
  venue venue_;
};

class pipeline {
public:
  // The callee waits and then debits, on the caller's check.
  task<> callee_waits_bad(money cost) {
    if (balance_ < cost)
      co_return;
    co_await settle(cost);
  }

  // The callee debits first and waits then.
  task<> callee_debits_first_ok(money cost) {
    if (balance_ < cost)
      co_return;
    co_await reserve(cost);
  }

  // The answer of an awaited check that was made after its own wait is fresh.
  task<> awaited_check_fresh_ok(money cost) {
    if (co_await check_after_wait(cost))
      balance_ -= cost;
  }

  // The answer was made before the callee's wait: old on return.
  task<> awaited_check_stale_bad(money cost) {
    if (co_await check_before_wait(cost))
      balance_ -= cost; // expect: stale-check
  }

  // The callee never waits: still one slice.
  task<> awaited_check_no_wait_ok(money cost) {
    if (co_await check_only(cost))
      balance_ -= cost;
  }

  // A value that was read before the callee's wait.
  task<> awaited_value_stale_bad(money cost) {
    const money left = co_await read_then_wait();
    balance_ = left - cost; // expect: stale-value
  }

  // A value read after it.
  task<> awaited_value_fresh_ok(money cost) {
    const money left = co_await wait_then_read();
    balance_ = left - cost;
  }

private:
  task<> settle(money cost) {
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
  }
  task<> reserve(money cost) {
    balance_ -= cost;
    co_await venue_.submit(cost);
  }
  task<bool> check_after_wait(money cost) {
    co_await venue_.submit(cost);
    co_return balance_ >= cost;
  }
  task<bool> check_before_wait(money cost) {
    const bool enough = balance_ >= cost;
    co_await venue_.submit(cost);
    co_return enough;
  }
  task<bool> check_only(money cost) { co_return balance_ >= cost; }
  task<money> read_then_wait() {
    const money left = balance_;
    co_await venue_.submit(left);
    co_return left;
  }
  task<money> wait_then_read() {
    co_await venue_.submit(1);
    co_return balance_;
  }

  money balance_;
  venue venue_;
};

/// A coroutine that calls itself.
class retrying {
public:
  // Each attempt checks anew; the debit is in the slice of its check.
  task<> retry_ok(money cost, int attempts) {
    if (balance_ >= cost) {
      balance_ -= cost;
      co_return;
    }
    if (attempts == 0)
      co_return;
    co_await sleep_for({10});
    co_await retry_ok(cost, attempts - 1);
  }

  // Each level debits after the level below has waited.
  task<> unwind_bad(money cost, int levels) {
    if (balance_ < cost)
      co_return;
    if (levels > 0)
      co_await unwind_bad(cost, levels - 1);
    else
      co_await sleep_for({10});
    balance_ -= cost; // expect: stale-check
  }

private:
  money balance_;
};

/// A free function on a reference parameter.
struct shared_account {
  money balance_;
};

static void charge(shared_account &a, money cost) { a.balance_ -= cost; }

// The account comes by reference: others have it, too.
task<> free_function_bad(shared_account &account, money cost) {
  if (account.balance_ < cost)
    co_return;
  co_await sleep_for({1});
  charge(account, cost); // expect: stale-check
}

// By value: nobody else has this one.
task<money> by_value_ok(shared_account account, money cost) {
  if (account.balance_ < cost)
    co_return account.balance_;
  co_await sleep_for({1});
  charge(account, cost);
  co_return account.balance_;
}

/// A helper that adds what it does not find.
class shelves {
public:
  // The second call may add a row, but takes nothing from the one at hand.
  task<> take_bad(int what, long n) {
    if (row(what).stock < n)
      co_return;
    co_await sleep_for({1});
    row(what).stock -= n; // expect: stale-check
  }
  task<> copy_bad(int what, long n) {
    const shelf seen = row(what);
    if (seen.stock < n)
      co_return;
    co_await sleep_for({1});
    row(what).stock -= n; // expect: stale-check
  }
  task<> take_ok(int what, long n) {
    co_await sleep_for({1});
    if (row(what).stock >= n)
      row(what).stock -= n;
  }
  // What is added is a claim for who asked whether it is there.
  task<> book_ok(int what) {
    if (!orders_.empty())
      co_return;
    orders_.push_back(what);
    co_await sleep_for({1});
    orders_.pop_back();
  }

private:
  struct shelf {
    int what = 0;
    long stock = 0;
  };
  shelf *find(int what) {
    for (shelf &each : holdings_)
      if (each.what == what)
        return &each;
    return nullptr;
  }
  shelf &row(int what) {
    if (shelf *known = find(what))
      return *known;
    holdings_.push_back({what, 0});
    return holdings_.back();
  }
  std::vector<shelf> holdings_;
  std::vector<int> orders_;
};
