// Waiting on a thread.
#pragma once

#include <interlock/contract.hpp>
#include <interlock/detail/awaiters.hpp>

#include <chrono>
#include <new>
#include <optional>
#include <stop_token>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

/// The calling thread as an executor: it runs what is posted to it while it
/// blocks. Parkers are never freed, only reused, so a waker may still touch one
/// whose thread has moved on.
class thread_parker : public executor {
public:
  /// Of the calling thread.
  static thread_parker &mine();
  /// Blocks until an item was posted and runs it.
  void run_one() noexcept;

protected:
  ~thread_parker() = default;
};

template <class Target> class thread_wait : public waiter {
public:
  static guard acquire(Target &target) noexcept {
    if (current_test_scheduler() != nullptr)
      contract_violation(nullptr, "a blocking acquisition under a test "
                                  "scheduler would block the scheduler");
    lock_ref free_lock;
    if (target.try_acquire(free_lock))
      return guard_access::make(free_lock);
    thread_parker &parker = thread_parker::mine();
    thread_wait wait;
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
    self->done_ = self->stage == wait_stage::granted ||
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
guard block_and_check(Target &target, const acquisition &who) noexcept {
  check_before(who);
  guard held = thread_wait<Target>::acquire(target);
  check_acquired(who, guard_access::lock(held));
  return held;
}

template <class Target>
guard block_on(Target &target, std::source_location where) noexcept {
  if constexpr (checks_enabled)
    return block_and_check(target, describe(target, thread_identity(), where));
  else
    return thread_wait<Target>::acquire(target);
}

template <class Target>
std::optional<guard> block_on(Target &target, const wait_limits &limits) {
  if (limits.stop.stop_requested())
    return std::nullopt;
  lock_ref free_lock;
  if (target.try_acquire(free_lock))
    return guard_access::make(free_lock);
  thread_parker &parker = thread_parker::mine();
  auto *wait =
      new (pool_allocate(sizeof(limited_thread_wait))) limited_thread_wait();
  wait->ex = &parker;
  std::optional<guard> result;
  {
    if (limits.deadline)
      wait->arm_deadline(*limits.deadline);
    const auto cancel = [wait]() noexcept {
      wait->cancel(wait_outcome::cancelled);
    };
    std::stop_callback on_stop(limits.stop, cancel);
    const wait_begin begun = begin_wait(*wait, target);
    if (begun == wait_begin::queued)
      while (!wait->done)
        parker.run_one();
    if (begun == wait_begin::acquired || wait->acquired)
      result = guard_access::make(wait->lock);
  }
  wait->disarm();
  wait->drop_ref();
  return result;
}

} // namespace detail
INTERLOCK_NAMESPACE_END
