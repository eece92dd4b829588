/// Coroutine types of the shapes that servers write for themselves: a lazy
/// task with symmetric transfer, an eager fire-and-forget type, a generator.
#pragma once
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace mock {

template <class T = void> class task;

namespace detail {

/// Resumes the awaiting coroutine when the body has ended.
struct final_awaiter {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<>
  await_suspend(std::coroutine_handle<Promise> self) noexcept {
    std::coroutine_handle<> next = self.promise().continuation;
    return next ? next : std::noop_coroutine();
  }
  void await_resume() const noexcept {}
};

struct promise_base {
  std::coroutine_handle<> continuation;
  std::exception_ptr error;
  std::suspend_always initial_suspend() noexcept { return {}; }
  final_awaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { error = std::current_exception(); }
};

template <class T> struct promise : promise_base {
  std::optional<T> value;
  task<T> get_return_object() noexcept;
  template <class U> void return_value(U &&result) {
    value.emplace(static_cast<U &&>(result));
  }
  T take() {
    if (error)
      std::rethrow_exception(error);
    return std::move(*value);
  }
};

template <> struct promise<void> : promise_base {
  task<void> get_return_object() noexcept;
  void return_void() noexcept {}
  void take() {
    if (error)
      std::rethrow_exception(error);
  }
};

} // namespace detail

/// Lazy: the body starts when the task is awaited.
template <class T> class [[nodiscard]] task {
public:
  using promise_type = detail::promise<T>;
  using handle = std::coroutine_handle<promise_type>;
  explicit task(handle h) noexcept : coroutine_(h) {}
  task(task &&other) noexcept
      : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  ~task() {
    if (coroutine_)
      coroutine_.destroy();
  }

  struct awaiter {
    handle coroutine;
    bool await_ready() const noexcept { return !coroutine || coroutine.done(); }
    std::coroutine_handle<>
    await_suspend(std::coroutine_handle<> awaiting) noexcept {
      coroutine.promise().continuation = awaiting;
      return coroutine;
    }
    T await_resume() { return coroutine.promise().take(); }
  };
  awaiter operator co_await() && noexcept { return awaiter{coroutine_}; }
  awaiter operator co_await() & noexcept { return awaiter{coroutine_}; }

private:
  handle coroutine_;
};

namespace detail {
template <class T> task<T> promise<T>::get_return_object() noexcept {
  return task<T>(std::coroutine_handle<promise<T>>::from_promise(*this));
}
inline task<void> promise<void>::get_return_object() noexcept {
  return task<void>(std::coroutine_handle<promise<void>>::from_promise(*this));
}
} // namespace detail

/// Eager: the body runs at the call up to its first suspension; nobody waits.
struct detached {
  struct promise_type {
    detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

/// Starts a lazy task that nobody waits for.
void spawn(task<void> work);

/// Pulls values; every co_yield hands control to the consumer.
template <class T> class generator {
public:
  struct promise_type {
    T current{};
    generator get_return_object() noexcept {
      return generator(
          std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(T value) noexcept {
      current = static_cast<T &&>(value);
      return {};
    }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
  explicit generator(std::coroutine_handle<promise_type> h) : coroutine_(h) {}
  bool next();
  T &value() { return coroutine_.promise().current; }

private:
  std::coroutine_handle<promise_type> coroutine_;
};

/// Awaits all children at once.
template <class... T> task<void> when_all(task<T>... children);

} // namespace mock
