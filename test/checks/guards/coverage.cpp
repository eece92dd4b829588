// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,mismatched-guard,unguarded-modification,unspecified-read-order
#include "libcoro.hpp"
#include "venue.hpp"
#include <deque>
#include <interlock/safe_state.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

/// The private helper is called with the mutex held, by all of its callers.
class helper_under_lock {
public:
  // Holds, calls.
  coro::task<> buy_ok(long cost) {
    auto lock = co_await mutex_.scoped_lock();
    co_await debit_ok(cost);
  }
  // Holds, calls.
  coro::task<> buy_twice_ok(long cost) {
    auto lock = co_await mutex_.scoped_lock();
    co_await debit_ok(cost);
    co_await debit_ok(cost);
  }

private:
  // No lock here, but every caller has it.
  coro::task<> debit_ok(long cost) {
    if (funds_ < cost)
      co_return;
    co_await venue_.submit(cost);
    funds_ -= cost;
  }

  coro::mutex mutex_;
  long funds_ = 0;
  venue venue_;
};

/// One of the callers does not hold it.
class helper_without_lock {
public:
  // Holds, calls.
  coro::task<> buy_ok(long cost) {
    auto lock = co_await mutex_.scoped_lock();
    co_await debit_bad(cost);
  }
  // Forgets the lock; what it calls is wrong then.
  coro::task<> buy_quickly(long cost) { co_await debit_bad(cost); }

private:
  coro::task<> debit_bad(long cost) {
    if (funds_ < cost)
      co_return;
    co_await venue_.submit(cost);
    funds_ -= cost; // expect: stale-check
  }

  coro::mutex mutex_;
  long funds_ = 0;
  venue venue_;
};

/// A busy flag that every writer honours.
class busy_flag {
public:
  // Claimed in the slice of the check; cleared by the activity that set it.
  coro::task<> refresh_ok() {
    if (busy_)
      co_return;
    busy_ = true;
    co_await venue_.submit(1);
    busy_ = false;
  }

  // Claimed one await too late: two refreshes run.
  coro::task<> refresh_late_bad() {
    if (refreshing_)
      co_return;
    co_await venue_.submit(1);
    refreshing_ = true; // expect: stale-check
  }
  void refreshed() { refreshing_ = false; }

private:
  bool busy_ = false;
  bool refreshing_ = false;
  venue venue_;
};

/// The flag is cleared by a scope guard.
class scoped_flag {
  struct clear_on_exit {
    bool &flag;
    ~clear_on_exit() { flag = false; }
  };

public:
  // Set before the await, cleared on every way out by the same activity.
  coro::task<> rebuild_ok() {
    if (rebuilding_)
      co_return;
    rebuilding_ = true;
    clear_on_exit guard{rebuilding_};
    co_await venue_.submit(1);
  }

private:
  bool rebuilding_ = false;
  venue venue_;
};

/// The lock belongs to the object whose state it guards.
struct vault {
  coro::mutex mutex;
  long funds = 0;
};

class transfers {
public:
  // The lock of the vault that is read and written.
  coro::task<> own_lock_ok(vault &from, long amount) {
    auto lock = co_await from.mutex.scoped_lock();
    if (from.funds < amount)
      co_return;
    co_await venue_.submit(amount);
    from.funds -= amount;
  }

  // The lock of the other vault.
  coro::task<> wrong_instance_bad(vault &from, vault &to, long amount) {
    auto lock = co_await to.mutex.scoped_lock();
    if (from.funds < amount)
      co_return;
    co_await venue_.submit(amount);
    from.funds -= amount; // expect: stale-check|mismatched-guard
  }

private:
  venue venue_;
};

