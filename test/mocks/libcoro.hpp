/// The shapes of libcoro: tasks, a mutex with a scoped lock, semaphore, event.
#pragma once
#include "awaitables.hpp"
#include "task.hpp"

namespace coro {

template <class T = void> using task = mock::task<T>;

class mutex;

/// Owns the mutex from the awaited acquisition to its end.
class scoped_lock {
public:
  explicit scoped_lock(mutex &m) : mutex_(&m) {}
  scoped_lock(const scoped_lock &) = delete;
  scoped_lock(scoped_lock &&other) noexcept
      : mutex_(std::exchange(other.mutex_, nullptr)) {}
  scoped_lock &operator=(scoped_lock &&other) noexcept;
  ~scoped_lock() { unlock(); }
  void unlock();

private:
  mutex *mutex_;
};

namespace detail {
struct lock_operation_base {
  mutex &source;
  bool await_ready() const noexcept;
  bool await_suspend(std::coroutine_handle<> waiting) noexcept;
};
template <class R> struct lock_operation;
template <> struct lock_operation<void> : lock_operation_base {
  void await_resume() const noexcept {}
};
template <> struct lock_operation<scoped_lock> : lock_operation_base {
  scoped_lock await_resume() const noexcept { return scoped_lock(source); }
};
} // namespace detail

class mutex {
public:
  mutex() = default;
  mutex(const mutex &) = delete;
  [[nodiscard]] detail::lock_operation<scoped_lock> scoped_lock() {
    return {{*this}};
  }
  [[nodiscard]] detail::lock_operation<void> lock() { return {{*this}}; }
  [[nodiscard]] bool try_lock();
  void unlock();
};

enum class acquire_result { acquired, stopped };

class semaphore {
public:
  explicit semaphore(long initial);
  struct acquire_operation {
    semaphore &source;
    bool await_ready() const noexcept;
    bool await_suspend(std::coroutine_handle<> waiting) noexcept;
    acquire_result await_resume() const;
  };
  [[nodiscard]] acquire_operation acquire() { return {*this}; }
  bool try_acquire();
  void release();
};

using event = mock::event;

template <class... T> task<void> when_all(task<T>... children);
template <class T> T sync_wait(task<T> work);

class thread_pool {
public:
  struct operation {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) noexcept;
    void await_resume() const noexcept {}
  };
  [[nodiscard]] operation schedule();
  [[nodiscard]] operation yield() { return schedule(); }
};

} // namespace coro
