// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// Who waits once, by a test that he does not repeat.
#include "awaitables.hpp"
#include "task.hpp"
#include <coroutine>
#include <deque>
#include <string>
using namespace mock;

struct loop {
  void post(std::coroutine_handle<> h);
};

/// Parks the caller until somebody takes it out of the line.
struct parked {
  std::deque<std::coroutine_handle<>> &line;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) { line.push_back(h); }
  void await_resume() const noexcept {}
};

/// Resumed by the loop, before which others may come.
class limiter {
public:
  task<> enter_bad() {
    if (active_ >= limit_)
      co_await parked{waiting_};
    ++active_; // expect: stale-check
  }
  task<> enter_again_ok() {
    while (active_ >= limit_)
      co_await parked{waiting_};
    ++active_;
  }
  task<> enter_or_wait_ok() {
    if (active_ < limit_)
      ++active_;
    else
      co_await parked{waiting_};
  }
  void leave(loop &l) {
    --active_;
    if (waiting_.empty())
      return;
    const auto next = waiting_.front();
    waiting_.pop_front();
    l.post(next);
  }

private:
  const int limit_ = 4;
  int active_ = 0;
  std::deque<std::coroutine_handle<>> waiting_;
};

/// Waits for a moment.
class budget {
public:
  task<> take_bad() {
    if (left_ <= 0)
      co_await sleep_for({1000});
    --left_; // expect: stale-check
  }
  task<> take_again_ok() {
    while (left_ <= 0)
      co_await sleep_for({1000});
    --left_;
  }
  // Others are let on, whatever there is.
  task<> count_ok() {
    if (left_ <= 0)
      co_await sleep_for({1000});
    ++taken_;
  }
  void fill(int n) { left_ += n; }

private:
  int left_ = 0;
  int taken_ = 0;
};