/// The guard comes in as a parameter: proof that the caller holds it.
class guard_parameter {
public:
  // Takes the lock and passes it on.
  coro::task<> buy_ok(long cost) {
    auto lock = co_await mutex_.scoped_lock();
    co_await debit_ok(lock, cost);
  }

private:
  // The caller shows the lock it holds.
  coro::task<> debit_ok(coro::scoped_lock &, long cost) {
    if (funds_ < cost)
      co_return;
    co_await venue_.submit(cost);
    funds_ -= cost;
  }

  coro::mutex mutex_;
  long funds_ = 0;
  venue venue_;
};

/// A mutex made by hand: while taken, wait. Its shape is that of a lock.
class home_made {
public:
  // Waits until the flag is free, takes it in the same slice.
  coro::task<> run_ok() {
    while (taken_)
      co_await freed_;
    taken_ = true;
    co_await venue_.submit(1);
    taken_ = false;
    freed_.set();
  }

private:
  bool taken_ = false;
  coro::event freed_;
  venue venue_;
};

/// One takes the lock, the other does not: the other is to blame, where it
/// writes.
class one_without {
public:
  // Held from the check to the write.
  coro::task<> with_lock_ok(long cost) {
    auto lock = co_await mutex_.scoped_lock();
    if (funds_ < cost)
      co_return;
    co_await venue_.submit(cost);
    funds_ -= cost;
  }
  // Nothing held.
  coro::task<> without_bad(long cost) {
    if (funds_ < cost)
      co_return;
    co_await venue_.submit(cost);
    funds_ -= cost; // expect: stale-check
  }

private:
  coro::mutex mutex_;
  long funds_ = 0;
  venue venue_;
};

/// Each part has a lock of its own, which says nothing of the list of parts.
class parted {
  struct part {
    coro::mutex lock;
    long size = 0;
  };

public:
  coro::task<> remove_ok() {
    auto lock = co_await parts_.front().lock.scoped_lock();
    parts_.front().size = 0;
    removed_.push_back(1);
  }
  coro::task<> clean_ok() {
    while (!removed_.empty()) {
      removed_.pop_back();
      co_await venue_.submit(1);
    }
  }

  // What is in the part, the lock is for.
  coro::task<> grow_ok(int at, long n) {
    auto lock = co_await parts_[at].lock.scoped_lock();
    const long before = parts_[at].size;
    co_await venue_.submit(n);
    parts_[at].size = before + n;
  }
  coro::task<> shrink_bad(int at) {
    parts_[at].size -= 1; // expect: unguarded-modification
    co_return;
  }

private:
  std::deque<part> parts_;
  std::vector<int> removed_;
  venue venue_;
};

/// What is changed under a lock in passing is not what the lock is held for.
class in_passing {
public:
  coro::task<> buy_ok(long cost) {
    auto lock = co_await mutex_.scoped_lock();
    if (funds_ < cost)
      co_return;
    co_await venue_.submit(cost);
    funds_ -= cost;
    reserved_ += cost;
  }
  coro::task<> release_ok(long cost) {
    co_await venue_.submit(cost);
    reserved_ -= cost;
  }

  // Each pass takes the lock anew, and has it over no wait.
  coro::task<> collect_ok(int rounds) {
    while (rounds-- > 0) {
      co_await venue_.submit(1);
      auto lock = co_await mutex_.scoped_lock();
      collected_ += 1;
    }
  }
  coro::task<> pay_out_ok() {
    co_await venue_.submit(1);
    collected_ = 0;
  }

  // Looked at before the wait, changed behind it.
  coro::task<> settle_ok(long rest) {
    auto lock = co_await mutex_.scoped_lock();
    if (pending_ == 0)
      co_return;
    co_await venue_.submit(pending_);
    pending_ -= rest;
  }
  coro::task<> add_bad(long cost) {
    co_await venue_.submit(cost);
    pending_ += cost; // expect: unguarded-modification
  }

  // One lock over all passes.
  coro::task<> count_ok(int rounds) {
    auto lock = co_await mutex_.scoped_lock();
    while (rounds-- > 0) {
      counted_ += 1;
      co_await venue_.submit(1);
    }
  }
  coro::task<> forget_bad() {
    counted_ = 0; // expect: unguarded-modification
    co_return;
  }

