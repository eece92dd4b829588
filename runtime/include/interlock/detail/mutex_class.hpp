// The lock: one word for everybody, one list for the holder.
//
// `word_` is 0 when free, `locked` when held; above the flag bits it points to
// the newest waiter of the *inbox*, a stack onto which waiters push themselves.
// `fifo_` is the holder's list, oldest waiter first; it is touched by the
// holder only. A release takes the oldest from `fifo_` and refills it by
// emptying and reversing the inbox: one atomic read-modify-write to queue, none
// to hand over. Zeroed memory is a free lock.
#pragma once

#include <interlock/detail/atomic.hpp>
#include <interlock/detail/check_hooks.hpp>
#include <interlock/detail/waiter.hpp>
#include <interlock/options.hpp>
#include <interlock/statistics.hpp>

#include <atomic>
#include <cstdint>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {
class wait_profile;
struct mutex_target;
template <class Target> struct awaiter_target;
} // namespace detail

template <class Target> class lock_op;

/// An exclusive lock for coroutines and threads alike; both wait in the same
/// queue.
///
///     auto guard = co_await m.acquire();         // coroutine
///     auto guard = m.acquire().blocking();       // thread
///     std::unique_lock lock{m};                  // thread
///
/// * Any thread may acquire; a guard may be released on another thread than the
///   one that acquired it.
/// * Order: see `fairness`. Not recursive.
/// * A waiting coroutine resumes on its executor (`.via`, or that of the lock,
///   or its Asio executor); without any, on the thread that releases the lock,
///   under a trampoline.
/// * Release happens before the next acquisition returns.
/// * The lock does not move, and must not be destroyed while held or awaited.
/// * Nothing here throws, except `lock()` if the system refuses to block.
class alignas(16) mutex {
public:
  constexpr mutex() noexcept = default;
  /// With a name: measured; see `lock_options`.
  explicit mutex(const lock_options &options);
  mutex(const mutex &) = delete;
  mutex &operator=(const mutex &) = delete;
  ~mutex();

  /// The acquisition, to be awaited, blocked on or given an Asio token.
  [[nodiscard("co_await it or call blocking(): the lock is not held yet")]]
  lock_op<detail::mutex_target>
  acquire(detail::caller who = detail::here()) noexcept;

  /// Takes the lock if it is free.
  bool try_lock() noexcept {
    if (!try_lock_only())
      return false;
    note_acquired();
    return true;
  }

  /// Blocks the thread. Never call it on an executor whose work the holder
  /// needs in order to release.
  void lock();

  /// The caller holds the lock and gives it up. What a guard holds, the guard
  /// gives up.
  void unlock() noexcept {
    detail::check_no_guard(this);
    if (fifo_ != nullptr)
      return hand_over();
    if (hold_since_ != 0) [[unlikely]]
      note_released();
    std::uintptr_t word = locked;
    // release: pairs with the acquire of whoever locks next.
    if (!word_.compare_exchange_strong(word, 0, std::memory_order_release,
                                       std::memory_order_relaxed))
      unlock_slow();
  }

  /// True if somebody holds the lock at this moment.
  bool is_locked() const noexcept {
    return (word_.load(std::memory_order_relaxed) & locked) != 0;
  }
  /// The holder asks: is somebody waiting?
  bool has_waiters() const noexcept {
    return fifo_ != nullptr ||
           (word_.load(std::memory_order_relaxed) & ~locked) != 0;
  }

  /// The name given at construction, or null.
  const char *name() const noexcept;
  interlock::executor *default_executor() const noexcept { return executor_; }
  lock_statistics get_lock_statistics() const;
  /// Starts counting from zero; without a name there are only totals.
  void reset_statistics();

private:
  friend struct detail::lock_ref;
  friend struct detail::mutex_target;
  template <class Target> friend struct detail::awaiter_target;

  static constexpr std::uintptr_t locked = 1;
  static constexpr std::uint64_t hold_sample_mask = 63;

