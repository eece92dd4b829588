// A wait that can end in two ways: by a grant, or by a cancellation.
//
// Its node is a counted block from a pool and may outlive the coroutine that
// waits: who cancels does one atomic operation and posts the waiter, without
// touching the queue; the holder drops the dead node when it meets it.
#pragma once

#include <interlock/detail/atomic.hpp>
#include <interlock/detail/trampoline.hpp>
#include <interlock/detail/waiter.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

/// Memory blocks kept per thread and shared when a thread has too many, so that
/// waiting does not allocate in the steady state.
void *pool_allocate(std::size_t size);
void pool_free(void *block, std::size_t size) noexcept;

enum class wait_outcome : std::uint8_t { acquired, cancelled, timed_out };

/// Requirements of use: fill in `ex` and `complete`, queue it in a lock, then
/// at most one `arm_deadline`. Each of queue, waiter and timer holds a count.
struct shared_wait : waiter {
  /// `block` of `size` bytes from `pool_allocate` holds the whole object.
  shared_wait(void *block, std::size_t size) noexcept
      : block_(block), block_size_(size) {
    prepare(wait_kind::cancellable);
    run = &shared_wait::on_woken;
    cancellation_.owner = this;
    cancellation_.run = &shared_wait::on_cancelled;
  }
  virtual ~shared_wait() = default;

  /// Called once, on the executor: the wait is over. Owns the lock if the
  /// outcome is `acquired`.
  virtual void complete(wait_outcome outcome) noexcept = 0;

  /// Ends the wait unless it was granted. Any thread; never resumes anything
  /// inside the call. A waiter without executor resumes on the library's
  /// service thread.
  void cancel(wait_outcome why) noexcept;
  /// The waiter is gone: nothing is completed any more, and a lock granted
  /// meanwhile is passed on.
  void abandon() noexcept;
  /// Ends the wait in silence; false if somebody else ends it.
  bool give_up() noexcept;
  /// Cancels as timed out at `deadline`, unless `disarm` comes first.
  void arm_deadline(std::chrono::steady_clock::time_point deadline);
  void disarm() noexcept;

  /// Decides between a grant and a cancellation. Claimed until it queues.
  atomic<std::uint32_t> claims{claimed};
  static constexpr std::uint32_t claimed = 1;
  static constexpr std::uint32_t cancel_requested = 2;
  static constexpr std::uint32_t deadline_passed = 4;
  /// It ended without the lock.
  bool gave_up() const noexcept {
    return (claims.load(std::memory_order_relaxed) & ~claimed) != 0; // a gauge
  }
  /// True if the caller is the one who ends this wait.
  bool request_cancel(std::uint32_t why) noexcept {
    // acq_rel: pairs with claim(); the loser sees what the winner did.
    return claims.fetch_or(why, std::memory_order_acq_rel) == 0;
  }

  /// Makes `run` wait for the grant again, if something else was there.
  void wait_for_lock() noexcept { run = &shared_wait::on_woken; }
  /// Counts this wait as cancelled or timed out.
  void note_cancelled() noexcept;
  /// Why it was cancelled.
  wait_outcome cancel_outcome() const noexcept;

  void add_ref() noexcept;
  void drop_ref() noexcept;

  /// The lock for counting, known before the wait queues (the entry of a keyed
  /// lock is not, and does not matter here).
  lock_ref counts;
  std::size_t timer_index = no_timer; ///< guarded by the timer's lock
  std::chrono::steady_clock::time_point deadline{};
  static constexpr std::size_t no_timer = static_cast<std::size_t>(-1);

  /// What a wake-up means. Gives the lock back if the waiter is gone.
  enum class wake_up : std::uint8_t { over, queued_again, nobody_left };
  wake_up settle(wait_outcome &outcome) noexcept;
  bool abandoned() const noexcept;
  bool is_cancellation(const work_item &item) const noexcept {
    return &item == &cancellation_;
  }

private:
  static void on_woken(work_item *item) noexcept;
  static void on_cancelled(work_item *item) noexcept;

  struct : work_item {
    shared_wait *owner = nullptr;
  } cancellation_;
  void *block_;
  std::size_t block_size_;
  atomic<std::uint32_t> refs_{2};
  atomic<bool> abandoned_{false};
};

inline bool waiter::claim() noexcept {
  std::uint32_t none = 0;
  // acq_rel: pairs with request_cancel(); the loser sees what the winner did.
  return !cancellable() ||
         static_cast<shared_wait *>(this)->claims.compare_exchange_strong(
             none, shared_wait::claimed, std::memory_order_acq_rel,
             std::memory_order_relaxed);
}

inline bool waiter::unclaim() noexcept {
  std::uint32_t held = shared_wait::claimed;
  return !cancellable() ||
         static_cast<shared_wait *>(this)->claims.compare_exchange_strong(
             held, 0, std::memory_order_acq_rel, std::memory_order_relaxed);
}

/// The executor of those who have none when their wait is cancelled: one
/// thread. It runs from the first `start_service` on.
executor &service_executor();
void start_service();

} // namespace detail
INTERLOCK_NAMESPACE_END
