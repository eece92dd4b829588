// The shapes of Asio, included into `asio` and into `boost::asio`.

struct error_code {
  int value = 0;
  explicit operator bool() const { return value != 0; }
};

class any_io_executor {};
class io_context {
public:
  using executor_type = any_io_executor;
  any_io_executor get_executor();
  long run();
  void restart();
  void stop();
};
class thread_pool {
public:
  explicit thread_pool(unsigned threads);
  any_io_executor get_executor();
};

struct use_awaitable_t {};
inline constexpr use_awaitable_t use_awaitable{};
struct deferred_t {};
inline constexpr deferred_t deferred{};
struct detached_t {};
inline constexpr detached_t detached{};

namespace this_coro {
struct executor_t {};
inline constexpr executor_t executor{};
struct cancellation_state_t {};
inline constexpr cancellation_state_t cancellation_state{};
} // namespace this_coro

template <class T = void, class Executor = any_io_executor> class awaitable;

namespace detail {

template <class T, class Executor> class awaitable_frame_base {
public:
  std::suspend_always initial_suspend() noexcept { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept;
  awaitable<T, Executor> get_return_object() noexcept;

  template <class U>
  awaitable<U, Executor> await_transform(awaitable<U, Executor> a) const {
    return a;
  }
  auto await_transform(this_coro::executor_t) noexcept {
    struct result {
      bool await_ready() const noexcept { return true; }
      void await_suspend(std::coroutine_handle<>) noexcept {}
      any_io_executor await_resume() const noexcept { return {}; }
    };
    return result{};
  }
  auto await_transform(this_coro::cancellation_state_t) noexcept {
    struct result {
      bool await_ready() const noexcept { return true; }
      void await_suspend(std::coroutine_handle<>) noexcept {}
      int await_resume() const noexcept { return 0; }
    };
    return result{};
  }
};

template <class T, class Executor>
class awaitable_frame : public awaitable_frame_base<T, Executor> {
public:
  template <class U> void return_value(U &&value);
};

template <class Executor>
class awaitable_frame<void, Executor>
    : public awaitable_frame_base<void, Executor> {
public:
  void return_void() noexcept {}
};

} // namespace detail

template <class T, class Executor> class [[nodiscard]] awaitable {
public:
  using promise_type = detail::awaitable_frame<T, Executor>;
  awaitable(awaitable &&other) noexcept;
  ~awaitable();
  bool await_ready() const noexcept { return false; }
  template <class U>
  void await_suspend(std::coroutine_handle<U> waiting) noexcept;
  T await_resume();
};

template <class F, class Token>
auto co_spawn(const any_io_executor &executor, F &&work, Token &&token);
template <class F> void co_spawn(const any_io_executor &, F &&, detached_t) {}
template <class F> void co_spawn(io_context &, F &&, detached_t);
template <class T>
awaitable<T> co_spawn(const any_io_executor &, awaitable<T>, use_awaitable_t);

awaitable<void> post(use_awaitable_t);
awaitable<void> post(const any_io_executor &, use_awaitable_t);
awaitable<void> dispatch(const any_io_executor &, use_awaitable_t);
template <class F> void post(const any_io_executor &, F &&handler);
template <class F> void post(io_context &, F &&handler);
template <class F> void dispatch(const any_io_executor &, F &&handler);
template <class F> void defer(const any_io_executor &, F &&handler);

template <class Executor> class strand : public any_io_executor {};
template <class Executor> strand<Executor> make_strand(const Executor &inner);
strand<any_io_executor> make_strand(io_context &context);

template <class Executor> class basic_yield_context {
public:
  basic_yield_context operator[](error_code &ec) const;
};
using yield_context = basic_yield_context<any_io_executor>;
template <class F> void spawn(io_context &context, F &&body);

class steady_timer {
public:
  explicit steady_timer(io_context &context);
  explicit steady_timer(const any_io_executor &executor);
  void expires_after(long milliseconds);
  unsigned long cancel();
  awaitable<void> async_wait(use_awaitable_t);
  awaitable<void> async_wait(deferred_t);
  template <class F> void async_wait(F &&handler);
  void async_wait(yield_context yield);
};

class tcp_socket {
public:
  explicit tcp_socket(const any_io_executor &executor);
  awaitable<unsigned long> async_read_some(void *data, use_awaitable_t);
  awaitable<unsigned long> async_write_some(const void *data, use_awaitable_t);
  unsigned long async_read_some(void *data, yield_context yield);
  unsigned long async_write_some(const void *data, yield_context yield);
  template <class F> void async_write_some(const void *data, F &&handler);
  any_io_executor get_executor() const;
  bool is_open() const;
  void close();
};

namespace experimental {
namespace detail {
template <class Signature> class channel_send_functions;
template <class... Args>
class channel_send_functions<void(error_code, Args...)> {
public:
  template <class... U> bool try_send(error_code ec, U &&...values);
  awaitable<void> async_send(error_code ec, Args... args, use_awaitable_t);
};
} // namespace detail
template <class Signature> class channel;
template <class... Args>
class channel<void(error_code, Args...)>
    : public detail::channel_send_functions<void(error_code, Args...)> {
public:
  channel(const any_io_executor &executor, unsigned long capacity);
  template <class F> bool try_receive(F &&handler);
  awaitable<void> async_receive(use_awaitable_t);
  void close();
};

namespace awaitable_operators {
awaitable<void> operator&&(awaitable<void> a, awaitable<void> b);
awaitable<std::variant<std::monostate, std::monostate>>
operator||(awaitable<void> a, awaitable<void> b);
} // namespace awaitable_operators
} // namespace experimental
