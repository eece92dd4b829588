/// The shapes of concurrencpp: results, executors, an async lock.
#pragma once
#include "task.hpp"
#include <memory>

namespace concurrencpp {

/// Runs at once; waited for by `co_await`.
template <class T = void> using result = mock::task<T>;
/// Runs when it is awaited.
template <class T = void> using lazy_result = mock::task<T>;

class executor {
public:
  template <class F> result<void> submit(F f);
  template <class F> void post(F f);
};
class thread_pool_executor : public executor {};
class worker_thread_executor : public executor {};

struct resume_on_awaitable {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting);
  void await_resume() const noexcept {}
};
resume_on_awaitable resume_on(std::shared_ptr<executor> where);

class async_lock;

class scoped_async_lock {
public:
  scoped_async_lock(scoped_async_lock &&other) noexcept;
  scoped_async_lock(const scoped_async_lock &) = delete;
  ~scoped_async_lock();
  void unlock();
  bool owns_lock() const noexcept;
};

class async_lock {
public:
  lazy_result<scoped_async_lock> lock(std::shared_ptr<executor> resume);
  lazy_result<bool> try_lock();
  void unlock();
};

} // namespace concurrencpp
