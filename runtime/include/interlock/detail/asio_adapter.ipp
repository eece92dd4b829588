// The Asio side, written once for Boost.Asio and the standalone Asio. Included
// by <interlock/boost_asio.hpp> and <interlock/asio.hpp>, which define:
//   INTERLOCK_ASIO             Asio's namespace
//   INTERLOCK_ASIO_ADAPTER     ours
//   INTERLOCK_ASIO_ERROR_CODE  the error code
//   INTERLOCK_ASIO_TAG         what `asio_initiate` overloads take
//   INTERLOCK_ASIO_INLINE      1 if an awaitable may be resumed while it is
//                              being initiated (Asio 1.23 and later)

INTERLOCK_NAMESPACE_BEGIN
namespace detail {
namespace INTERLOCK_ASIO_ADAPTER {

namespace net = INTERLOCK_ASIO;
using error_code = INTERLOCK_ASIO_ERROR_CODE;

/// A handler that resumes an `asio::awaitable`: calling it while the operation
/// is being initiated is allowed, since the coroutine is suspended and on its
/// own executor. Other handlers may not be called from an initiating function.
template <class Handler>
concept resumes_awaitable =
    INTERLOCK_ASIO_INLINE && requires { typename Handler::executor_type; } &&
    std::is_base_of_v<
        net::detail::awaitable_thread<typename Handler::executor_type>,
        Handler>;

/// A parked operation as its execution context sees it.
class parked {
public:
  /// The context ends: give up waiting and destroy the handler.
  virtual void shut_down() noexcept = 0;

protected:
  ~parked() = default;

private:
  friend class parking;
  parked *previous_ = nullptr;
  parked *next_ = nullptr;
  bool listed_ = false;
};

/// Knows the operations whose handlers an execution context has to destroy: a
/// parked coroutine is known to nobody else.
class parking : public net::execution_context::service {
public:
  using key_type = parking;
  static inline net::execution_context::id id;

  explicit parking(net::execution_context &context)
      : net::execution_context::service(context) {}

  void enter(parked &p) {
    const std::lock_guard lock(lock_);
    p.listed_ = true;
    p.previous_ = nullptr;
    p.next_ = first_;
    if (first_ != nullptr)
      first_->previous_ = &p;
    first_ = &p;
  }
  void leave(parked &p) noexcept {
    const std::lock_guard lock(lock_);
    unlist(p);
  }

private:
  void shutdown() noexcept override {
    std::unique_lock lock(lock_);
    while (parked *const p = first_) {
      unlist(*p);
      lock.unlock();
      p->shut_down();
      lock.lock();
    }
  }
  void unlist(parked &p) noexcept {
    if (!std::exchange(p.listed_, false))
      return;
    (p.previous_ != nullptr ? p.previous_->next_ : first_) = p.next_;
    if (p.next_ != nullptr)
      p.next_->previous_ = p.previous_;
  }

