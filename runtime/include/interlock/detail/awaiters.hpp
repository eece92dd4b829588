// How a coroutine waits for a lock.
#pragma once

#include <interlock/detail/check_hooks.hpp>
#include <interlock/detail/shared_wait.hpp>
#include <interlock/detail/targets.hpp>
#include <interlock/detail/test_hook.hpp>
#include <interlock/guard.hpp>

#include <chrono>
#include <coroutine>
#include <new>
#include <optional>
#include <source_location>
#include <stop_token>
#include <utility>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

/// Deals with a frame destroyed while its awaiter waits: takes the waiter out
/// of the queue, or passes the lock on if it was granted already.
void abandon_waiter(waiter &w) noexcept;

/// Acquiring `Target` cannot fail.
template <class Target>
inline constexpr bool nothrow = noexcept(
    std::declval<Target &>().acquire_or_enqueue(std::declval<waiter &>()));

/// Where an awaiter keeps its target. A mutex is named by the waiter already,
/// and every store counts on the way from one holder to the next.
template <class Target> struct awaiter_target {
  awaiter_target(Target target, waiter &) noexcept
      : target_(std::move(target)) {}
  Target &of(waiter &) noexcept { return target_; }
  bool try_acquire(waiter &w) { return target_.try_acquire(w.lock); }
  bool enqueue(waiter &w) { return target_.acquire_or_enqueue(w); }
  bool enqueue_plain(waiter &w) { return enqueue(w); }
  Target take(waiter &) noexcept { return std::move(target_); }
  lock_ref held(const waiter &w) const noexcept { return w.lock; }
  static constexpr bool is_plain(const waiter &) noexcept { return false; }

private:
  Target target_;
};
template <> struct awaiter_target<mutex_target> {
  awaiter_target(mutex_target target, waiter &w) noexcept {
    w.lock = lock_ref{target.m, nullptr};
  }
  mutex_target of(waiter &w) const noexcept { return {&m(w)}; }
  bool try_acquire(waiter &w) const noexcept { return m(w).try_lock(); }
  bool enqueue(waiter &w) const noexcept { return m(w).lock_or_enqueue(w); }
  bool enqueue_plain(waiter &w) const noexcept {
    return m(w).lock_or_enqueue_plain(w);
  }
  mutex_target take(waiter &w) const noexcept { return of(w); }
  static bool is_plain(const waiter &w) noexcept {
    return current_test_scheduler() == nullptr && m(w).is_plain(w);
  }
  // Not the pair as a whole: a wide load just after two narrow stores stalls.
  lock_ref held(const waiter &w) const noexcept {
    return {w.lock.owner, nullptr};
  }

private:
  static mutex &m(const waiter &w) noexcept {
    return *static_cast<mutex *>(w.lock.owner);
  }
};

