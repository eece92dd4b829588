// One account over two translation units: what one checks the other changes,
// calls back, or is waited for.
#pragma once

#include "program.hpp"

#include <string>

namespace ledger {

inline task<> settle() { co_await step{}; }

/// Goes on when it has been set.
class event {
public:
  void set() {
    set_ = true;
    for (const std::coroutine_handle<> h : std::exchange(waiting_, {}))
      proof::world::current()->ready(h);
  }
  auto wait() {
    struct awaiter {
      event &self;
      bool await_ready() const noexcept { return self.set_; }
      void await_suspend(std::coroutine_handle<> h) {
        self.waiting_.push_back(h);
      }
      void await_resume() const noexcept {}
    };
    return awaiter{*this};
  }

private:
  bool set_ = false;
  std::vector<std::coroutine_handle<>> waiting_;
};

/// A helper that is called with and without the lock.
class Split {
public:
  task<> debit(long cost, std::string why);
  task<> buy(long cost);
  task<> fee();
  long balance() const { return balance_; }

private:
  long balance_ = 100;
  std::string last_;
};

/// Two functions that call each other in the region.
class Ladder {
public:
  task<> buy(long cost, int depth);
  task<> next(long cost, int depth);
  long balance() const { return balance_; }

private:
  long balance_ = 100;
};

/// A region that waits for somebody who changes the state himself.
class Cleared {
public:
  task<> buy(long cost);
  task<> clear(long fee);
  long balance() const { return balance_; }

private:
  long balance_ = 100;
  event cleared_event_;
};

} // namespace ledger
