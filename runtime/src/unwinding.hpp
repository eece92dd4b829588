// Whether a guard dies of an exception.
#pragma once

#include <interlock/detail/trampoline.hpp>

#include <exception>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

/// What the Itanium C++ ABI lays down for `__cxa_get_globals()`.
struct exception_globals {
  void *caught;
  unsigned int uncaught;
};

#if INTERLOCK_HAS_EXCEPTIONS && defined(__GNUC__)
/// This thread's, or null if nobody has asked yet.
__attribute__((tls_model(
    "initial-exec"))) extern thread_local constinit const exception_globals
    *local_exceptions;
/// Asks for them.
unsigned first_uncaught_exceptions() noexcept;
#endif

/// Like `std::uncaught_exceptions()`, which looks up two thread-locals of other
/// libraries on each call.
inline unsigned uncaught_exceptions() noexcept {
#if INTERLOCK_HAS_EXCEPTIONS && defined(__GNUC__)
  if (const exception_globals *const mine = local_exceptions) [[likely]]
    return mine->uncaught;
  return first_uncaught_exceptions();
#elif INTERLOCK_HAS_EXCEPTIONS
  return static_cast<unsigned>(std::uncaught_exceptions());
#else
  return 0;
#endif
}

/// True if the function that releases is left by an exception. Those in flight
/// around the release that runs the current waiter have nothing to do with it.
inline bool left_by_exception() noexcept {
  return uncaught_exceptions() > local_trampoline.exceptions;
}

} // namespace detail
INTERLOCK_NAMESPACE_END
