// How a lock behaves: the choices a user can make when creating one.
#pragma once

#include <interlock/executor.hpp>

#include <cstddef>
#include <cstdint>

INTERLOCK_NAMESPACE_BEGIN

/// Who gets a lock that is released while others wait.
enum class fairness : std::uint8_t {
  /// The oldest waiter. If it resumes on the releasing thread it is handed the
  /// lock; so on a single-threaded executor the order is strictly first come,
  /// first served. If it resumes elsewhere it is woken and competes with
  /// newcomers, since a hand-over across threads costs several times as much;
  /// after 16 lost competitions or one millisecond of waiting it is handed the
  /// lock.
  adaptive,
  /// Always the oldest waiter, by hand-over.
  strict,
};

/// A source of time in nanoseconds, for tests and simulations. Must be
/// monotonic and callable from any thread.
class clock_source {
public:
  virtual std::uint64_t now_ns() const noexcept = 0;

protected:
  ~clock_source() = default;
};

/// Options of a `mutex`, a `keyed_mutex` or a `SafeTradingState`.
struct lock_options {
  /// Name in statistics and messages; must outlive the lock. A lock without a
  /// name counts acquisitions and contentions but measures no times.
  const char *name = nullptr;
  interlock::fairness fairness = interlock::fairness::adaptive;
  /// Where waiters resume that name no executor of their own.
  interlock::executor *executor = nullptr;
  /// Time for statistics; null: the processor's counter where it is reliable,
  /// else `std::chrono::steady_clock`.
  const clock_source *clock = nullptr;
  /// Keyed locks: a key that nobody uses any more stays while the table has at
  /// most so many keys. 0 forgets it at once, which is also faster for many
  /// keys; give the size of a small fixed set of hot keys.
  std::size_t retain_idle_keys = 0;
};

INTERLOCK_NAMESPACE_END
