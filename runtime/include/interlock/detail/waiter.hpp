// One queued acquisition.
#pragma once

#include <interlock/executor.hpp>

#include <atomic>
#include <coroutine>
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
  /// Releases a lock that was found free by somebody who no longer wants it:
  /// this was no acquisition.
  void give_back() const noexcept;
  /// A waiter woken to compete: takes the lock, or queues `w` again in front.
  competition compete(waiter &w) const noexcept;
  /// Passes on a wake-up that its waiter can no longer use.
  void pass_on() const noexcept;
  /// Takes a waiter out of the queue. Not while the lock is being released.
  void remove(waiter &w) const noexcept;
  /// Counts a waiter that gave up.
  void count_cancelled(bool timed_out) const noexcept;
  /// Releases, and counts it if an exception is the reason.
  void leave_scope() const noexcept;
  // By value: in registers.
  static void leave_scope_slow(lock_ref lock) noexcept;
  static void leave_scope_unwinding(lock_ref lock) noexcept;
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

/// What a grant or a cancellation has to do.
enum class wait_kind : std::uint8_t {
  direct,      ///< resume `handle` on the trampoline; `run` is not set
  posted,      ///< call `run`, by way of the executor if there is one
  cancellable, ///< the same, for a `shared_wait`: claim it first
};

/// A waiter's position between queueing and resumption.
enum class wait_stage : std::uint8_t {
  untried, ///< a test scheduler has not let it ask for the lock yet
  queued,  ///< in the lock's queue
  woken,   ///< posted, has to compete for the lock
  granted, ///< posted, owns the lock
};

/// A node in a lock's queue. Its memory belongs to whoever waits: the awaiter
/// in a coroutine frame, a thread's stack, or a counted block (`shared_wait`).
///
/// Making one that then finds the lock free should cost nothing: the members
/// are written by `prepare` and by the lock, when the waiter queues.
struct waiter : work_item {
  // NOLINTNEXTLINE(*-member-init)
  waiter() noexcept { now.parked = false; }
  waiter(const waiter &) = delete;
  waiter &operator=(const waiter &) = delete;

  /// To be called before it queues for a lock. Whoever does not queue, or
  /// resumes, sets `parked` back.
  void prepare(wait_kind kind) noexcept {
    now = {
        .losses = 0, .stage = wait_stage::queued, .kind = kind, .parked = true};
  }
  /// The holder wants to wake this waiter; false if it was cancelled first.
  bool claim() noexcept;
  /// The woken waiter lost and will queue again; false if it was cancelled
  /// meanwhile, which is then its own to act on.
  bool unclaim() noexcept;
  bool cancellable() const noexcept {
    return now.kind == wait_kind::cancellable;
  }

  // The unions keep members from being set to null before they are used.
  union {
    lock_ref lock;
  };
  /// Where it resumes; null: on the trampoline of the releasing thread.
  executor *ex;
  /// The waiting coroutine, if it is a plain one.
  union {
    std::coroutine_handle<> handle;
  };
  /// Time at which it first queued; 0 if the lock keeps no times.
  std::uint64_t queued_at;
  /// Waiters that were in the holder's list when this one queued.
  std::uint32_t ahead;
  /// One word: it is stored as a whole.
  struct alignas(4) status {
    std::uint8_t losses; ///< competitions lost so far
    wait_stage stage;
    wait_kind kind;
    bool parked; ///< it queued and has not resumed
  } now;
};

/// Gives back the queue's hold on a cancelled waiter (a `shared_wait`).
void drop_from_queue(waiter &w) noexcept;

} // namespace detail
INTERLOCK_NAMESPACE_END
