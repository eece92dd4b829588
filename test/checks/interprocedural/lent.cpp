// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*
// A coroutine that works on what it is lent: whose state that is, only the
// caller knows.
#include "libcoro.hpp"
#include "task.hpp"
#include "venue.hpp"
#include <map>
#include <memory>
#include <string>
using mock::task;

task<> breathe();

// Reads, waits, writes back.
static task<> add_late(long &slot, long n) {
  const long before = slot;
  co_await breathe();
  slot = before + n; // expect: stale-value
}

// Checks, waits, takes.
static task<> take_late(long &slot, long n) {
  if (slot < n)
    co_return;
  co_await breathe();
  slot -= n; // expect: stale-check
}

// Takes before it waits.
static task<> take_first(long &slot, long n) {
  if (slot < n)
    co_return;
  slot -= n;
  co_await breathe();
}

// Looks again.
static task<> take_again(long &slot, long n) {
  if (slot < n)
    co_return;
  co_await breathe();
  if (slot < n)
    co_return;
  slot -= n;
}

// Nobody lends this one anything that others reach.
static task<> add_own(long &slot, long n) {
  const long before = slot;
  co_await breathe();
  slot = before + n;
}

// Only those that hold the lock lend to this one.
static task<> add_locked(long &slot, long n) {
  const long before = slot;
  co_await breathe();
  slot = before + n;
}

// Hands on what it was lent.
static task<> hand_on(long &slot, long n) { co_await add_late(slot, n); }

class lender {
public:
  task<> add_bad(long n) { co_await add_late(balance_, n); }
  task<> hand_on_bad(long n) { co_await hand_on(cash_, n); }
  task<> take_late_bad(long n) { co_await take_late(balance_, n); }
  task<> take_first_ok(long n) { co_await take_first(balance_, n); }
  task<> take_again_ok(long n) { co_await take_again(balance_, n); }
  task<long> own_ok(long n) {
    long sum = 0;
    co_await add_own(sum, n);
    co_return sum;
  }
  task<> locked_ok(long n) {
    auto lock = co_await mutex_.scoped_lock();
    co_await add_locked(margin_, n);
  }
  task<> locked_too_ok(long n) {
    auto lock = co_await mutex_.scoped_lock();
    margin_ += n;
  }

private:
  coro::mutex mutex_;
  long balance_ = 0, cash_ = 0, margin_ = 0;
};

/// An object is lent as a whole to who looks at one member of it.
struct peer {
  long balance_ = 0;
  long sent = 0;
};

static task<long> measure(const peer &p) {
  co_await breathe();
  co_return p.sent;
}
static task<long> look(const peer &p) {
  const long now = p.balance_;
  co_await breathe();
  co_return now;
}

// What was measured is no old balance.
task<> smooth_ok(std::shared_ptr<peer> p) {
  const long sent = co_await measure(*p);
  p->balance_ = (p->balance_ + sent) / 2;
}
// What the callee has read before it waited is one.
task<> smooth_bad(std::shared_ptr<peer> p) {
  const long seen = co_await look(*p);
  p->balance_ = seen + 1; // expect: stale-value
}

// It looks once it has waited.
static task<long> look_late(const peer &p) {
  co_await breathe();
  co_return p.balance_;
}
task<> smooth_late_ok(std::shared_ptr<peer> p) {
  const long seen = co_await look_late(*p);
  p->balance_ = seen + 1;
}
