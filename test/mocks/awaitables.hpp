/// Awaiters whose behaviour at the suspension point is known: always, never,
/// by run-time answer, by timer, by event.
#pragma once
#include <coroutine>
#include <utility>

namespace mock {

/// Gives every other coroutine a turn.
struct yield_now {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) const;
  void await_resume() const noexcept {}
};

/// Holds its value already and never suspends.
template <class T> struct ready {
  T value;
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  T await_resume() noexcept { return std::move(value); }
};

/// Asks to suspend and always takes it back.
struct never_parks {
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) const noexcept { return false; }
  void await_resume() const noexcept {}
};

/// Transfers back to the coroutine that awaits it: the current handle as data.
struct resumes_itself {
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<>
  await_suspend(std::coroutine_handle<> self) const noexcept {
    return self;
  }
  void await_resume() const noexcept {}
};

/// Suspends unless the answer is there: can suspend.
template <class T> struct maybe {
  bool available;
  T value;
  bool await_ready() const noexcept { return available; }
  void await_suspend(std::coroutine_handle<> waiting);
  T await_resume() noexcept { return std::move(value); }
};

struct milliseconds {
  long count;
};

/// An operation that completes when the time is over.
struct timer_awaiter {
  milliseconds delay;
  bool await_ready() const noexcept { return delay.count <= 0; }
  void await_suspend(std::coroutine_handle<> waiting);
  void await_resume() const noexcept {}
};
inline timer_awaiter sleep_for(milliseconds delay) { return {delay}; }

/// Set once, or over and over; waiters resume when it is set.
class event {
public:
  struct awaiter {
    event &source;
    bool await_ready() const noexcept { return source.set_; }
    void await_suspend(std::coroutine_handle<> waiting);
    void await_resume() const noexcept {}
  };
  awaiter operator co_await() noexcept { return {*this}; }
  void set();
  void reset() { set_ = false; }
  bool is_set() const { return set_; }

private:
  bool set_ = false;
};

} // namespace mock
