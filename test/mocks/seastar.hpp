/// The shapes of Seastar: one thread per shard, futures, coroutines and
/// stackful threads over the same primitives.
#pragma once
#include <coroutine>
#include <exception>
#include <memory>
#include <utility>

namespace seastar {

template <class T = void> class future;

namespace internal {
template <class T> struct futurize {
  using type = future<T>;
};
template <class T> struct futurize<future<T>> {
  using type = future<T>;
};
template <class T> using futurize_t = typename futurize<T>::type;

template <class F, class T> struct continuation {
  using type = futurize_t<decltype(std::declval<F>()(std::declval<T>()))>;
};
template <class F> struct continuation<F, void> {
  using type = futurize_t<decltype(std::declval<F>()())>;
};

template <class T> struct promise_base {
  std::suspend_never initial_suspend() noexcept { return {}; }
  std::suspend_never final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept;
  future<T> get_return_object() noexcept;
};
template <class T> struct coroutine_promise : promise_base<T> {
  template <class U> void return_value(U &&value);
};
template <> struct coroutine_promise<void> : promise_base<void> {
  void return_void() noexcept {}
};
} // namespace internal

template <class T> class [[nodiscard]] future {
public:
  using promise_type = internal::coroutine_promise<T>;
  future(future &&other) noexcept;
  ~future();
  bool available() const noexcept;
  bool failed() const noexcept;
  T get();
  template <class F> typename internal::continuation<F, T>::type then(F &&f);
  template <class F>
  auto then_wrapped(F &&f)
      -> internal::futurize_t<decltype(f(std::declval<future<T>>()))>;
  template <class F> future<T> finally(F &&f);
  template <class F> future<T> handle_exception(F &&f);

  struct awaiter {
    bool await_ready() const noexcept;
    template <class P>
    void await_suspend(std::coroutine_handle<P> waiting) noexcept;
    T await_resume();
  };
  awaiter operator co_await() noexcept;
};

template <class T> future<T> make_ready_future(T value);
future<> make_ready_future();
template <class T> future<T> make_exception_future(std::exception_ptr error);

future<> sleep(long milliseconds);
future<> yield() noexcept;

namespace coroutine {
struct maybe_yield {
  bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<> waiting) noexcept;
  void await_resume() const noexcept {}
};
template <class Range, class F> future<> parallel_for_each(Range &&r, F f);
} // namespace coroutine

class semaphore {
public:
  explicit semaphore(unsigned long count);
  future<> wait(unsigned long units = 1);
  bool try_wait(unsigned long units = 1);
  void signal(unsigned long units = 1);
};

template <class Clock = void> class semaphore_units {
public:
  semaphore_units() noexcept;
  semaphore_units(semaphore_units &&other) noexcept;
  semaphore_units &operator=(semaphore_units &&other) noexcept;
  ~semaphore_units();
  void return_all() noexcept;
  unsigned long release() noexcept;
};

future<semaphore_units<>> get_units(semaphore &sem, unsigned long units);
template <class F>
auto with_semaphore(semaphore &sem, unsigned long units, F &&f)
    -> internal::futurize_t<decltype(f())>;

class rwlock {
public:
  class holder {
  public:
    holder(holder &&other) noexcept;
    ~holder();
    void return_all() noexcept;
  };
  class for_read_lock {
  public:
    future<> lock();
    void unlock();
  };
  future<> read_lock();
  void read_unlock();
  future<> write_lock();
  void write_unlock();
  future<holder> hold_read_lock();
  future<holder> hold_write_lock();
  rwlock &for_write();
  for_read_lock &for_read();
};

template <class Lock, class F>
auto with_lock(Lock &lock, F &&f) -> internal::futurize_t<decltype(f())>;

class gate {
public:
  class holder {
  public:
    holder(holder &&other) noexcept;
    ~holder();
  };
  void enter();
  void leave();
  holder hold();
  bool is_closed() const noexcept;
  future<> close() noexcept;
};
template <class F>
auto with_gate(gate &g, F &&f) -> internal::futurize_t<decltype(f())>;

class condition_variable {
public:
  future<> wait();
  template <class Predicate> future<> wait(Predicate predicate) {
    while (!predicate())
      co_await wait();
  }
  void signal() noexcept;
  void broadcast() noexcept;
};

template <class T> class lw_shared_ptr {
public:
  lw_shared_ptr() noexcept = default;
  lw_shared_ptr(const lw_shared_ptr &other) noexcept;
  lw_shared_ptr &operator=(const lw_shared_ptr &other) noexcept;
  ~lw_shared_ptr();
  T *operator->() const noexcept { return p_; }
  T &operator*() const noexcept { return *p_; }
  explicit operator bool() const noexcept { return p_; }

private:
  T *p_ = nullptr;
};
template <class T, class... A> lw_shared_ptr<T> make_lw_shared(A &&...args);
template <class T> using shared_ptr = lw_shared_ptr<T>;

enum class stop_iteration { no, yes };
template <class F> future<> repeat(F f);
template <class F> future<> keep_doing(F f);
template <class Stop, class F> future<> do_until(Stop stop, F f);
template <class Range, class F> future<> do_for_each(Range &r, F f);
template <class Range, class F> future<> parallel_for_each(Range &&r, F f);
template <class T, class F> auto do_with(T value, F f) -> decltype(f(value));
template <class... F> future<> when_all_succeed(F &&...futures);

template <class F> future<> async(F body);
namespace thread {
void yield();
bool running_in_thread();
} // namespace thread

template <class F>
auto submit_to(unsigned shard, F &&f) -> internal::futurize_t<decltype(f())>;

template <class T> class weak_ptr {
public:
  T *operator->() const noexcept;
  explicit operator bool() const noexcept;
};

} // namespace seastar
