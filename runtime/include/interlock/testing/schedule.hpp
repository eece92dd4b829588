// One run of a test under a schedule: the executor on which its tasks run.
#pragma once

#if !defined(INTERLOCK_CHECKED)
#error "link interlock::testing: the explorer needs the checked runtime"
#endif

#include <interlock/detail/shared_wait.hpp>
#include <interlock/detail/test_hook.hpp>
#include <interlock/testing/detail/driver.hpp>
#include <interlock/testing/detail/engine.hpp>

#include <array>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {

/// What a task waits for.
enum class point : std::uint8_t {
  start,     ///< its first step
  acquire,   ///< its turn to try a lock
  queued,    ///< a lock that somebody else holds
  granted,   ///< its turn, with a lock that was handed to it
  woken,     ///< its turn, to compete for a lock
  cancelled, ///< its turn, with a wait that was cancelled or timed out
  yield,     ///< its turn
  io,        ///< something outside: it happens at any time
  sleep,     ///< the virtual clock
  posted,    ///< its turn; posted by code the explorer does not know
};

/// Names a task of one schedule.
enum class task_id : std::uint32_t {};

/// One run of a test. The body of the test makes its state, spawns tasks, calls
/// `run()` and checks the outcome:
///
///     explore([](schedule &s) {
///       account a{100};
///       s.spawn("first", [&] { return a.withdraw(80); });
///       s.spawn("second", [&] { return a.withdraw(80); });
///       s.always("never overdrawn", [&] { return a.balance >= 0; });
///       s.run();
///       s.check(a.balance == 20, "one withdrawal succeeds");
///     });
///
/// It is called once per schedule and must behave the same way each time: no
/// clock, no random numbers, no state kept between calls. Everything happens on
/// one thread. Between two choice points a task runs undisturbed.
class schedule final : public interlock::detail::test_scheduler {
public:
  /// Tasks, and other strands of execution, that may wait at the same time.
  static constexpr std::size_t maximum_actors = 60;

  schedule(const schedule &) = delete;
  schedule &operator=(const schedule &) = delete;

  /// Adds a task: something to await, a callable that returns something to
  /// await (any coroutine type), or a plain callable, which is one step. It
  /// begins when `run()` picks it. An exception that leaves it is a failure.
  template <class Work> task_id spawn(std::string_view name, Work &&work) {
    const unsigned id = add_task(name);
    set_driver(id, detail::drive<std::decay_t<Work>>(*this, id,
                                                     std::forward<Work>(work)));
    return task_id{id};
  }

  /// Runs all tasks to their end. Returns false, and the schedule has failed,
  /// if tasks are left that nothing can resume; their frames are destroyed. So
  /// they are, and `check` does nothing any more, when the schedule is too
  /// long.
  bool run();

  /// The outcome of the test: if `ok` is false, the schedule has failed. Only
  /// the first failure of a schedule counts.
  void check(bool ok, std::string_view what);

  /// Must hold after every step of every task.
  template <class Predicate>
  void always(std::string_view what, Predicate predicate) {
    invariants_.push_back({std::string(what), std::move(predicate)});
  }

  /// Shows the value of `read()` in the report, whenever it changes. It costs
  /// nothing in schedules that are not reported.
  template <class Read> void watch(std::string_view name, Read read) {
    if (tracing())
      add_watch(std::string(name), [read] { return detail::text_of(read()); });
  }

  /// A number below `n`, explored for all its values.
  unsigned choose(unsigned n, std::string_view what = "choice");
  /// A failure of the outside world: true in one schedule, false in another.
  bool fails(std::string_view what) { return choose(2, what) != 0; }

  /// Destroys the frame of a task that waits, or has not begun or is over. Not
  /// from inside that task.
  void destroy(task_id task);
  bool finished(task_id task) const;
  /// True if the task is in the queue of a lock.
  bool queued(task_id task) const noexcept;

  /// The virtual clock. It moves only when a sleeping task wakes.
  std::chrono::nanoseconds now() noexcept;
  /// Adds a line to the report.
  void note(std::string_view text);
  /// True in the run whose report is printed.
  bool tracing() const noexcept { return trace_ != nullptr; }
  /// The task that runs now.
  task_id current_task() const noexcept {
    return task_id{actors_[current_].task};
  }

  /// The schedule that runs on this thread, or null.
  static schedule *current() noexcept;