/// Waits without limit. The node is this object, in the coroutine's frame.
template <class Target> class lock_awaiter : waiter {
public:
  lock_awaiter(Target target, executor *via, caller who) noexcept
      : target_(std::move(target), *this), who_(who) {
    ex = via;
  }
  /// Before the wait begins it may be moved.
  lock_awaiter(lock_awaiter &&other) noexcept
      : lock_awaiter(other.target_.take(other), other.ex, other.who_) {}
  ~lock_awaiter() {
    check_wait_over(this);
    if (now.parked) [[unlikely]]
      abandon_waiter(*this);
  }

  // The compiler passes the place of the co_await.
  bool
  await_ready(std::source_location where =
                  std::source_location::current()) noexcept(nothrow<Target>) {
    if constexpr (checks_enabled) {
      where_ = where;
      return false; // only await_suspend learns whose frame it is
    } else {
      return target_.try_acquire(*this);
    }
  }

  INTERLOCK_ANY_PROMISE
  bool
  await_suspend(INTERLOCK_HANDLE coroutine,
                std::source_location where =
                    std::source_location::current()) noexcept(nothrow<Target>) {
    handle = coroutine;
    if constexpr (checks_enabled) {
      who_.is(coroutine);
      check_before(describe(target_.of(*this), who_, where_), this);
    }
    if (!target_.is_plain(*this))
      return suspend_slow(where);
    prepare(wait_kind::direct);
    return !target_.enqueue_plain(*this); // as below
  }

  guard await_resume() noexcept {
    now.parked = false;
    test_event(sync_event::acquired, lock);
    if constexpr (checks_enabled) {
      check_wait_over(this);
      check_acquired(describe(target_.of(*this), who_, where_), lock);
    }
    return guard_access::make(target_.held(*this));
  }

private:
  /// Out of the way: what is short is worth inlining into coroutines.
  INTERLOCK_NOINLINE bool
  suspend_slow(std::source_location where) noexcept(nothrow<Target>) {
    if (ex == nullptr)
      ex = target_.of(*this).default_executor();
    if (test_scheduler *scheduler = current_test_scheduler()) {
      const auto target = target_.of(*this);
      prepare(wait_kind::posted);
      now.stage = wait_stage::untried;
      ex = scheduler;
      run = &lock_awaiter::attempt;
      scheduler->before_acquire(target.owner(), target.key_hash(), *this,
                                where);
      return true;
    }
    if (ex == nullptr) {
      prepare(wait_kind::direct);
    } else {
      prepare(wait_kind::posted);
      run = &lock_awaiter::on_woken;
    }
    // If it queues, it may be resumed already: nothing of it is touched.
    INTERLOCK_TRY { return !target_.enqueue(*this); }
    INTERLOCK_CATCH_ALL {
      now.parked = false;
      INTERLOCK_RETHROW;
    }
    return false;
  }

  static void on_woken(work_item *item) noexcept {
    auto *self = static_cast<lock_awaiter *>(item);
    if (self->now.stage == wait_stage::woken &&
        self->lock.compete(*self) != competition::won)
      return;
    self->handle.resume();
  }
  static void attempt(work_item *item) noexcept {
    auto *self = static_cast<lock_awaiter *>(item);
    self->now.stage = wait_stage::queued;
    self->run = &lock_awaiter::on_woken;
    if (self->target_.enqueue(*self))
      self->handle.resume();
    else
      test_event(sync_event::wait, self->lock);
  }

  [[no_unique_address]] awaiter_target<Target> target_;
  [[no_unique_address]] checked_location where_;
  [[no_unique_address]] caller who_;
};

using wait_deadline = std::optional<std::chrono::steady_clock::time_point>;

/// Limits of a wait.
struct wait_limits {
  wait_deadline deadline;
  std::stop_token stop;
};

enum class wait_begin : std::uint8_t { queued, acquired, cancelled };

/// Queues a shared wait whose limits are set. If that fails, the queue's count
/// on the wait is still there. After `queued` it is on its own:
/// it may have ended already, so nothing of the waiting coroutine is touched
/// from the moment it can be cancelled; hence the target by value.
template <class Target>
wait_begin begin_wait(shared_wait &wait,
                      Target target) noexcept(nothrow<Target>) {
  wait.counts = target.counting_ref();
  if (!wait.unclaim()) { // cancelled while the limits were set
    wait.note_cancelled();
    wait.drop_ref(); // the queue's
    return wait_begin::cancelled;
  }
  INTERLOCK_TRY {
    if (!target.acquire_or_enqueue(wait))
      return wait_begin::queued;
  }
  INTERLOCK_CATCH_ALL {
    if (wait.claim())
      INTERLOCK_RETHROW;
    drop_from_queue(wait); // cancelled just now, and resumed by that
    return wait_begin::queued;
  }
  const lock_ref lock = wait.lock;
  if (wait.claim()) {
    wait.now.stage = wait_stage::granted;
    wait.drop_ref(); // the queue's
    return wait_begin::acquired;
  }
  drop_from_queue(wait); // cancelled just now, and resumed by that
  lock.give_back();
  return wait_begin::queued;
}

