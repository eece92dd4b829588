// The coroutine that runs a task of a test, whatever the task is made of.
#pragma once

#include <interlock/detail/config.hpp>

#include <concepts>
#include <coroutine>
#include <string>
#include <type_traits>
#include <utility>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {
class schedule;
namespace detail {

class runner;

/// Awaits the work of one task and tells the schedule how it ended. The
/// schedule destroys the frame, and with it what the task is made of.
struct driver {
  struct promise_type;
  std::coroutine_handle<> frame;
  operator std::coroutine_handle<>() const noexcept { return frame; }

  static void finished(schedule &s, unsigned task) noexcept;
  static void threw(schedule &s, unsigned task) noexcept;
};

struct driver::promise_type {
  template <class Work>
  promise_type(schedule &s, unsigned task, Work &) noexcept
      : schedule_(s), task_(task) {}
  driver get_return_object() noexcept {
    return {std::coroutine_handle<promise_type>::from_promise(*this)};
  }
  std::suspend_always initial_suspend() const noexcept { return {}; }
  std::suspend_always final_suspend() const noexcept { return {}; }
  void return_void() const noexcept { driver::finished(schedule_, task_); }
  void unhandled_exception() const noexcept { driver::threw(schedule_, task_); }

private:
  schedule &schedule_;
  unsigned task_;
};

template <class Work> driver drive(schedule &, unsigned, Work work) {
  if constexpr (std::invocable<Work &>) {
    if constexpr (std::is_void_v<std::invoke_result_t<Work &>>)
      work();
    else
      (void)co_await work();
  } else {
    (void)co_await std::move(work);
  }
  co_return;
}

/// A value as text for reports: numbers, strings, and what has `to_string` or
/// `str()` or a conversion to `std::string`.
template <class Value> std::string text_of(const Value &value) {
  if constexpr (std::is_same_v<Value, bool>)
    return value ? "true" : "false";
  else if constexpr (std::is_convertible_v<const Value &, std::string>)
    return value;
  else if constexpr (std::is_enum_v<Value>)
    return std::to_string(static_cast<long long>(value));
  else if constexpr (requires { value.str(); })
    return value.str();
  else {
    using std::to_string;
    return to_string(value);
  }
}

} // namespace detail
} // namespace testing
INTERLOCK_NAMESPACE_END