  std::mutex lock_;
  parked *first_ = nullptr;
};

/// The `Wanted` that `ex` holds, if that is what it holds: older versions of
/// Asio cast without looking. Without type information it is up to Asio.
template <class Wanted, class Any>
const Wanted *held_executor(const Any &ex) noexcept {
#if defined(__cpp_rtti)
  if constexpr (requires { ex.target_type() == typeid(Wanted); })
    if (!ex || ex.target_type() != typeid(Wanted))
      return nullptr;
#endif
  return ex.template target<Wanted>();
}

/// True if work posted to `ex` runs on this thread; assumed where Asio does not
/// tell, so that such waiters are handed the lock in order.
template <class Executor> bool runs_here(const Executor &ex) noexcept {
  if constexpr (requires { ex.running_in_this_thread(); }) {
    return ex.running_in_this_thread();
  } else if constexpr (std::is_same_v<Executor, net::any_io_executor>) {
    if (const auto *loop = held_executor<net::io_context::executor_type>(ex))
      return loop->running_in_this_thread();
    if (const auto *pool = held_executor<net::thread_pool::executor_type>(ex))
      return pool->running_in_this_thread();
    return true;
  } else {
    return true;
  }
}

/// Who acquires, to the checks: the outermost of the awaitables that await each
/// other, which Asio makes anew for each `co_spawn`. Other handlers, and
/// versions that do not tell: nobody.
template <class Handler>
[[maybe_unused]] acquisition describe_op(Handler &handler, const auto &target,
                                         known_caller who) {
  if constexpr (resumes_awaitable<Handler> &&
                requires { handler.entry_point(); })
    who.is(static_cast<const void *>(handler.entry_point()));
  acquisition a = describe(target, who, who.where);
  a.delivered = true;
  return a;
}
template <class Handler>
constexpr no_acquisition describe_op(Handler &, const auto &,
                                     unknown_caller) noexcept {
  return {};
}

/// A guard on its way to a handler.
inline guard deliver(const lock_ref &lock,
                     [[maybe_unused]] const checked_acquisition &by) {
  check_acquired(by, lock);
  return guard_access::make(lock);
}

/// A waiting operation: the node in the lock's queue, the handler, and the
/// executor by which the handler is reached.
template <class Handler, class Target, bool Limited>
class waiting_op final : shared_wait, executor, parked {
  using handler_executor = net::associated_executor_t<Handler>;
  using tracked_executor = std::decay_t<decltype(net::prefer(
      std::declval<const handler_executor &>(),
      net::execution::outstanding_work.tracked))>;

public:
  static void start(Handler handler, Target target, wait_limits limits,
                    const checked_acquisition &by) {
    void *const block = pool_allocate(sizeof(waiting_op));
    waiting_op *op = nullptr;
    INTERLOCK_TRY {
      op = new (block) waiting_op(block, std::move(handler), by);
    }
    INTERLOCK_CATCH_ALL {
      pool_free(block, sizeof(waiting_op));
      INTERLOCK_RETHROW;
    }
    INTERLOCK_TRY { op->begin(std::move(target), std::move(limits)); }
    INTERLOCK_CATCH_ALL {
      op->drop_ref(); // the queue's
      op->abandon_handler();
      INTERLOCK_RETHROW;
    }
  }

private:
  waiting_op(void *block, Handler handler, const checked_acquisition &by)
      : shared_wait(block, sizeof(waiting_op)), by_(by),
        handler_(std::move(handler)),
        executor_(net::prefer(net::get_associated_executor(*handler_),
                              net::execution::outstanding_work.tracked)) {
    ex = this;
    parking_ = &net::use_service<parking>(
        net::query(*executor_, net::execution::context));
    check_before(by_, this);
  }

  void begin(Target target, wait_limits limits) {
    parking_->enter(*this);
    if (limits.deadline)
      arm_deadline(*limits.deadline);
    if constexpr (Limited) {
      auto slot = net::get_associated_cancellation_slot(*handler_);
      if (slot.is_connected())
        slot.assign(canceller{counted(this)});
      stop_ = std::move(limits.stop);
      if (stop_.stop_possible())
        on_stop_.emplace(stop_, canceller{counted(this)});
    }
    switch (begin_wait(*this, std::move(target))) {
    case wait_begin::queued:
      return; // and perhaps gone
    case wait_begin::acquired:
      return post_over(wait_outcome::acquired);
    case wait_begin::cancelled:
      return post_over(cancel_outcome());
    }
  }

  /// A count on the operation.
  class counted {
  public:
    explicit counted(waiting_op *op) noexcept : op_(op) { op_->add_ref(); }
    counted(counted &&other) noexcept
        : op_(std::exchange(other.op_, nullptr)) {}
    counted &operator=(counted &&) = delete;
    ~counted() {
      if (op_ != nullptr)
        op_->drop_ref();
    }
    waiting_op &operator*() const noexcept { return *op_; }

  private:
    waiting_op *op_;
  };

  struct canceller {
    counted op;
    template <class... Why> void operator()(Why...) const noexcept {
      (*op).cancel(wait_outcome::cancelled);
    }
  };

