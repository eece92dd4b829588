// One queued acquisition.
#pragma once

#include <interlock/executor.hpp>

#include <atomic>
#include <cstdint>
#include <string>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

struct waiter;

/// How a competition for a released lock went.
enum class competition : std::uint8_t { won, queued_again, cancelled };

/// Names a lock without its type: a `mutex` (no entry), or an entry of a keyed
/// table.
struct lock_ref {
  void *owner = nullptr;
  void *entry = nullptr;

  explicit operator bool() const noexcept { return owner != nullptr; }
  bool operator==(const lock_ref &) const noexcept = default;

  /// Gives the lock up, handing it to the next waiter if there is one.
  void release() const noexcept;
  /// A waiter woken to compete: takes the lock, or queues `w` again in front.
  competition compete(waiter &w) const noexcept;
  /// Passes on a wake-up that its waiter can no longer use.
  void pass_on() const noexcept;
  /// Takes a waiter out of the queue. Not while the lock is being released.
  void remove(waiter &w) const noexcept;
  /// Counts a waiter that gave up.
  void count_cancelled(bool timed_out) const noexcept;
  /// Counts a guard that died of an exception.
  void count_exception() const noexcept;
  /// A cancelled waiter stays in the queue until the holder meets it.
  void count_abandoned(bool added) const noexcept;
  bool has_waiters() const noexcept;
  /// The statistics name, or null.
  const char *name() const noexcept;
  std::string key_text() const;
  /// Tells the keys of one table apart; 0 for a lock without key.
  std::uint64_t key_hash() const noexcept;
};

/// A waiter's position between queueing and resumption.
enum class wait_stage : std::uint8_t {
  queued,  ///< in the lock's queue
  woken,   ///< posted, has to compete for the lock
  granted, ///< posted, owns the lock
};

/// A node in a lock's queue. Its memory belongs to whoever waits: the awaiter
/// in a coroutine frame, a thread's stack, or a counted block (`shared_wait`).
///
/// What has no initialiser is written when the waiter queues: making one that
/// then finds the lock free should cost nothing.
struct waiter : work_item {
  // NOLINTNEXTLINE(*-member-init)
  waiter() noexcept {}
  waiter(const waiter &) = delete;
  waiter &operator=(const waiter &) = delete;

  lock_ref lock;
  /// Where it resumes; null: on the trampoline of the releasing thread.
  executor *ex;
  /// Time at which it first queued; 0 if the lock keeps no times.
  std::uint64_t queued_at;
  /// Waiters that were in the holder's list when this one queued.
  std::uint32_t ahead;
  /// Competitions lost so far.
  std::uint8_t losses = 0;
  wait_stage stage = wait_stage::queued;
  /// Set for waits that can be cancelled (they are `shared_wait`s): then
  /// `claims` decides between a grant and a cancellation.
  bool cancellable = false;
  /// Of the awaiter: it queued and has not resumed.
  bool parked = false;
  std::atomic<std::uint32_t> claims;

  static constexpr std::uint32_t claimed = 1;
  static constexpr std::uint32_t cancel_requested = 2;
  static constexpr std::uint32_t deadline_passed = 4;

  /// The holder wants to wake this waiter; false if it was cancelled first.
  bool claim() noexcept {
    std::uint32_t none = 0;
    // acq_rel: pairs with request_cancel(); the loser sees what the winner did.
    return !cancellable || claims.compare_exchange_strong(
                               none, claimed, std::memory_order_acq_rel,
                               std::memory_order_relaxed);
  }
  /// The woken waiter lost and will queue again; false if it was cancelled
  /// meanwhile, which is then its own to act on.
  bool unclaim() noexcept {
    std::uint32_t held = claimed;
    return !cancellable ||
           claims.compare_exchange_strong(held, 0, std::memory_order_acq_rel,
                                          std::memory_order_relaxed);
  }
  /// True if the caller is the one who ends this wait.
  bool request_cancel(std::uint32_t why) noexcept {
    return claims.fetch_or(why, std::memory_order_acq_rel) == 0;
  }
};

/// Gives back the queue's hold on a cancelled waiter (a `shared_wait`).
void drop_from_queue(waiter &w) noexcept;

} // namespace detail
INTERLOCK_NAMESPACE_END
