// The driver's body; see driver.hpp. Included at the end of schedule.hpp.
#pragma once

#include <interlock/testing/schedule.hpp>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {
namespace detail {

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

} // namespace detail
} // namespace testing
INTERLOCK_NAMESPACE_END
