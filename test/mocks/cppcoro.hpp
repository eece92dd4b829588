/// The shapes of cppcoro: task, async_mutex, when_all.
#pragma once
#include "task.hpp"
#include <mutex>

namespace cppcoro {

template <class T = void> using task = mock::task<T>;

class async_mutex;

class async_mutex_lock {
public:
  explicit async_mutex_lock(async_mutex &m, std::adopt_lock_t) noexcept
      : mutex_(&m) {}
  async_mutex_lock(async_mutex_lock &&other) noexcept
      : mutex_(std::exchange(other.mutex_, nullptr)) {}
  async_mutex_lock(const async_mutex_lock &) = delete;
  ~async_mutex_lock();

private:
  async_mutex *mutex_;
};

class async_mutex_lock_operation {
public:
  explicit async_mutex_lock_operation(async_mutex &m) noexcept : mutex_(m) {}
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiting) noexcept;
  void await_resume() const noexcept {}

protected:
  async_mutex &mutex_;
};

class async_mutex_scoped_lock_operation : public async_mutex_lock_operation {
public:
  using async_mutex_lock_operation::async_mutex_lock_operation;
  [[nodiscard]] async_mutex_lock await_resume() const noexcept {
    return async_mutex_lock(mutex_, std::adopt_lock);
  }
};

class async_mutex {
public:
  bool try_lock() noexcept;
  async_mutex_lock_operation lock_async() noexcept {
    return async_mutex_lock_operation(*this);
  }
  async_mutex_scoped_lock_operation scoped_lock_async() noexcept {
    return async_mutex_scoped_lock_operation(*this);
  }
  void unlock();
};

inline async_mutex_lock::~async_mutex_lock() {
  if (mutex_)
    mutex_->unlock();
}

template <class... T> task<void> when_all(task<T>... children);
template <class T> T sync_wait(task<T> work);

} // namespace cppcoro
