/// The shapes of Boost.Cobalt: lazy tasks, eager promises, channels, gathering.
#pragma once
#include "task.hpp"

namespace boost::cobalt {

template <class T = void> using task = mock::task<T>;
template <class T = void> using promise = mock::task<T>;

struct executor {};
struct use_op_t {};
inline constexpr use_op_t use_op{};
struct detached_t {};
inline constexpr detached_t detached{};

namespace this_coro {
struct executor_t {
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  executor await_resume() const noexcept { return {}; }
};
inline constexpr executor_t executor{};
} // namespace this_coro

template <class T> class channel {
public:
  channel(unsigned long limit, executor where);
  task<T> read();
  task<void> write(T value);
  void close();
};

template <class... T> task<void> gather(task<T>... children);
template <class... T> task<void> join(task<T>... children);
template <class... T> task<unsigned long> race(task<T>... children);
template <class T> void spawn(executor where, task<T> work, detached_t);
template <class T, class F> task<void> with(T resource, F &&body);

} // namespace boost::cobalt
