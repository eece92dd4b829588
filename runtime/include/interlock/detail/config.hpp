// Compiler differences and the library's one build switch.
//
// INTERLOCK_CHECKED is defined for everything that links
// `interlock::runtime_checked`: misuse checks and the hook of the schedule
// explorer are compiled in. The checked library lives in an inline namespace
// of its own, so that mixing both kinds of object file fails at link time
// instead of at run time.
#pragma once

#if defined(INTERLOCK_ATOMIC_HEADER) // see atomic.hpp
#define INTERLOCK_NAMESPACE_BEGIN                                              \
  namespace interlock {                                                        \
  inline namespace modelled {
#define INTERLOCK_NAMESPACE_END                                                \
  }                                                                            \
  }
#elif defined(INTERLOCK_CHECKED)
#define INTERLOCK_NAMESPACE_BEGIN                                              \
  namespace interlock {                                                        \
  inline namespace checked {
#define INTERLOCK_NAMESPACE_END                                                \
  }                                                                            \
  }
#else
#define INTERLOCK_NAMESPACE_BEGIN namespace interlock {
#define INTERLOCK_NAMESPACE_END }
#endif

#if defined(__clang__)
#define INTERLOCK_LIFETIMEBOUND [[clang::lifetimebound]]
#else
#define INTERLOCK_LIFETIMEBOUND
#endif

#if defined(__clang__) || defined(__GNUC__)
#define INTERLOCK_NOINLINE __attribute__((noinline))
#else
#define INTERLOCK_NOINLINE
#endif

#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
#define INTERLOCK_HAS_EXCEPTIONS 1
#define INTERLOCK_TRY try
#define INTERLOCK_CATCH_ALL catch (...)
#define INTERLOCK_RETHROW interlock::detail::rethrow()
INTERLOCK_NAMESPACE_BEGIN
namespace detail {
/// `throw;` where g++ would warn that the function is `noexcept` for some
/// template arguments: for those nothing is thrown.
[[noreturn]] inline void rethrow() { throw; }
} // namespace detail
INTERLOCK_NAMESPACE_END
#else
#define INTERLOCK_HAS_EXCEPTIONS 0
#define INTERLOCK_TRY if constexpr (true)
#define INTERLOCK_CATCH_ALL else
#define INTERLOCK_RETHROW static_cast<void>(0)
#endif
