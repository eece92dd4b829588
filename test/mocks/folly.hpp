/// The shapes of folly::coro: Task, Mutex, SharedMutex, Synchronized.
#pragma once
#include "task.hpp"
#include <mutex>

namespace folly {
namespace coro {

template <class T = void> using Task = mock::task<T>;

template <class R> struct LockAwaiter {
  void *mutex;
  bool await_ready() const noexcept;
  bool await_suspend(std::coroutine_handle<> waiting) noexcept;
  R await_resume() noexcept;
};

class Mutex {
public:
  [[nodiscard]] bool try_lock() noexcept;
  void lock() = delete;
  void unlock() noexcept;
  [[nodiscard]] LockAwaiter<std::unique_lock<Mutex>> co_scoped_lock() noexcept;
  [[nodiscard]] LockAwaiter<void> co_lock() noexcept;
};

template <class M> class SharedLock {
public:
  SharedLock() noexcept = default;
  SharedLock(SharedLock &&other) noexcept;
  ~SharedLock();
  void unlock();
};

class SharedMutex {
public:
  void unlock() noexcept;
  void unlock_shared() noexcept;
  [[nodiscard]] LockAwaiter<std::unique_lock<SharedMutex>>
  co_scoped_lock() noexcept;
  [[nodiscard]] LockAwaiter<SharedLock<SharedMutex>>
  co_scoped_lock_shared() noexcept;
};

template <class... T> Task<void> collectAll(Task<T>... children);
template <class T> T blockingWait(Task<T> work);
inline mock::task<> sleep(long milliseconds);

} // namespace coro

/// Data that can be reached only through a lock.
template <class T> class Synchronized {
public:
  class LockedPtr {
  public:
    LockedPtr(LockedPtr &&) noexcept;
    ~LockedPtr();
    T *operator->() const { return data_; }
    T &operator*() const { return *data_; }
    void unlock();

  private:
    T *data_;
  };
  [[nodiscard]] LockedPtr wlock();
  [[nodiscard]] LockedPtr rlock() const;
  template <class F> auto withWLock(F f) { return f(data_); }

private:
  T data_;
};

} // namespace folly
