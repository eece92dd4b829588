// The asynchronous mutex. See `interlock::mutex`.
#pragma once

#include <interlock/detail/mutex_class.hpp>
#include <interlock/guard.hpp>
#include <interlock/lock_op.hpp>

INTERLOCK_NAMESPACE_BEGIN

inline lock_op<detail::mutex_target>
mutex::acquire(detail::caller who) noexcept {
  return lock_op<detail::mutex_target>(detail::mutex_target{this}, nullptr,
                                       who);
}

INTERLOCK_NAMESPACE_END
