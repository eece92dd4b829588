// Awaitables and functions that stand for the outside world in a test.
//
// Outside of an explored schedule the awaitables do not suspend and nothing
// fails, so the same code runs on real threads.
#pragma once

#include <interlock/testing/schedule.hpp>

#include <chrono>
#include <coroutine>
#include <source_location>
#include <string_view>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {
namespace detail {

class [[nodiscard("co_await it")]] point_awaiter : work_item {
public:
  point_awaiter(point kind, const char *label,
                std::chrono::nanoseconds delay = {}) noexcept
      : kind_(kind), label_(label), delay_(delay) {}
  point_awaiter(const point_awaiter &) = delete;
  point_awaiter &operator=(const point_awaiter &) = delete;
  ~point_awaiter() {
    if (waits_)
      if (schedule *const s = schedule::current())
        s->remove(*this);
  }

  bool await_ready() const noexcept { return schedule::current() == nullptr; }
  void await_suspend(
      std::coroutine_handle<> handle,
      std::source_location where = std::source_location::current()) noexcept {
    handle_ = handle;
    waits_ = true;
    run = [](work_item *item) noexcept {
      static_cast<point_awaiter *>(item)->handle_.resume();
    };
    schedule::current()->suspend(*this, kind_, label_, where, delay_);
  }
  void await_resume() noexcept { waits_ = false; }

private:
  std::coroutine_handle<> handle_;
  point kind_;
  bool waits_ = false;
  const char *label_;
  std::chrono::nanoseconds delay_;
};

} // namespace detail

/// Lets other tasks run.
inline detail::point_awaiter yield() noexcept {
  return {point::yield, nullptr};
}

/// Stands for an operation outside the program, such as a message to the venue
/// and its answer: it completes at any later time. `what` must outlive it.
inline detail::point_awaiter io(const char *what) noexcept {
  return {point::io, what};
}

/// Sleeps on the virtual clock: timers go off in their order, at any time.
inline detail::point_awaiter
sleep_for(std::chrono::nanoseconds delay) noexcept {
  return {point::sleep, nullptr, delay};
}

/// See the members of `schedule` with the same names.
inline unsigned choose(unsigned n, std::string_view what = "choice") {
  schedule *const s = schedule::current();
  return s != nullptr ? s->choose(n, what) : 0;
}
inline bool fails(std::string_view what) { return choose(2, what) != 0; }
inline void note(std::string_view text) {
  if (schedule *const s = schedule::current())
    s->note(text);
}

} // namespace testing
INTERLOCK_NAMESPACE_END
