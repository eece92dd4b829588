// Misuse checks, compiled in by linking `interlock::runtime_checked`.
//
// An acquisition is judged only when the library knows for certain who makes
// it: the coroutine whose frame awaits it, the Asio coroutine (what `co_spawn`
// started, with all that it awaits; from Asio 1.23 and Boost 1.80 on), or the
// thread that blocks. Who holds a guard that was moved is not known any more,
// so nothing is said about it; nor about operations started with callbacks.
// Without identity, no verdict.
//
// Ways to let it know more of other coroutine types:
// * A coroutine type whose promise knows who awaits it provides a function
//
//       std::coroutine_handle<P> parent_of(const promise_type &) noexcept;
//
//   next to the promise (it is found by argument-dependent lookup): coroutines
//   that await each other then count as one. It gives a null handle if nobody
//   awaits, or if who awaits goes on meanwhile, as in `when_all`. (With clang.)
// * `co_await interlock::task_scope("name")` and `op.by(scope)` say that
// several
//   coroutines act as one task; see task_scope.hpp.
// * `op.while_holding(guard)` says that the acquirer holds that guard.
#pragma once

#include <interlock/detail/config.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <source_location>
#include <string>
#include <thread>
#include <vector>

INTERLOCK_NAMESPACE_BEGIN

enum class check_kind : std::uint8_t {
  nested,          ///< a lock is acquired while another one is held
  relock,          ///< a lock is awaited by the one who holds it: deadlock
  order_inversion, ///< two locks are nested in both orders: possible deadlock
  long_hold,       ///< a lock was held longer than the limit
  deadlock,        ///< waits without limit that wait for each other
  long_wait,       ///< a wait that takes longer than the limit
  /// A thread blocks on which the waiters of that lock resume, or coroutines
  /// that a release has resumed: the holder may be one of them.
  blocked_executor,
};

struct check_report {
  check_kind kind{};
  std::string lock;           ///< acquired, or held too long
  std::source_location where; ///< its acquisition
  /// Held meanwhile, or what its holder waits for (`deadlock`); empty for
  /// `long_hold` and `long_wait`.
  std::string other_lock;
  std::source_location other; ///< the acquisition that is in the way
  std::string task;           ///< who acquires, if it has a `task_scope`
  std::string text;           ///< all of it in one line
};

using check_handler = std::function<void(const check_report &)>;

/// Replaces what happens with reports (default: a line on stderr). Called on
/// the thread that made the mistake, before it waits, and on the one that calls
/// `report_long_waits`. It may not acquire locks. Each pair of places is
/// reported once, each long wait once.
void set_check_handler(check_handler handler);

/// How long a lock may be held (default: one second); zero: any time.
void set_long_hold_limit(std::chrono::nanoseconds limit) noexcept;

/// Forgets the lock orders and the reports seen so far.
void reset_checks();

/// One acquisition that has not ended yet.
struct lock_wait {
  std::string lock;           ///< what it waits for
  std::source_location where; ///< line 0 if not known
  std::string task;           ///< who waits, if it has a `task_scope`
  std::chrono::nanoseconds waited{};
  /// It ends by itself: it has a deadline or can be stopped.
  bool limited = false;
  /// The lock's holder is known to the checks; else the three below are empty.
  bool holder_known = false;
  std::source_location held_since;
  std::chrono::nanoseconds held{};
  /// The guard changed hands since: who holds it now is a guess.
  bool holder_moved = false;
  /// The wait (an index into `wait_graph::waits`) in which whoever acquired
  /// the lock is stuck.
  std::optional<std::size_t> holder_waits_in;
};

/// Who waits for whom at one moment.
struct wait_graph {
  std::vector<lock_wait> waits; ///< the longest wait first
  /// Waits that wait for each other, as indices, each followed by the one its
  /// holder is stuck in.
  std::vector<std::vector<std::size_t>> cycles;

  /// No wait of the cycle ends by itself, no guard in it has moved: this is a
  /// deadlock. Others are suspected ones.
  bool certain(const std::vector<std::size_t> &cycle) const;
  /// One wait and what it waits for, as far as that is known, in one line.
  std::string text(std::size_t wait) const;
  /// A line for each wait and each cycle.
  std::string text() const;
};

/// All waits of the program. Any thread may call; takes time linear in the
/// waits times the locks held. Empty without the checks.
wait_graph current_waits();

/// Reports (`long_wait`) every wait that has taken `limit` or longer and was
/// not reported before, with the chain of those it waits for; returns how many.
std::size_t report_long_waits(std::chrono::nanoseconds limit);

/// Does so for as long as it lives, on a thread of its own, twice per `limit`.
/// Without the checks it does nothing.
///
///     interlock::wait_watchdog watchdog;            // in main()
class wait_watchdog {
public:
  explicit wait_watchdog(
      std::chrono::milliseconds limit = std::chrono::milliseconds(100));
  wait_watchdog(const wait_watchdog &) = delete;
  wait_watchdog &operator=(const wait_watchdog &) = delete;
  ~wait_watchdog();

private:
  std::mutex lock_;
  std::condition_variable ended_;
  bool end_ = false;
  std::thread thread_;
};

INTERLOCK_NAMESPACE_END