  // What one case of a switch does is not before the wait of another.
  coro::task<> book_ok(int kind, long cost) {
    switch (kind) {
    case 0:
      booked_ += 1;
      break;
    case 1: {
      auto lock = co_await mutex_.scoped_lock();
      co_await venue_.submit(cost);
      booked_ += cost;
      break;
    }
    }
  }
  coro::task<> tally_bad(int kind, long cost) {
    switch (kind) {
    case 0:
      tallied_ += 1; // expect: unguarded-modification
      break;
    case 1: {
      auto lock = co_await mutex_.scoped_lock();
      if (tallied_ > cost)
        break;
      co_await venue_.submit(cost);
      tallied_ += cost;
      break;
    }
    }
  }

private:
  coro::mutex mutex_;
  long funds_ = 0, reserved_ = 0, collected_ = 0, pending_ = 0, counted_ = 0;
  long booked_ = 0, tallied_ = 0;
  venue venue_;
};

/// Who calls the helper has the lock for its key, alone or with another.
namespace months {
struct lots {
  long size = 0;
};
std::map<std::string, lots> positions_by_month;

void book_ok(const std::string &month, long by) {
  positions_by_month[month].size += by;
}
bool covers(const std::string &month, long by) {
  return positions_by_month[month].size >= by;
}
coro::task<> sell_ok(std::string month, long by) {
  auto guard =
      co_await interlock::get_global_safe_state().atomic_position_update(month);
  if (!covers(month, by))
    co_return;
  co_await venue{}.submit(by);
  book_ok(month, -by);
}
coro::task<> roll_ok(std::string near, std::string far, long by) {
  auto guard = co_await interlock::get_global_safe_state().atomic_update(
      interlock::position(far), interlock::position(near));
  if (!covers(near, by))
    co_return;
  co_await venue{}.submit(by);
  book_ok(near, -by);
  positions_by_month[far].size += by;
}
} // namespace months

/// What a pass was told is compared with what the pass before was told.
class tickets {
public:
  coro::task<long> draw_ok() {
    auto lock = co_await mutex_.scoped_lock();
    const long number = last_ + 1;
    co_await venue_.submit(number);
    last_ = number;
    co_return number;
  }
  coro::task<> draw_all_ok(int count) {
    long before = 0;
    while (count-- > 0) {
      const long number = co_await draw_ok();
      if (number <= before)
        co_return;
      before = number;
    }
  }

  // Both are old by then.
  coro::task<> spend_bad(int count) {
    long before = 0;
    while (count-- > 0) {
      const long now = funds_;
      co_await venue_.submit(now);
      if (now <= before)
        co_return;
      before = now;
      funds_ -= 1; // expect: stale-check
    }
  }

private:
  coro::mutex mutex_;
  long last_ = 0, funds_ = 0;
  venue venue_;
};

/// Who adds does not need the lock of who takes all there is in one step.
class acks {
public:
  void add_ok(int id) { pending_.push_back(id); }
  coro::task<> flush_ok() {
    auto held = co_await sending_.scoped_lock();
    while (!pending_.empty()) {
      auto batch = std::exchange(pending_, {});
      co_await send(std::move(batch));
    }
  }

private:
  static coro::task<> send(std::vector<int> ids);
  coro::mutex sending_;
  std::vector<int> pending_;
};
/// What is added while the old ones are sent, is cleared with them.
class notices {
public:
  void add_bad(int id) { pending_.push_back(id); } // expect: unguarded-modification
  coro::task<> flush_ok() {
    auto held = co_await sending_.scoped_lock();
    if (pending_.empty())
      co_return;
    co_await send(pending_);
    pending_.clear();
  }

private:
  static coro::task<> send(const std::vector<int> &ids);
  coro::mutex sending_;
  std::vector<int> pending_;
};
