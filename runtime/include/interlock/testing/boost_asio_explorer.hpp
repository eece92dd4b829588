// The explorer for `boost::asio::awaitable` coroutines.
//
//     explore([](schedule &s) {
//       account a;
//       asio_loop loop{s};
//       loop.spawn("first", [&] { return a.withdraw(80); });
//       loop.spawn("second", [&] { return a.withdraw(80); });
//       s.run();
//     });
//
// Every handler that reaches the loop's executor is a step of its own. Replace
// sockets and timers by `co_await asio_io("name")`: what waits for the
// operating system is unknown to the explorer, and looks like a task that is
// never resumed. A deadlock of such coroutines is reported as a lost wake-up,
// since Asio does not say what they wait for.
#pragma once

#include <interlock/boost_asio.hpp>
#include <interlock/testing/explorer.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <coroutine>
#include <exception>
#include <string_view>
#include <utility>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {

/// An execution context whose handlers run when the schedule picks them. Make
/// one in the body of the test, after the state that its tasks use: it destroys
/// what is left of them.
class asio_loop : public boost::asio::execution_context {
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

    boost::asio::execution_context &
    query(boost::asio::execution::context_t) const noexcept {
      return *loop_;
    }
    static constexpr boost::asio::execution::blocking_t
    query(boost::asio::execution::blocking_t) noexcept {
      return boost::asio::execution::blocking.never;
    }
    executor_type
    require(boost::asio::execution::blocking_t::never_t) const noexcept {
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
      boost::asio::co_spawn(executor_type(loop, loop.schedule_.current_task()),
                            work(),
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
inline boost::asio::awaitable<void> asio_io(const char *what) {
  note(std::string("waits for ") + what);
  co_await boost::asio::post(boost::asio::use_awaitable);
  note(std::string("continues after ") + what);
}

} // namespace testing
INTERLOCK_NAMESPACE_END
