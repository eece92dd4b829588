// Where the library calls the misuse checks. Empty unless INTERLOCK_CHECKED.
#pragma once

#include <interlock/detail/waiter.hpp>

#include <coroutine>
#include <cstdint>
#include <source_location>
#include <type_traits>
#include <utility>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

/// Who acquires, and where in the source.
struct acquisition {
  const void *identity = nullptr;
  std::source_location where;
  const char *name = nullptr;
  const void *owner = nullptr;
  std::uint64_t key_hash = 0;
  /// A lock that the acquirer says it holds; see `lock_op::while_holding`.
  lock_ref holding = {};
  /// The wait ends by itself.
  bool limited = false;
  /// The guard is moved on its way to the acquirer.
  bool delivered = false;
};

// Awaiters take the handle with its promise's type only where it is looked at.
#if defined(INTERLOCK_CHECKED) && defined(__clang__)
#define INTERLOCK_ANY_PROMISE template <class Promise>
#define INTERLOCK_HANDLE std::coroutine_handle<Promise>
#else
#define INTERLOCK_ANY_PROMISE
#define INTERLOCK_HANDLE std::coroutine_handle<>
#endif

template <class Promise>
concept names_its_parent =
    requires(const Promise &promise) { parent_of(promise).address(); };

/// Who a coroutine is to the checks: the outermost of those that await each
/// other, as far as their promises tell (see `parent_of` in checks.hpp).
template <class Promise>
const void *identity_of(std::coroutine_handle<Promise> handle) {
  if constexpr (names_its_parent<Promise>)
    if (const auto parent = parent_of(std::as_const(handle.promise())))
      return identity_of(parent);
  return handle.address();
}

#if defined(INTERLOCK_CHECKED)
constexpr bool checks_enabled = true;
/// Judges an acquisition that is about to be made, and enters it as waiting
/// under `wait`, an address of the caller's choice.
void check_before(const acquisition &a, const void *wait);
/// It is over: acquired, given up, or its coroutine destroyed.
void check_wait_over(const void *wait) noexcept;
void check_acquired(const acquisition &a, lock_ref lock);
void check_released(lock_ref lock) noexcept;
/// Ends the program if a guard holds the lock.
void check_no_guard(const void *mutex) noexcept;
/// The guard changed hands.
void check_moved(lock_ref lock) noexcept;
/// These locks are held together, taken in this order.
void check_together(const acquisition &first, const acquisition &second);
/// The calling thread is about to wait for a lock whose waiters resume on
/// `where`, if that is known.
void check_blocking(const acquisition &a, const executor *where);
/// What has this identity is a task of that name.
void check_task_begins(const void *identity, const char *name);
void check_task_ends(const void *identity) noexcept;
/// The calling thread as an identity.
const void *thread_identity() noexcept;
#else
constexpr bool checks_enabled = false;
inline void check_before(const acquisition &, const void *) {}
inline void check_wait_over(const void *) noexcept {}
inline void check_acquired(const acquisition &, const lock_ref &) {}
inline void check_released(const lock_ref &) noexcept {}
inline void check_no_guard(const void *) noexcept {}
inline void check_moved(const lock_ref &) noexcept {}
inline void check_together(const acquisition &, const acquisition &) {}
inline void check_blocking(const acquisition &, const executor *) {}
inline void check_task_begins(const void *, const char *) {}
inline void check_task_ends(const void *) noexcept {}
constexpr const void *thread_identity() noexcept { return nullptr; }
#endif

/// A source location that takes no room when nobody looks at it.
struct no_location {
  constexpr no_location &operator=(const std::source_location &) noexcept {
    return *this;
  }
  constexpr operator std::source_location() const noexcept { return {}; }
};
using checked_location =
    std::conditional_t<checks_enabled, std::source_location, no_location>;

/// Who acquires, where, and what it holds, in the same way.
struct known_caller {
  known_caller(const std::source_location &made = {}) noexcept : where(made) {}
  const void *identity = nullptr;
  lock_ref holding;
  std::source_location where; ///< where the operation was made
  bool told = false;          ///< by the user: nobody knows better
  template <class Promise> void is(std::coroutine_handle<Promise> h) {
    if (!told)
      identity = identity_of(h);
  }
  void is(const void *somebody) noexcept {
    if (!told)
      identity = somebody;
  }
  void acts_for(const void *task) noexcept {
    identity = task;
    told = task != nullptr;
  }
  void is_this_thread() noexcept { is(thread_identity()); }
  void holds(lock_ref lock) noexcept { holding = lock; }
};
struct unknown_caller {
  constexpr unknown_caller(const std::source_location & = {}) noexcept {}
  template <class Promise>
  constexpr void is(std::coroutine_handle<Promise>) noexcept {}
  constexpr void is(const void *) noexcept {}
  constexpr void acts_for(const void *) noexcept {}
  constexpr void is_this_thread() noexcept {}
  constexpr void holds(const lock_ref &) noexcept {}
  static constexpr no_location where{};
};
using caller = std::conditional_t<checks_enabled, known_caller, unknown_caller>;

/// As a default argument: whoever calls the function that has it.
inline caller
here(const std::source_location &place = std::source_location::current()) {
  return caller(place);
}

/// `acquisition` of a target.
template <class Target>
acquisition describe(const Target &target, const known_caller &who,
                     std::source_location where) noexcept {
  return {who.identity,      where,      target.name(), target.owner(),
          target.key_hash(), who.holding};
}

/// Nothing, where nobody asks.
struct no_acquisition {};
using checked_acquisition =
    std::conditional_t<checks_enabled, acquisition, no_acquisition>;
template <class Target>
constexpr no_acquisition describe(const Target &, unknown_caller,
                                  std::source_location) noexcept {
  return {};
}
inline acquisition with_limit(acquisition a) noexcept {
  a.limited = true;
  return a;
}
constexpr no_acquisition with_limit(no_acquisition a) noexcept { return a; }
inline void check_before(no_acquisition, const void *) {}
inline void check_acquired(no_acquisition, const lock_ref &) {}
inline void check_together(no_acquisition, no_acquisition) {}
inline void check_blocking(no_acquisition, const executor *) {}

} // namespace detail
INTERLOCK_NAMESPACE_END
