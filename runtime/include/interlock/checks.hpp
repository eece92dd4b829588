// Misuse checks, compiled in by linking `interlock::runtime_checked`.
//
// An acquisition is judged only when the library knows for certain who makes
// it: the coroutine whose frame awaits it, or the thread that blocks. Who holds
// a guard that was moved is not known any more, so nothing is said about it;
// nor about operations started through Asio. Without identity, no verdict.
//
// Two ways to let it know more:
// * A coroutine type whose promise knows who awaits it provides a function
//
//       std::coroutine_handle<P> parent_of(const promise_type &) noexcept;
//
//   next to the promise (it is found by argument-dependent lookup): coroutines
//   that await each other then count as one. It gives a null handle if nobody
//   awaits, or if who awaits goes on meanwhile, as in `when_all`. (With clang.)
// * `op.while_holding(guard)` says that the acquirer holds that guard.
#pragma once

#include <interlock/detail/config.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <source_location>
#include <string>

INTERLOCK_NAMESPACE_BEGIN

enum class check_kind : std::uint8_t {
  nested,          ///< a lock is acquired while another one is held
  relock,          ///< a lock is awaited by the one who holds it: deadlock
  order_inversion, ///< two locks are nested in both orders: possible deadlock
  long_hold,       ///< a lock was held longer than the limit
};

struct check_report {
  check_kind kind{};
  std::string lock;           ///< acquired, or held too long
  std::source_location where; ///< its acquisition
  std::string other_lock;     ///< held meanwhile; empty for `long_hold`
  std::source_location other; ///< its acquisition
  std::string text;           ///< all of it in one line
};

using check_handler = std::function<void(const check_report &)>;

/// Replaces what happens with reports (default: a line on stderr). Called on
/// the thread that made the mistake, before it waits. Each pair of places is
/// reported once.
void set_check_handler(check_handler handler);

/// How long a lock may be held (default: one second); zero: any time.
void set_long_hold_limit(std::chrono::nanoseconds limit) noexcept;

/// Forgets the lock orders and the reports seen so far.
void reset_checks();

INTERLOCK_NAMESPACE_END
