// An acquisition: the object every `acquire()` and `atomic_*()` returns.
#pragma once

#include <interlock/detail/awaiters.hpp>
#include <interlock/detail/blocking.hpp>
#include <interlock/task_scope.hpp>

#include <chrono>
#include <cmath>
#include <optional>
#include <source_location>
#include <stop_token>
#include <type_traits>
#include <utility>

INTERLOCK_NAMESPACE_BEGIN

template <class Target> class limited_lock_op;

namespace detail {

/// Where `<interlock/asio.hpp>` and `<interlock/boost_asio.hpp>` add the
/// completion-token form: `asio_initiate` is found by argument-dependent lookup
/// through this tag.
struct asio_standalone_tag {};
struct asio_tag : asio_standalone_tag {}; // prefers Boost where both would do
struct asio_access;

/// When a wait of that length ends; never, if that is beyond the clock.
template <class Rep, class Period>
wait_deadline after(std::chrono::duration<Rep, Period> d) noexcept {
  using std::chrono::steady_clock;
  using seconds = std::chrono::duration<double>; // any length fits into it
  const auto now = steady_clock::now();
  if (seconds(d) >= seconds(steady_clock::time_point::max() - now))
    return std::nullopt;
  return seconds(d) <= seconds::zero()
             ? now
             : now + std::chrono::ceil<steady_clock::duration>(d);
}

template <class Clock, class Duration>
wait_deadline
to_deadline(std::chrono::time_point<Clock, Duration> at) noexcept {
  using seconds = std::chrono::duration<double>;
  const auto now = Clock::now();
  const seconds left =
      seconds(at.time_since_epoch()) - seconds(now.time_since_epoch());
  // Exact where the difference can be.
  return std::abs(left.count()) < 1e9 ? after(at - now) : after(left);
}

} // namespace detail

/// A lock acquisition that has not begun. Use it once, as an rvalue:
///
/// * `co_await op` in any coroutine whose promise does not forbid foreign
///   awaitables: gives a `guard`; does not suspend if the lock is free, does
///   not allocate, does not throw (a key that the table has no memory for:
///   `std::bad_alloc`, and nothing is held). The waiter cannot be cancelled
///   (see `until`, `within`, `stop_on`), but its frame may be destroyed while
///   it waits, under the same condition as any suspended coroutine: nothing may
///   resume it, that is, release the lock, at the same time.
/// * `std::move(op).blocking()` on a thread: gives a `guard`.
/// * `op(token)` with an Asio completion token, and `co_await op` inside an
///   `asio::awaitable`: include `<interlock/boost_asio.hpp>` or
///   `<interlock/asio.hpp>`. Signature `void(guard)`.
///
/// The wait begins then, not when the op is made; all forms wait in the same
/// queue. The lock must outlive the op; the op owns a copy of the key.
template <class Target>
class [[nodiscard(
    "co_await it or call blocking(): the lock is not held yet")]] lock_op {
public:
  explicit lock_op(Target target, executor *via = nullptr,
                   detail::caller who = {}) noexcept
      : target_(std::move(target)), via_(via), who_(who) {}

  /// The waiter resumes on `ex`, which must outlive the wait.
  lock_op via(executor &ex) && noexcept {
    return lock_op(std::move(target_), &ex, who_);
  }

  /// Tells the misuse checks that who acquires this holds `held`, which they
  /// cannot know of a guard that was moved or lent. Nothing else.
  lock_op while_holding([[maybe_unused]] const guard &held) && noexcept {
    who_.holds(detail::guard_access::lock(held));
    return std::move(*this);
  }

  /// Tells them on whose behalf it is acquired. Nothing else.
  lock_op by([[maybe_unused]] const task_scope &task) && noexcept {
    who_.acts_for(detail::task_access::identity(task));
    return std::move(*this);
  }

  /// Give up after `d`, at `at`, or when `stop` is requested; the result is
  /// then `std::optional<guard>`. Zero and past limits still take a free lock;
  /// a stop that was requested before refuses even that. What is too far away
  /// for `std::chrono::steady_clock` never comes.
  template <class Rep, class Period>
  limited_lock_op<Target> within(std::chrono::duration<Rep, Period> d) &&;
  template <class Clock, class Duration>
  limited_lock_op<Target> until(std::chrono::time_point<Clock, Duration> at) &&;
  limited_lock_op<Target> stop_on(std::stop_token stop) &&;

  detail::lock_awaiter<Target> operator co_await() && noexcept {
    return detail::lock_awaiter<Target>(std::move(target_), via_, who_);
  }

  /// Blocks the thread until the lock is held. Not in a coroutine: it could
  /// block the thread which the holder needs in order to release.
  guard blocking(std::source_location where = std::source_location::current())
      && noexcept(detail::nothrow<Target>) {
    return detail::block_on(target_, where, who_);
  }

  /// Takes the lock if it is free now.
  [[nodiscard]] std::optional<guard>
  try_now() && noexcept(detail::nothrow<Target>) {
    detail::lock_ref lock;
    detail::test_try(target_);
    if (!target_.try_acquire(lock))
      return std::nullopt;
    detail::test_event(detail::sync_event::acquired, lock);
    return detail::guard_access::make(lock);
  }

  /// The Asio form; see above. Pointers are no tokens: Asio asks whether an
  /// operation can be called with one of its own.
  template <class Token>
    requires(!std::is_pointer_v<std::remove_cvref_t<Token>>)
  auto operator()(Token &&token) && -> decltype(asio_initiate(
      detail::asio_tag{}, std::declval<lock_op>(),
      std::forward<Token>(token))) {
    return asio_initiate(detail::asio_tag{}, std::move(*this),
                         std::forward<Token>(token));
  }

private:
  friend struct detail::asio_access;
  Target target_;
  executor *via_;
  [[no_unique_address]] detail::caller who_;
};

