// The measured times of one named lock.
#pragma once

#include <interlock/detail/test_hook.hpp>
#include <interlock/options.hpp>
#include <interlock/statistics.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

/// Nanoseconds per 2^32 ticks of the processor's counter, 0 if it cannot be
/// used. Written once, before the first profile exists.
extern std::uint64_t tick_rate;
void calibrate_ticks() noexcept;
std::uint64_t steady_ns() noexcept;

/// The same for a clock that counts nanoseconds.
constexpr std::uint64_t nanosecond_rate = std::uint64_t{1} << 32U;

inline std::uint64_t scale_ticks(std::uint64_t ticks,
                                 std::uint64_t rate) noexcept {
#if defined(__SIZEOF_INT128__)
  __extension__ using wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<wide>(ticks) * rate) >> 32U);
#else
  static_cast<void>(rate); // no counter is used there
  return ticks;
#endif
}

/// The time by which a waiter that loses competitions becomes impatient, where
/// the lock itself keeps none. 0 under a test scheduler: schedules repeat.
inline std::uint64_t patience_ns() noexcept {
  return current_test_scheduler() == nullptr ? steady_ns() : 0;
}

/// Everything a named lock records beside its two counters.
///
/// `Exclusive` methods are called by the holder of the one lock the profile
/// belongs to, so they load and store; `Shared` ones by holders of different
/// keys, so they add atomically. All is relaxed: readers want totals, not
/// order, and each total is consistent in itself.
///
/// Times are kept in ticks of the profile's clock and become nanoseconds when
/// somebody reads them.
class wait_profile {
public:
  explicit wait_profile(const lock_options &options) noexcept;

  /// The profile's clock, in ticks; never 0. It stands still under a test
  /// scheduler, unless it is the user's: schedules repeat, and a waiter that
  /// has waited for long is treated in another way.
  std::uint64_t now() const noexcept {
#if defined(__x86_64__)
    if (counter_) [[likely]]
      return current_test_scheduler() == nullptr ? __builtin_ia32_rdtsc() : 1;
#endif
    return slow_now();
  }
  /// Nanoseconds in so many ticks.
  std::uint64_t ns(std::uint64_t ticks) const noexcept {
    return scale_ticks(ticks, rate_);
  }
  const char *name() const noexcept { return name_; }

  /// One more wait. Its place in the histogram is looked up when the next one
  /// comes: the work would only wait for a counter that was read just now.
  void record_wait_exclusive(std::uint64_t ticks) noexcept {
    if (const std::uint64_t last = last_wait_.load(std::memory_order_relaxed))
        [[likely]]
      add_exclusive(waits_[wait_histogram::bucket_of(ns(last - 1))], 1);
    last_wait_.store(ticks + 1, std::memory_order_relaxed);
    add_exclusive(wait_ticks_, ticks);
    raise_exclusive(wait_max_, ticks);
  }
  void note_peak_exclusive(std::uint64_t waiters) noexcept {
    raise_exclusive(peak_, waiters);
  }
  void record_wait_shared(std::uint64_t ticks) noexcept;
  void record_hold_exclusive(std::uint64_t ticks) noexcept;
  void record_hold_shared(std::uint64_t ticks) noexcept;
  void note_peak_shared(std::uint64_t waiters) noexcept;

  /// How many of so many queued waiters still want the lock.
  std::uint64_t still_waiting(std::uint64_t queued) const noexcept {
    // Relaxed: a gauge.
    return queued - std::min(queued, abandoned.load(std::memory_order_relaxed));
  }
  /// Adds what the profile knows to `out`, less what was there at the reset.
  void read(lock_statistics &out) const;
  /// Starts again from zero; a `mutex` passes its own two counters.
  void reset(std::uint64_t acquisitions = 0, std::uint64_t contentions = 0);

  std::atomic<std::uint64_t> cancelled{0};
  std::atomic<std::uint64_t> timed_out{0};
  std::atomic<std::uint64_t> released_by_exception{0};
  std::atomic<std::uint64_t> abandoned{0};

  /// `mutex` only. When the oldest waiter of the holder's list, and of the
  /// inbox, began to wait (0: none), and how many there are.
  std::atomic<std::uint64_t> fifo_since{0};
  std::atomic<std::uint64_t> inbox_since{0};
  std::atomic<std::uint32_t> fifo_length{0};
  std::atomic<std::uint32_t> inbox_length{0};

private:
  using counter = std::atomic<std::uint64_t>;
  static void add_exclusive(counter &c, std::uint64_t n) noexcept {
    c.store(c.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  static void raise_exclusive(counter &c, std::uint64_t n) noexcept {
    if (c.load(std::memory_order_relaxed) < n)
      c.store(n, std::memory_order_relaxed);
  }

  struct totals {
    std::uint64_t acquisitions = 0, contentions = 0, wait_ticks = 0,
                  hold_ticks = 0, cancelled = 0, timed_out = 0,
                  by_exception = 0;
    wait_histogram waits, holds;
  };
  totals load() const noexcept;
  std::uint64_t slow_now() const noexcept;
  double ms(std::uint64_t ticks) const noexcept {
    return static_cast<double>(ns(ticks)) / 1e6;
  }

  const char *name_;
  const clock_source *clock_;
  std::uint64_t rate_ = nanosecond_rate;
  bool counter_ = false; ///< the processor's, not `clock_` or the system's
  counter wait_ticks_{0}, wait_max_{0};
  counter last_wait_{0}; ///< plus one; 0: none that is not in `waits_`
  counter hold_ticks_{0}, hold_max_{0};
  counter peak_{0};
  std::array<counter, wait_histogram::bucket_count> waits_{}, holds_{};
  /// Guarded by a lock in the source file: reading and resetting are rare.
  std::unique_ptr<totals> baseline_;
};

/// Whether a waiter may be made to compete for the lock once more. After so
/// many lost competitions, or so long a wait, it is handed over. `now` is on
/// the clock of `times` (null: nanoseconds), or 0 if the waiter has no time.
inline bool is_patient(const waiter &w, std::uint64_t now,
                       const wait_profile *times) noexcept {
  constexpr std::uint8_t maximum_losses = 16;
  constexpr std::uint64_t maximum_wait_ns = 1'000'000;
  if (w.now.losses >= maximum_losses)
    return false;
  const std::uint64_t waited = now - std::min(now, w.queued_at);
  return now == 0 ||
         (times != nullptr ? times->ns(waited) : waited) < maximum_wait_ns;
}

} // namespace detail
INTERLOCK_NAMESPACE_END
