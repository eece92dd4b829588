// A lazy coroutine type, as every code base has one.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

template <class Value = void> class task;

namespace task_detail {

struct promise_base {
  std::suspend_always initial_suspend() const noexcept { return {}; }
  auto final_suspend() const noexcept {
    struct awaiter {
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<>
      await_suspend(std::coroutine_handle<>) const noexcept {
        return next;
      }
      void await_resume() const noexcept {}
      std::coroutine_handle<> next;
    };
    return awaiter{next ? next : std::noop_coroutine()};
  }
  void unhandled_exception() noexcept { error = std::current_exception(); }

  std::coroutine_handle<> next;
  std::exception_ptr error;
};

template <class Value> struct promise : promise_base {
  task<Value> get_return_object() noexcept;
  void return_value(Value v) { value.emplace(std::move(v)); }
  Value take() { return std::move(*value); }
  std::optional<Value> value;
};

template <> struct promise<void> : promise_base {
  task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() const noexcept {}
};

} // namespace task_detail

/// Begins when it is awaited; owns its frame.
template <class Value> class [[nodiscard]] task {
public:
  using promise_type = task_detail::promise<Value>;
  explicit task(std::coroutine_handle<promise_type> frame) noexcept
      : frame_(frame) {}
  task(task &&other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  task &operator=(task &&) = delete;
  ~task() {
    if (frame_)
      frame_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> next) noexcept {
    frame_.promise().next = next;
    return frame_;
  }
  Value await_resume() {
    if (frame_.promise().error)
      std::rethrow_exception(frame_.promise().error);
    return frame_.promise().take();
  }

private:
  std::coroutine_handle<promise_type> frame_;
};

namespace task_detail {
template <class Value>
task<Value> promise<Value>::get_return_object() noexcept {
  return task<Value>(
      std::coroutine_handle<promise<Value>>::from_promise(*this));
}
inline task<void> promise<void>::get_return_object() noexcept {
  return task<void>(std::coroutine_handle<promise<void>>::from_promise(*this));
}
} // namespace task_detail