  /// What is posted. If the context drops it instead of running it, the lock
  /// goes on to the next waiter and the handler is destroyed.
  class arrival {
  public:
    enum class reason : std::uint8_t { woken, cancelled, over };
    arrival(waiting_op *op, reason why, wait_outcome outcome) noexcept
        : op_(op), why_(why), outcome_(outcome) {}
    arrival(arrival &&other) noexcept
        : op_(std::exchange(other.op_, nullptr)), why_(other.why_),
          outcome_(other.outcome_) {}
    arrival &operator=(arrival &&) = delete;
    ~arrival() {
      if (op_ != nullptr)
        op_->dropped(why_, outcome_);
    }
    void operator()() { std::exchange(op_, nullptr)->arrived(why_, outcome_); }

  private:
    waiting_op *op_;
    reason why_;
    wait_outcome outcome_;
  };

  void post(work_item &item) noexcept override {
    const auto why = is_cancellation(item) ? arrival::reason::cancelled
                                           : arrival::reason::woken;
    post_arrival(why, cancel_outcome());
  }
  bool runs_here() const noexcept override {
    return INTERLOCK_ASIO_ADAPTER::runs_here(*executor_);
  }
  void post_over(wait_outcome outcome) noexcept {
    post_arrival(arrival::reason::over, outcome);
  }
  /// Ends the program if Asio has no memory for it.
  void post_arrival(typename arrival::reason why,
                    wait_outcome outcome) noexcept {
    const counted alive(this); // it may arrive, and be over, before this ends
    net::post(*executor_, arrival(this, why, outcome));
    // release: pairs with shut_down().
    posted_.fetch_add(1, std::memory_order_release);
  }
  void complete(wait_outcome) noexcept override {} // see arrived()

  void arrived(typename arrival::reason why, wait_outcome outcome) {
    if (why == arrival::reason::woken) {
      ++arrived_; // before it may queue again
      const wake_up what = settle(outcome);
      if (what == wake_up::queued_again)
        return;
      if (what == wake_up::nobody_left)
        return drop_ref(); // the queue's
    }
    if (why == arrival::reason::cancelled && abandoned())
      return drop_ref(); // the cancellation's
    guard held;
    if (outcome == wait_outcome::acquired)
      held = deliver(lock, by_);
    // A stop and lateness are answers that were asked for: no guard. Only
    // Asio's own cancellation is an error.
    const bool aborted =
        outcome == wait_outcome::cancelled && !stop_.stop_requested();
    Handler handler = leave();
    if (why != arrival::reason::over)
      drop_ref(); // the queue's or the cancellation's
    drop_ref();   // the waiter's; the operation may be gone
    finish(handler, std::move(held), aborted);
  }

  static void finish(Handler &handler, guard held, bool aborted) {
    if constexpr (Limited) {
      std::optional<guard> result;
      if (held)
        result.emplace(std::move(held));
      const error_code error =
          aborted ? error_code(net::error::operation_aborted) : error_code();
      std::move(handler)(error, std::move(result));
    } else {
      std::move(handler)(std::move(held));
    }
  }

  void dropped(typename arrival::reason why, wait_outcome outcome) noexcept {
    abandon(); // a wake-up in flight is settled as nobody's
    if (why == arrival::reason::woken) {
      if (settle(outcome) == wake_up::queued_again)
        return abandon_handler();
    } else if (why == arrival::reason::over &&
               outcome == wait_outcome::acquired) {
      lock.release();
    }
    if (why != arrival::reason::over)
      drop_ref();
    abandon_handler();
  }

  void shut_down() noexcept override {
    const counted alive(this);
    if (give_up())
      return abandon_handler();
    // Somebody on another thread is about to post it: not to a context that is
    // gone. What is posted the context drops in a moment.
    while (posted_.load(std::memory_order_acquire) == arrived_)
      std::this_thread::yield();
  }

  /// Destroys the handler, which may destroy the coroutine that waits.
  void abandon_handler() noexcept {
    {
      [[maybe_unused]] Handler handler = leave();
    }
    drop_ref(); // the waiter's
  }