/// Waits until granted, stopped or late; gives a guard in the first case.
template <class Target> class limited_awaiter {
public:
  limited_awaiter(Target target, executor *via, wait_limits limits,
                  caller who) noexcept
      : target_(std::move(target)), via_(via), limits_(std::move(limits)),
        who_(who) {}
  limited_awaiter(limited_awaiter &&other) noexcept
      : limited_awaiter(std::move(other.target_), other.via_,
                        std::move(other.limits_), other.who_) {}
  ~limited_awaiter() {
    check_wait_over(this);
    stop_callback_.reset();
    if (wait_ != nullptr) {
      wait_->disarm();
      // Once it is done, whoever queued it may still be writing to it.
      if (!done_) {
        // Only under a test scheduler may it not have been tried; elsewhere the
        // holder may be writing the stage at this moment.
        if (current_test_scheduler() != nullptr &&
            wait_->now.stage == wait_stage::untried) {
          wait_->ex->remove(*wait_);
          wait_->drop_ref(); // the queue's, which it never was in
        } else {
          test_forget(*wait_);
          wait_->abandon();
        }
      }
      wait_->drop_ref();
    }
  }

  bool await_ready() noexcept(nothrow<Target>) {
    if (limits_.stop.stop_requested())
      return true; // refused, also when the lock is free
    if constexpr (checks_enabled)
      return false; // only await_suspend learns whose frame it is
    return current_test_scheduler() == nullptr && target_.try_acquire(lock_);
  }

  INTERLOCK_ANY_PROMISE
  bool
  await_suspend(INTERLOCK_HANDLE handle,
                std::source_location where = std::source_location::current()) {
    if constexpr (checks_enabled) {
      who_.is(handle);
      acquisition_ = with_limit(describe(target_, who_, where));
      check_before(acquisition_, this);
    }
    wait_ = new (pool_allocate(sizeof(node))) node(this, handle);
    node &wait = *wait_;
    wait.ex = via_ != nullptr ? via_ : target_.default_executor();
    if (test_scheduler *scheduler = current_test_scheduler()) {
      wait.ex = scheduler;
      wait.now.stage = wait_stage::untried;
      wait.run = &node::attempt;
      scheduler->before_acquire(target_.owner(), target_.key_hash(), wait,
                                where);
      return true;
    }
    return !begin(wait);
  }

  std::optional<guard> await_resume() noexcept {
    std::optional<guard> held; // returned as it is, not moved
    check_wait_over(this);
    if (lock_) {
      test_event(sync_event::acquired, lock_);
      held.emplace(guard_access::make(lock_));
      if constexpr (checks_enabled)
        check_acquired(acquisition_, lock_); // after the move into the optional
      lock_ = {};
    }
    return held;
  }

private:
  struct node final : shared_wait {
    node(limited_awaiter *awaiter, std::coroutine_handle<> handle) noexcept
        : shared_wait(this, sizeof(node)), awaiter_(awaiter), handle_(handle) {}

    void complete(wait_outcome outcome) noexcept override {
      awaiter_->done_ = true;
      if (outcome == wait_outcome::acquired)
        awaiter_->lock_ = lock;
      handle_.resume();
    }
    static void attempt(work_item *item) noexcept {
      auto *self = static_cast<node *>(item);
      self->now.stage = wait_stage::queued;
      self->wait_for_lock();
      self->add_ref(); // the coroutine may finish while we are here
      if (self->awaiter_->begin(*self))
        self->handle_.resume();
      else
        test_event(sync_event::wait, self->lock);
      self->drop_ref();
    }

  private:
    limited_awaiter *awaiter_;
    std::coroutine_handle<> handle_;
  };

  struct on_stop {
    shared_wait *wait;
    void operator()() const noexcept { wait->cancel(wait_outcome::cancelled); }
  };

  /// True if the wait is over at once; else this object may be gone.
  bool begin(node &wait) {
    INTERLOCK_TRY {
      if (wait.ex == nullptr)
        start_service(); // where a cancellation resumes it
      if (limits_.deadline)
        wait.arm_deadline(*limits_.deadline);
      if (limits_.stop.stop_possible())
        stop_callback_.emplace(limits_.stop, on_stop{&wait});
      if (begin_wait(wait, std::move(target_)) == wait_begin::queued)
        return false;
    }
    INTERLOCK_CATCH_ALL {
      done_ = true;
      wait.drop_ref(); // the queue's
      INTERLOCK_RETHROW;
    }
    if (wait.now.stage == wait_stage::granted)
      lock_ = wait.lock;
    done_ = true;
    return true;
  }

  Target target_;
  executor *via_;
  wait_limits limits_;
  lock_ref lock_;
  node *wait_ = nullptr;
  bool done_ = false;
  std::optional<std::stop_callback<on_stop>> stop_callback_;
  [[no_unique_address]] caller who_;
  [[no_unique_address]] checked_acquisition acquisition_;
};

} // namespace detail
INTERLOCK_NAMESPACE_END
