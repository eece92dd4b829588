// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// Who waits once, and goes on in the slice of the one who has made room for him.
#include "awaitables.hpp"
#include "task.hpp"
#include <coroutine>
#include <deque>
using namespace mock;

struct parked {
  std::deque<std::coroutine_handle<>> &line;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) { line.push_back(h); }
  void await_resume() const noexcept {}
};

class limiter {
public:
  task<> enter_ok() {
    if (active_ >= limit_)
      co_await parked{waiting_};
    ++active_;
  }
  void leave() {
    --active_;
    if (waiting_.empty())
      return;
    const auto next = waiting_.front();
    waiting_.pop_front();
    next.resume();
  }

private:
  const int limit_ = 4;
  int active_ = 0;
  std::deque<std::coroutine_handle<>> waiting_;
};