  // For awaitables of the explorer:
  /// The running task suspends; `item` continues it.
  void suspend(work_item &item, point kind, const char *label,
               const std::source_location &where,
               std::chrono::nanoseconds delay = {}) noexcept;
  /// Something to run for `task`, from any step. It may touch anything.
  void post_for(task_id task, work_item &item) noexcept;
  /// The running step reads or writes the object at `address`.
  void observe(const void *address, bool writes) noexcept;

  // interlock::executor:
  void post(work_item &item) noexcept override;
  bool remove(work_item &item) noexcept override;
  bool runs_here() const noexcept override;

private:
  friend class detail::runner;
  friend struct detail::driver;
  using mask = std::uint64_t;

  /// A strand of execution that can be picked: a task, or a part of one that
  /// runs beside it (`when_all`).
  struct actor {
    work_item *item = nullptr;                    ///< to run when it is picked
    interlock::detail::waiter *waiting = nullptr; ///< queued in a lock
    interlock::detail::shared_wait *deadline = nullptr;
    std::source_location where;
    const char *label = nullptr;
    std::int64_t due = 0;
    std::uint32_t task = 0;
    std::uint32_t lane = 0; ///< of the report
    point kind = point::start;
    bool used = false;
    interlock::detail::lock_ref lock; ///< where it queues
  };
  struct task : work_item { ///< the item is its first step
    std::coroutine_handle<> frame;
    std::exception_ptr error;
    std::string name;
    bool done = false;
  };
  struct invariant {
    std::string what;
    std::function<bool()> holds;
  };
  struct watched {
    std::string name;
    std::function<std::string()> read;
    std::string last;
  };

  schedule() = default;
  ~schedule();
  void reset(detail::chooser &chooser, const detail::run_limits &limits,
             detail::trace *trace);

  unsigned add_task(std::string_view name);
  void set_driver(unsigned id, std::coroutine_handle<> frame) noexcept;
  void finish_task(unsigned id) noexcept;
  void fail_task(unsigned id, std::exception_ptr error) noexcept;

  unsigned take_actor(unsigned task) noexcept;
  unsigned actor_for_suspension() noexcept;
  mask enabled() const noexcept;
  void step(unsigned picked);
  void check_invariants();
  void fail(detail::failure_kind kind, std::string what);
  void report_stuck();
  static bool waits_for_holder(const actor &a) noexcept;
  void destroy_frames() noexcept;
  void touch(const void *owner, std::uint64_t key, bool writes) noexcept;
  std::uint32_t add_lane(std::string name);
  void trace_line(std::string text, const std::source_location *where);
  void trace_step(unsigned picked, bool deadline);
  void trace_watches();
  void add_watch(std::string name, std::function<std::string()> read);
  void trace_suspension(const actor &a);
  void trace_lock(interlock::detail::sync_event event,
                  const interlock::detail::lock_ref &lock);
  void trace_stuck();
  std::string lock_text(const interlock::detail::lock_ref &lock);

  void before_acquire(const void *owner, std::uint64_t key_hash,
                      work_item &attempt,
                      const std::source_location &where) noexcept override;
  void on_try(const void *owner, std::uint64_t key_hash) noexcept override;
  void forget(work_item &item) noexcept override;
  void add_deadline(interlock::detail::shared_wait &wait) noexcept override;
  void remove_deadline(interlock::detail::shared_wait &wait) noexcept override;
  void on_event(interlock::detail::sync_event event,
                const interlock::detail::lock_ref &lock) noexcept override;

  detail::chooser *chooser_ = nullptr;
  detail::trace *trace_ = nullptr;
  detail::run_limits limits_;
  std::array<actor, maximum_actors> actors_;
  std::array<task, maximum_actors> tasks_;
  unsigned actor_count_ = 0;
  unsigned task_count_ = 0;
  unsigned current_ = 0;
  unsigned last_ = 0;
  work_item *running_ = nullptr;
  bool inside_step_ = false;
  bool runs_waiter_ = false;    ///< `running_` waits for a lock
  bool queued_in_step_ = false; ///< the step did nothing but join a queue
  bool ran_all_ = true;
  mask ready_ = 0;
  mask sleeping_ = 0;
  mask timed_ = 0;
  std::int64_t now_ = 0;
  std::uint64_t steps_ = 0;
  detail::footprint footprint_;
  detail::object_table objects_;
  std::vector<invariant> invariants_;
  std::vector<watched> watches_;
  detail::run_result result_;
};

} // namespace testing
INTERLOCK_NAMESPACE_END