  /// Ends everything that could end the wait, and takes the handler out.
  Handler leave() noexcept {
    check_wait_over(this);
    parking_->leave(*this);
    disarm();
    on_stop_.reset();
    Handler handler = std::move(*handler_);
    handler_.reset();
    executor_.reset();
    return handler;
  }

  [[no_unique_address]] checked_acquisition by_;
  std::optional<Handler> handler_;
  std::optional<tracked_executor> executor_;
  parking *parking_ = nullptr;
  std::atomic<std::uint32_t> posted_{0}; ///< posts that have returned
  std::uint32_t arrived_ = 0; ///< wake-ups that came before the last one
  std::stop_token stop_;
  std::optional<std::stop_callback<canceller>> on_stop_;
};

/// Calls `handler` as if the operation had ended at once.
template <class Handler, class... Results>
void complete_now(Handler handler, Results... results) {
  if constexpr (resumes_awaitable<Handler>) {
    int &depth = inline_depth();
    if (depth < maximum_inline_depth) {
      ++depth;
      struct leave {
        int &depth;
        ~leave() { --depth; }
      } const on_exit{depth};
      return std::move(handler)(std::move(results)...);
    }
  }
  const auto ex = net::get_associated_executor(handler);
  net::post(ex, [handler = std::move(handler),
                 ... results = std::move(results)]() mutable {
    std::move(handler)(std::move(results)...);
  });
}

/// Under a test scheduler every acquisition comes through the executor first,
/// also of a lock that is free.
template <class Initiate, class Handler, class... Args>
bool choice_point(const Initiate &, Handler &handler, Args &...args) {
  if (current_test_scheduler() == nullptr)
    return false;
  const auto ex = net::get_associated_executor(handler);
  net::post(
      ex, [handler = std::move(handler), ... args = std::move(args)]() mutable {
        Initiate::attempt(std::move(handler), std::move(args)...);
      });
  return true;
}

struct initiate_lock {
  template <class Handler, class Target>
  void operator()(Handler &&handler, Target target, caller who) const {
    if (!choice_point(*this, handler, target, who))
      attempt(std::forward<Handler>(handler), std::move(target), who);
  }
  template <class Handler, class Target>
  static void attempt(Handler &&handler, Target target, caller who) {
    using handler_type = std::decay_t<Handler>;
    const checked_acquisition by = describe_op(handler, target, who);
    lock_ref lock;
    if (target.try_acquire(lock)) {
      check_before(by, nullptr);
      complete_now(handler_type(std::forward<Handler>(handler)),
                   deliver(lock, by));
    } else {
      waiting_op<handler_type, Target, false>::start(
          std::forward<Handler>(handler), std::move(target), {}, by);
    }
  }
};

struct initiate_limited_lock {
  template <class Handler, class Target>
  void operator()(Handler &&handler, Target target, wait_limits limits,
                  caller who) const {
    if (!choice_point(*this, handler, target, limits, who))
      attempt(std::forward<Handler>(handler), std::move(target),
              std::move(limits), who);
  }
  template <class Handler, class Target>
  static void attempt(Handler &&handler, Target target, wait_limits limits,
                      caller who) {
    using handler_type = std::decay_t<Handler>;
    const checked_acquisition by =
        with_limit(describe_op(handler, target, who));
    lock_ref lock;
    if (limits.stop.stop_requested()) {
      complete_now(handler_type(std::forward<Handler>(handler)), error_code(),
                   std::optional<guard>());
    } else if (target.try_acquire(lock)) {
      check_before(by, nullptr);
      complete_now(handler_type(std::forward<Handler>(handler)), error_code(),
                   std::optional<guard>(deliver(lock, by)));
    } else {
      waiting_op<handler_type, Target, true>::start(
          std::forward<Handler>(handler), std::move(target), std::move(limits),
          by);
    }
  }
};

/// Takes the locks of a list one after the other. It is the handler of each
/// single wait, with the executor of the handler it calls in the end.
template <class Handler, std::size_t N> struct multi_step {
  using executor_type = net::associated_executor_t<Handler>;
  executor_type get_executor() const noexcept {
    return net::get_associated_executor(handler);
  }

  void operator()(guard held) {
    set.slot(done++) = std::move(held);
    if (!take_free()) {
      any_target next = std::move(targets.items[done]);
      const auto by = describe(next, caller(), {}); // whose, is not told
      waiting_op<multi_step, any_target, false>::start(std::move(*this),
                                                       std::move(next), {}, by);
      return;
    }
    std::move(handler)(std::move(set));
  }
  bool take_free() {
    for (; done != targets.count; ++done) {
      lock_ref lock;
      if (!targets.items[done].try_acquire(lock))
        return false;
      set.slot(done) = guard_access::make(lock);
    }
    return true;
  }

  Handler handler;
  target_list<N> targets;
  guard_set<N> set{};
  std::size_t done = 0;
};

struct initiate_multi_lock {
  template <class Handler, std::size_t N>
  void operator()(Handler &&handler, target_list<N> targets) const {
    if (!choice_point(*this, handler, targets))
      attempt(std::forward<Handler>(handler), std::move(targets));
  }
  template <class Handler, std::size_t N>
  static void attempt(Handler &&handler, target_list<N> targets) {
    using handler_type = std::decay_t<Handler>;
    multi_step<handler_type, N> step{std::forward<Handler>(handler),
                                     std::move(targets)};
    if (step.take_free()) {
      complete_now(std::move(step.handler), std::move(step.set));
    } else {
      any_target next = std::move(step.targets.items[step.done]);
      const auto by = describe(next, caller(), {}); // whose, is not told
      waiting_op<multi_step<handler_type, N>, any_target, false>::start(
          std::move(step), std::move(next), {}, by);
    }
  }
};

} // namespace INTERLOCK_ASIO_ADAPTER

// Found by argument-dependent lookup from the operations' call operators.

template <class Target, class Token>
auto asio_initiate(INTERLOCK_ASIO_TAG, lock_op<Target> &&op, Token &&token)
    -> decltype(INTERLOCK_ASIO::async_initiate<Token, void(guard)>(
        std::declval<INTERLOCK_ASIO_ADAPTER::initiate_lock>(), token,
        std::declval<Target>(), std::declval<caller>())) {
  return INTERLOCK_ASIO::async_initiate<Token, void(guard)>(
      INTERLOCK_ASIO_ADAPTER::initiate_lock{}, token,
      std::move(asio_access::target(op)), caller(asio_access::who(op)));
}

template <class Target, class Token>
auto asio_initiate(INTERLOCK_ASIO_TAG, limited_lock_op<Target> &&op,
                   Token &&token)
    -> decltype(INTERLOCK_ASIO::async_initiate<
                Token, void(INTERLOCK_ASIO_ERROR_CODE, std::optional<guard>)>(
        std::declval<INTERLOCK_ASIO_ADAPTER::initiate_limited_lock>(), token,
        std::declval<Target>(), std::declval<wait_limits>(),
        std::declval<caller>())) {
  return INTERLOCK_ASIO::async_initiate<Token, void(INTERLOCK_ASIO_ERROR_CODE,
                                                    std::optional<guard>)>(
      INTERLOCK_ASIO_ADAPTER::initiate_limited_lock{}, token,
      std::move(asio_access::target(op)), std::move(asio_access::limits(op)),
      caller(asio_access::who(op)));
}

template <std::size_t N, class Token>
auto asio_initiate(INTERLOCK_ASIO_TAG, multi_lock_op<N> &&op, Token &&token)
    -> decltype(INTERLOCK_ASIO::async_initiate<Token, void(guard_set<N>)>(
        std::declval<INTERLOCK_ASIO_ADAPTER::initiate_multi_lock>(), token,
        std::declval<target_list<N>>())) {
  return INTERLOCK_ASIO::async_initiate<Token, void(guard_set<N>)>(
      INTERLOCK_ASIO_ADAPTER::initiate_multi_lock{}, token,
      std::move(asio_access::targets(op)));
}

} // namespace detail
INTERLOCK_NAMESPACE_END
