// Coroutine types and executors for the runtime's tests.
#pragma once

#include <interlock/executor.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace test {

/// A lazy coroutine with a result, of the usual shape.
template <class T = void> class task;

namespace detail {
struct promise_base {
  std::coroutine_handle<> continuation = std::noop_coroutine();
  std::exception_ptr error;
  std::suspend_always initial_suspend() noexcept { return {}; }
  auto final_suspend() noexcept {
    struct awaiter {
      std::coroutine_handle<> next;
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept {
        return next;
      }
      void await_resume() noexcept {}
    };
    return awaiter{continuation};
  }
  void unhandled_exception() { error = std::current_exception(); }
};
/// For the misuse checks.
inline std::coroutine_handle<> parent_of(const promise_base &p) noexcept {
  return p.continuation.address() == std::noop_coroutine().address()
             ? std::coroutine_handle<>()
             : p.continuation;
}
template <class T> struct promise : promise_base {
  std::optional<T> value;
  task<T> get_return_object();
  template <class U> void return_value(U &&v) {
    value.emplace(std::forward<U>(v));
  }
  T take() {
    if (error)
      std::rethrow_exception(error);
    return std::move(*value);
  }
};
template <> struct promise<void> : promise_base {
  task<void> get_return_object();
  void return_void() noexcept {}
  void take() {
    if (error)
      std::rethrow_exception(error);
  }
};
} // namespace detail

template <class T> class [[nodiscard]] task {
public:
  using promise_type = detail::promise<T>;
  using handle = std::coroutine_handle<promise_type>;
  explicit task(handle h) : h_(h) {}
  task(task &&other) noexcept : h_(std::exchange(other.h_, nullptr)) {}
  task &operator=(task &&other) noexcept {
    std::swap(h_, other.h_);
    return *this;
  }
  ~task() {
    if (h_)
      h_.destroy();
  }
  /// Runs until the first suspension.
  void start() { h_.resume(); }
  bool done() const { return h_.done(); }
  /// The result of a task that is done; rethrows.
  T get() { return h_.promise().take(); }
  /// Destroys the frame, wherever it is suspended.
  void destroy() { std::exchange(h_, nullptr).destroy(); }

  auto operator co_await() && {
    struct awaiter {
      handle h;
      bool await_ready() { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<> c) {
        h.promise().continuation = c;
        return h;
      }
      T await_resume() { return h.promise().take(); }
    };
    return awaiter{h_};
  }

private:
  handle h_;
};

namespace detail {
template <class T> task<T> promise<T>::get_return_object() {
  return task<T>(std::coroutine_handle<promise<T>>::from_promise(*this));
}
inline task<void> promise<void>::get_return_object() {
  return task<void>(std::coroutine_handle<promise<void>>::from_promise(*this));
}
} // namespace detail

/// Starts at once and frees itself at the end, on whatever thread that is.
struct detached {
  struct promise_type {
    detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

/// Something to wait for that the test opens by hand.
class gate {
public:
  auto operator co_await() {
    struct awaiter {
      gate &g;
      bool await_ready() { return g.open_; }
      void await_suspend(std::coroutine_handle<> h) { g.waiting_.push_back(h); }
      void await_resume() {}
    };
    return awaiter{*this};
  }
  void open() {
    open_ = true;
    for (auto h : std::exchange(waiting_, {}))
      h.resume();
  }

private:
  bool open_ = false;
  std::vector<std::coroutine_handle<>> waiting_;
};

/// Suspended coroutines on one thread, resumed in order by `run`.
class loop {
public:
  auto yield() {
    struct awaiter {
      loop &l;
      bool await_ready() { return false; }
      void await_suspend(std::coroutine_handle<> h) {
        l.ready_[l.last_++ % l.ready_.size()] = h;
      }
      void await_resume() {}
    };
    return awaiter{*this};
  }
  void run() {
    while (first_ != last_)
      ready_[first_++ % ready_.size()].resume();
  }

private:
  std::size_t first_ = 0, last_ = 0;
  std::vector<std::coroutine_handle<>> ready_ =
      std::vector<std::coroutine_handle<>>(1024); ///< a ring: no allocation
};

/// An executor that runs only what the test tells it to.
class manual_executor final : public interlock::executor {
public:
  bool here = true; ///< what `runs_here` says
  void post(interlock::work_item &item) noexcept override {
    const std::lock_guard lock(mutex_);
    items.push_back(&item);
  }
  bool runs_here() const noexcept override { return here; }
  bool remove(interlock::work_item &item) noexcept override {
    return std::erase(items, &item) != 0;
  }
  bool run_one() {
    if (items.empty())
      return false;
    interlock::work_item *const item = items.front();
    items.erase(items.begin());
    item->run(item);
    return true;
  }
  void run() {
    while (run_one())
      continue;
  }
  std::vector<interlock::work_item *> items;

private:
  std::mutex mutex_;
};

} // namespace test
