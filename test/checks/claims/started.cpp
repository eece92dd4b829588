// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
#include "venue.hpp"
using namespace mock;

// A test decides whether to start something that sets a flag for itself before
// it first gives up control: it runs once at a time, whoever starts it.

task<> transmit(unsigned amount);

struct activity {
  struct promise_type {
    activity get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};

class refilled {
public:
  bool take(unsigned n) {
    if (stock_ < n)
      refill_ok();
    if (stock_ < n)
      return false;
    stock_ -= n;
    return true;
  }

private:
  activity refill_ok() {
    if (refilling_)
      co_return;
    refilling_ = true;
    co_await transmit(60);
    stock_ += 60;
    refilling_ = false;
  }
  unsigned stock_ = 0;
  bool refilling_ = false;
};

// Who takes some, and puts it back at once, makes it no more than it was.
class put_back {
public:
  bool take(long n, bool known) {
    if (stock_ < n)
      refill_ok();
    if (stock_ < n)
      return false;
    stock_ -= n;
    if (!known) {
      stock_ += n;
      return false;
    }
    return true;
  }

private:
  activity refill_ok() {
    if (refilling_)
      co_return;
    refilling_ = true;
    co_await transmit(60);
    stock_ += 60;
    refilling_ = false;
  }
  long stock_ = 0;
  bool refilling_ = false;
};

// Put back by another amount.
class put_more_back {
public:
  bool take_bad(long n, long more) {
    if (stock_ < n)
      refill();
    if (stock_ < n)
      return false;
    stock_ -= n;
    if (more) {
      stock_ += more;
      return false;
    }
    return true;
  }

private:
  activity refill() {
    if (refilling_)
      co_return;
    refilling_ = true;
    co_await transmit(60);
    stock_ += 60; // expect: stale-check
    refilling_ = false;
  }
  long stock_ = 0;
  bool refilling_ = false;
};

// The flag comes too late.
class set_late {
public:
  bool take_bad(unsigned n) {
    if (stock_ < n)
      refill();
    if (stock_ < n)
      return false;
    stock_ -= n;
    return true;
  }

private:
  activity refill() {
    if (refilling_)
      co_return;
    co_await transmit(60);
    refilling_ = true;  // expect: stale-check
    stock_ += 60;       // expect: stale-check
    refilling_ = false; // expect: stale-check
  }
  unsigned stock_ = 0;
  bool refilling_ = false;
};

// Given up before the change.
class given_up {
public:
  bool take_bad(unsigned n) {
    if (stock_ < n)
      refill();
    if (stock_ < n)
      return false;
    stock_ -= n;
    return true;
  }

private:
  activity refill() {
    if (refilling_)
      co_return;
    refilling_ = true;
    co_await transmit(60);
    refilling_ = false;
    co_await transmit(0);
    stock_ += 60; // expect: stale-check
  }
  unsigned stock_ = 0;
  bool refilling_ = false;
};

// Another one fills up without a look at the flag.
class filled_elsewhere {
public:
  bool take_bad(unsigned n) {
    if (stock_ < n)
      refill();
    if (stock_ < n)
      return false;
    stock_ -= n;
    return true;
  }
  void deliver(unsigned n) { stock_ += n; }

private:
  activity refill() {
    if (refilling_)
      co_return;
    refilling_ = true;
    co_await transmit(60);
    stock_ += 60; // expect: stale-check
    refilling_ = false;
  }
  unsigned stock_ = 0;
  bool refilling_ = false;
};
