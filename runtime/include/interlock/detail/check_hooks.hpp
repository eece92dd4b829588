// Where the library calls the misuse checks. Empty unless INTERLOCK_CHECKED.
#pragma once

#include <interlock/detail/waiter.hpp>

#include <cstdint>
#include <source_location>
#include <type_traits>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

/// Who acquires, and where in the source.
struct acquisition {
  const void *identity = nullptr;
  std::source_location where;
  const char *name = nullptr;
  const void *owner = nullptr;
  std::uint64_t key_hash = 0;
};

#if defined(INTERLOCK_CHECKED)
constexpr bool checks_enabled = true;
void check_before(const acquisition &a);
void check_acquired(const acquisition &a, lock_ref lock);
void check_released(lock_ref lock) noexcept;
/// The guard changed hands.
void check_moved(lock_ref lock) noexcept;
/// The calling thread as an identity.
const void *thread_identity() noexcept;
#else
constexpr bool checks_enabled = false;
inline void check_before(const acquisition &) {}
inline void check_acquired(const acquisition &, const lock_ref &) {}
inline void check_released(const lock_ref &) noexcept {}
inline void check_moved(const lock_ref &) noexcept {}
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

/// `acquisition` of a target.
template <class Target>
acquisition describe(const Target &target, const void *identity,
                     std::source_location where) noexcept {
  return {identity, where, target.name(), target.owner(), target.key_hash()};
}

} // namespace detail
INTERLOCK_NAMESPACE_END
