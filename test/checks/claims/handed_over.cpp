// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*
#include "venue.hpp"
#include <deque>
using namespace mock;

// Who finds a flag free and sets it starts what gives it up: one runs at a time.

task<> transmit(long amount);

struct activity {
  struct promise_type {
    activity get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};

class drained {
public:
  void push(long amount) {
    queue_.push_back(amount);
    if (draining_)
      return;
    draining_ = true;
    drain_ok();
  }

private:
  activity drain_ok() {
    while (!queue_.empty()) {
      if (balance_ >= queue_.front()) {
        const long amount = queue_.front();
        co_await transmit(amount);
        balance_ -= amount;
      }
      queue_.pop_front();
    }
    draining_ = false;
  }
  std::deque<long> queue_;
  long balance_ = 0;
  bool draining_ = false;
};

// Given up before the wait: the next one starts beside it.
class given_up_early {
public:
  void push(long amount) {
    queue_.push_back(amount);
    if (draining_)
      return;
    draining_ = true;
    drain_bad();
  }

private:
  activity drain_bad() {
    while (!queue_.empty()) {
      const long amount = queue_.front();
      queue_.pop_front();
      draining_ = false;
      if (balance_ >= amount) {
        co_await transmit(amount);
        balance_ -= amount; // expect: stale-check
      }
    }
  }
  std::deque<long> queue_;
  long balance_ = 0;
  bool draining_ = false;
};

// The starter gives it up at once.
class given_up_by_the_starter {
public:
  void push(long amount) {
    if (starting_)
      return;
    starting_ = true;
    drain_bad(amount);
    starting_ = false;
  }

private:
  activity drain_bad(long amount) {
    if (balance_ >= amount) {
      co_await transmit(amount);
      balance_ -= amount; // expect: stale-check
    }
  }
  long balance_ = 0;
  bool starting_ = false;
};

// Another way in does not ask.
class second_entry {
public:
  void push(long amount) {
    if (draining_)
      return;
    draining_ = true;
    drain_bad(amount);
  }
  void push_now(long amount) { drain_bad(amount); }

private:
  activity drain_bad(long amount) {
    if (balance_ >= amount) {
      co_await transmit(amount);
      balance_ -= amount; // expect: stale-check
    }
    draining_ = false;
  }
  long balance_ = 0;
  bool draining_ = false;
};

// Who never asks for the flag, and relies on an old look, is to blame alone.
class beside_the_flag {
public:
  void push(long amount) {
    if (draining_)
      return;
    draining_ = true;
    drain_ok(amount);
  }
  task<> withdraw_bad(long amount) {
    if (balance_ >= amount) {
      co_await transmit(amount);
      balance_ -= amount; // expect: stale-check
    }
  }

private:
  activity drain_ok(long amount) {
    if (balance_ >= amount) {
      co_await transmit(amount);
      balance_ -= amount;
    }
    draining_ = false;
  }
  long balance_ = 0;
  bool draining_ = false;
};

// Two are started at once, and both rely on it.
class started_together {
public:
  void start() {
    if (started_)
      return;
    started_ = true;
    pay_bad();
    charge_bad();
  }

private:
  activity pay_bad() {
    if (balance_ >= 5) {
      co_await transmit(5);
      balance_ -= 5; // expect: stale-check
    }
  }
  activity charge_bad() {
    if (balance_ >= 7) {
      co_await transmit(7);
      balance_ -= 7; // expect: stale-check
    }
  }
  long balance_ = 0;
  bool started_ = false;
};