  bool
  try_lock_only(std::memory_order look = std::memory_order_relaxed) noexcept {
    std::uintptr_t word = word_.load(look);
    while ((word & locked) == 0) {
      // acquire: pairs with the release in unlock() and unlock_slow().
      if (word_.compare_exchange_strong(word, word | locked,
                                        std::memory_order_acquire,
                                        std::memory_order_relaxed))
        return true;
    }
    return false;
  }
  void note_acquired() noexcept {
    // Relaxed load and store: only the holder writes, readers want a number.
    const std::uint64_t n = found_free_.load(std::memory_order_relaxed) + 1;
    found_free_.store(n, std::memory_order_relaxed);
    if ((n & hold_sample_mask) == 0) [[unlikely]]
      sample_hold();
  }
  void sample_hold() noexcept;
  void note_released() noexcept;
  /// `unlock` where no times are kept.
  void unlock_plain() noexcept {
    if (fifo_ != nullptr)
      return hand_over_plain();
    std::uintptr_t word = locked;
    // release: as in `unlock`.
    if (!word_.compare_exchange_strong(word, 0, std::memory_order_release,
                                       std::memory_order_relaxed))
      unlock_slow();
  }
  void hand_over() noexcept {
    special_ ? hand_over_measured() : hand_over_plain();
  }
  void hand_over_plain() noexcept;
  void hand_over_measured() noexcept;
  void unlock_slow() noexcept;
  void unlock_general() noexcept;
  void check_held() const noexcept;
  detail::waiter *next_waiter() noexcept;
  detail::waiter *pop() noexcept;
  void collect_inbox() noexcept;
  void file(detail::waiter *newest) noexcept;
  bool should_compete(const detail::waiter &w, std::uint64_t now) noexcept;
  bool leave_free() noexcept;
  /// Takes the lock (true), or queues `w` (false): then `w` may already be
  /// resumed, elsewhere, when this returns.
  bool lock_or_enqueue(detail::waiter &w) noexcept;
  bool lock_or_enqueue_plain(detail::waiter &w) noexcept {
    if (!push_plain(w))
      return false;
    note_acquired();
    return true;
  }
  /// The shortest way: `w` resumes on the trampoline, nothing is measured.
  bool is_plain(const detail::waiter &w) const noexcept {
    return w.ex == nullptr && !special_;
  }
  bool push(detail::waiter &w) noexcept {
    return profile_ == nullptr ? push_plain(w) : push_measured(w);
  }
  bool push_plain(detail::waiter &w) noexcept {
    std::uintptr_t word = word_.load(std::memory_order_relaxed);
    for (;;) {
      if ((word & locked) == 0) {
        // acquire: pairs with the release of the lock.
        if (word_.compare_exchange_weak(word, word | locked,
                                        std::memory_order_acquire,
                                        std::memory_order_relaxed))
          return true;
        continue;
      }
      w.next = pointer(word);
      // release: pairs with the acquire in collect_inbox(), which reads `w`.
      if (word_.compare_exchange_weak(
              word, reinterpret_cast<std::uintptr_t>(&w) + locked,
              std::memory_order_release, std::memory_order_relaxed))
        return false;
    }
  }
  bool push_measured(detail::waiter &w) noexcept;
  static detail::waiter *pointer(std::uintptr_t word) noexcept {
    return reinterpret_cast<detail::waiter *>(word & ~locked);
  }
  bool spin() noexcept;
  detail::competition compete(detail::waiter &w) noexcept;
  void pass_on() noexcept;
  void remove(detail::waiter &w) noexcept;
  void note_left_inbox(const detail::waiter &w) noexcept;
  std::uint64_t count_contended() noexcept;
  void note_contended(const detail::waiter &w, std::uint64_t now) noexcept;

  // What an acquisition without a wait touches comes first: a lock may lie
  // across two cache lines. (It cannot ask for one of its own: coroutine frames
  // are aligned to 16 bytes, whatever lives in them.)
  detail::atomic<std::uintptr_t> word_{0};
  detail::waiter *fifo_ = nullptr;
  std::atomic<std::uint64_t> found_free_{0}; ///< acquisitions without a wait
  /// Waiters that lost a competition and are in the inbox, or about to be: the
  /// holder files them in front. Relaxed: it sees a count too late, if at all,
  /// as it would see the waiter.
  detail::atomic<std::uint16_t> losers_{0};
  std::atomic<std::uint8_t> spin_failures_{184};
  /// A waiter was woken that has not looked yet. Set by the holder.
  detail::atomic<bool> woken_{false};
  // The holder's:
  std::uint8_t left_free_ = 0; ///< releases since then
  std::uint8_t crowded_ = 0;   ///< see should_compete()
  interlock::fairness fairness_ = interlock::fairness::adaptive;
  /// It has a profile or an executor.
  bool special_ = false;
  std::uint64_t hold_since_ = 0;
  std::atomic<std::uint64_t> contentions_{0};
  detail::wait_profile *profile_ = nullptr;
  interlock::executor *executor_ = nullptr;
};

static_assert(sizeof(mutex) <= 64);

INTERLOCK_NAMESPACE_END