/// An acquisition that may end without the lock: gives `std::optional<guard>`,
/// empty if it was stopped or late.
///
/// Destroying the waiting coroutine is safe at any time at which the coroutine
/// itself could be destroyed. A grant wins over a later cancellation. A
/// cancelled waiter resumes on its executor; without one, on a thread of the
/// library. With Asio the signature is `void(error_code, optional<guard>)`;
/// the error is set only when Asio's own cancellation ended the wait.
template <class Target>
class [[nodiscard("co_await it or call blocking(): the lock is not held "
                  "yet")]] limited_lock_op {
public:
  limited_lock_op(Target target, executor *via, detail::wait_limits limits,
                  detail::caller who = {}) noexcept
      : target_(std::move(target)), via_(via), limits_(std::move(limits)),
        who_(who) {}

  limited_lock_op via(executor &ex) && noexcept {
    via_ = &ex;
    return std::move(*this);
  }
  template <class Rep, class Period>
  limited_lock_op within(std::chrono::duration<Rep, Period> d) && {
    limits_.deadline = detail::after(d);
    return std::move(*this);
  }
  template <class Clock, class Duration>
  limited_lock_op until(std::chrono::time_point<Clock, Duration> at) && {
    limits_.deadline = detail::to_deadline(at);
    return std::move(*this);
  }
  limited_lock_op stop_on(std::stop_token stop) && {
    limits_.stop = std::move(stop);
    return std::move(*this);
  }

  detail::limited_awaiter<Target> operator co_await() && noexcept {
    return detail::limited_awaiter<Target>(std::move(target_), via_,
                                           std::move(limits_), who_);
  }

  /// As in `lock_op`.
  limited_lock_op
  while_holding([[maybe_unused]] const guard &held) && noexcept {
    who_.holds(detail::guard_access::lock(held));
    return std::move(*this);
  }

  limited_lock_op by([[maybe_unused]] const task_scope &task) && noexcept {
    who_.acts_for(detail::task_access::identity(task));
    return std::move(*this);
  }

  /// Blocks the thread; empty if stopped or late. Not in a coroutine.
  std::optional<guard>
  blocking(std::source_location where = std::source_location::current()) && {
    return detail::block_on(target_, limits_, where, who_);
  }

  template <class Token>
    requires(!std::is_pointer_v<std::remove_cvref_t<Token>>)
  auto operator()(Token &&token) && -> decltype(asio_initiate(
      detail::asio_tag{}, std::declval<limited_lock_op>(),
      std::forward<Token>(token))) {
    return asio_initiate(detail::asio_tag{}, std::move(*this),
                         std::forward<Token>(token));
  }

private:
  friend struct detail::asio_access;
  Target target_;
  executor *via_;
  detail::wait_limits limits_;
  [[no_unique_address]] detail::caller who_;
};

template <class Target>
template <class Rep, class Period>
limited_lock_op<Target>
lock_op<Target>::within(std::chrono::duration<Rep, Period> d) && {
  return {std::move(target_), via_, {detail::after(d), {}}, who_};
}

template <class Target>
template <class Clock, class Duration>
limited_lock_op<Target>
lock_op<Target>::until(std::chrono::time_point<Clock, Duration> at) && {
  return {std::move(target_), via_, {detail::to_deadline(at), {}}, who_};
}

template <class Target>
limited_lock_op<Target> lock_op<Target>::stop_on(std::stop_token stop) && {
  return {std::move(target_), via_, {std::nullopt, std::move(stop)}, who_};
}

INTERLOCK_NAMESPACE_END
