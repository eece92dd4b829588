// Waiting on a thread.
#pragma once

#include <interlock/contract.hpp>
#include <interlock/detail/awaiters.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <optional>
#include <stop_token>
#include <thread>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

/// The calling thread as an executor, for as long as it blocks: on its stack,
/// so that blocking cannot run out of memory.
class thread_parker final : public executor {
public:
  thread_parker() noexcept : thread_(std::this_thread::get_id()) {}
  thread_parker(const thread_parker &) = delete;
  thread_parker &operator=(const thread_parker &) = delete;
  ~thread_parker() = default;

  void post(work_item &item) noexcept override;
  bool runs_here() const noexcept override {
    return thread_ == std::this_thread::get_id();
  }
  /// Blocks until an item was posted and runs it.
  void run_one() noexcept;

private:
  std::mutex lock_;
  std::condition_variable arrived_;
  work_item *item_ = nullptr; ///< of one wait there is never more than one
  const std::thread::id thread_;
};

template <class Target> class thread_wait : public waiter {
public:
  static guard acquire(Target &target) noexcept(nothrow<Target>) {
    return acquire(target, [] {});
  }
  /// Calls `before_waiting` if it has to.
  template <class Before>
  static guard acquire(Target &target,
                       Before before_waiting) noexcept(nothrow<Target>) {
    if (current_test_scheduler() != nullptr)
      contract_violation(nullptr, "a blocking acquisition under a test "
                                  "scheduler would block the scheduler");
    lock_ref free_lock;
    if (target.try_acquire(free_lock))
      return guard_access::make(free_lock);
    before_waiting();
    thread_parker parker;
    thread_wait wait;
    wait.prepare(wait_kind::posted);
    wait.ex = &parker;
    wait.run = &thread_wait::on_woken;
    if (!target.acquire_or_enqueue(wait))
      while (!wait.done_)
        parker.run_one();
    return guard_access::make(wait.lock);
  }

private:
  static void on_woken(work_item *item) noexcept {
    auto *self = static_cast<thread_wait *>(item);
    self->done_ = self->now.stage == wait_stage::granted ||
                  self->lock.compete(*self) == competition::won;
  }
  bool done_ = false;
};

struct limited_thread_wait final : shared_wait {
  limited_thread_wait() noexcept
      : shared_wait(this, sizeof(limited_thread_wait)) {}
  void complete(wait_outcome outcome) noexcept override {
    acquired = outcome == wait_outcome::acquired;
    done = true;
  }
  bool done = false;
  bool acquired = false;
};

/// A function of its own, so that the guard is returned without a move.
template <class Target>
guard block_and_check(Target &target,
                      const acquisition &who) noexcept(nothrow<Target>) {
  check_before(who, &who);
  guard held = thread_wait<Target>::acquire(
      target, [&] { check_blocking(who, target.default_executor()); });
  check_wait_over(&who);
  check_acquired(who, guard_access::lock(held));
  return held;
}

template <class Target>
guard block_on(Target &target, std::source_location where,
               [[maybe_unused]] caller who) noexcept(nothrow<Target>) {
  if constexpr (checks_enabled) {
    who.is_this_thread();
    return block_and_check(target, describe(target, who, where));
  } else {
    return thread_wait<Target>::acquire(target);
  }
}

/// The lock, or null if stopped or late.
template <class Target>
lock_ref wait_on_thread(Target &target, const wait_limits &limits,
                        const checked_acquisition &who) {
  lock_ref free_lock;
  if (target.try_acquire(free_lock))
    return free_lock;
  check_blocking(who, target.default_executor());
  thread_parker parker;
  auto *wait =
      new (pool_allocate(sizeof(limited_thread_wait))) limited_thread_wait();
  wait->ex = &parker;
  struct at_end {
    limited_thread_wait &wait;
    bool queued = false;
    ~at_end() {
      wait.disarm();
      if (!queued)
        wait.drop_ref(); // the queue's
      wait.drop_ref();
    }
  } end{*wait};
  if (limits.deadline)
    wait->arm_deadline(*limits.deadline);
  const auto cancel = [wait]() noexcept {
    wait->cancel(wait_outcome::cancelled);
  };
  std::stop_callback on_stop(limits.stop, cancel);
  const wait_begin begun = begin_wait(*wait, target);
  end.queued = true; // or its count is gone already
  if (begun == wait_begin::queued)
    while (!wait->done)
      parker.run_one();
  if (begun == wait_begin::acquired || wait->acquired)
    return wait->lock;
  return {};
}

template <class Target>
std::optional<guard> block_on(Target &target, const wait_limits &limits,
                              std::source_location where, caller who) {
  std::optional<guard> held; // returned as it is, not moved
  if (limits.stop.stop_requested())
    return held;
  who.is_this_thread();
  const checked_acquisition acquisition =
      with_limit(describe(target, who, where));
  check_before(acquisition, &acquisition);
  struct at_end {
    const void *wait;
    ~at_end() { check_wait_over(wait); }
  } const end{&acquisition};
  if (const lock_ref lock = wait_on_thread(target, limits, acquisition)) {
    held.emplace(guard_access::make(lock));
    check_acquired(acquisition, lock); // after the move into the optional
  }
  return held;
}

} // namespace detail
INTERLOCK_NAMESPACE_END
