// The explorer for Asio, written once for Boost.Asio and the standalone Asio.
// Included by <interlock/testing/boost_asio_explorer.hpp> and
// <interlock/testing/asio_explorer.hpp>; asio_adapter.ipp says what they
// define.

INTERLOCK_NAMESPACE_BEGIN
namespace testing {
inline namespace INTERLOCK_ASIO_ADAPTER {

/// An execution context whose handlers run when the schedule picks them. Make
/// one in the body of the test, after the state that its tasks use: it destroys
/// what is left of them.
class asio_loop : public INTERLOCK_ASIO::execution_context {
public:
  explicit asio_loop(testing::schedule &s) noexcept : schedule_(s) {}
  ~asio_loop() {
    shutdown();                           // destroys what waits for locks
    while (posted *const item = first_) { // and what that let go on
      schedule_.remove(*item);
      delete item;
    }
    destroy();
  }

  /// Runs handlers for one task; what `any_io_executor` wants.
  class executor_type {
  public:
    executor_type(asio_loop &loop, task_id task) noexcept
        : loop_(&loop), task_(task) {}

    INTERLOCK_ASIO::execution_context &
    query(INTERLOCK_ASIO::execution::context_t) const noexcept {
      return *loop_;
    }
    static constexpr INTERLOCK_ASIO::execution::blocking_t
    query(INTERLOCK_ASIO::execution::blocking_t) noexcept {
      return INTERLOCK_ASIO::execution::blocking.never;
    }
    executor_type
    require(INTERLOCK_ASIO::execution::blocking_t::never_t) const noexcept {
      return *this;
    }

    template <class Function> void execute(Function function) const {
      auto *const item =
          new posted_function<Function>(*loop_, std::move(function));
      loop_->schedule_.post_for(task_, *item);
    }

    bool operator==(const executor_type &) const noexcept = default;

  private:
    asio_loop *loop_;
    task_id task_;
  };

  /// Adds a task: a callable that returns an `awaitable`.
  template <class Work> task_id spawn(std::string_view name, Work work) {
    return schedule_.spawn(name, [this, work = std::move(work)]() mutable {
      return completion<Work>{*this, std::move(work), {}, {}};
    });
  }

private:
  /// A handler on its way; the loop knows those that have not run.
  struct posted : work_item {
    explicit posted(asio_loop &l) : loop(l), next_posted(l.first_) {
      if (next_posted != nullptr)
        next_posted->previous = this;
      l.first_ = this;
    }
    posted(const posted &) = delete;
    virtual ~posted() {
      if (next_posted != nullptr)
        next_posted->previous = previous;
      (previous != nullptr ? previous->next_posted : loop.first_) = next_posted;
    }
    asio_loop &loop;
    posted *previous = nullptr;
    posted *next_posted;
  };
  template <class Function> struct posted_function final : posted {
    posted_function(asio_loop &l, Function f)
        : posted(l), function(std::move(f)) {
      this->run = [](work_item *item) noexcept {
        auto *const self = static_cast<posted_function *>(item);
        Function call = std::move(self->function);
        delete self;
        std::move(call)();
      };
    }
    Function function;
  };

  /// Awaited by the task's driver: starts the work and waits for its end.
  template <class Work> struct completion {
    asio_loop &loop;
    Work work;
    std::exception_ptr error;
    std::coroutine_handle<> handle;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) {
      handle = h;
      INTERLOCK_ASIO::co_spawn(
          executor_type(loop, loop.schedule_.current_task()), work(),
          [this](std::exception_ptr e, const auto &...) {
            error = std::move(e);
            handle.resume();
          });
    }
    void await_resume() {
      if (error)
        std::rethrow_exception(error);
    }
  };

  testing::schedule &schedule_;
  posted *first_ = nullptr;
};

/// `io` for `awaitable`s: an operation that completes at any later time.
inline INTERLOCK_ASIO::awaitable<void> asio_io(const char *what) {
  note(std::string("waits for ") + what);
  co_await INTERLOCK_ASIO::post(INTERLOCK_ASIO::use_awaitable);
  note(std::string("continues after ") + what);
}

} // namespace INTERLOCK_ASIO_ADAPTER
} // namespace testing
INTERLOCK_NAMESPACE_END
