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

template <class Work> driver drive(schedule &s, unsigned task, Work work);

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
