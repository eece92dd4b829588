// The atomics by which threads agree about a lock.
//
// A test may build the library with others: INTERLOCK_ATOMIC_HEADER names a
// header that defines `model::atomic`, with the members of `std::atomic` that
// are used here. Each operation can then be a place at which threads change.
#pragma once

#include <interlock/detail/config.hpp>

#if defined(INTERLOCK_ATOMIC_HEADER)
#include INTERLOCK_ATOMIC_HEADER
#else
#include <atomic>
#endif

INTERLOCK_NAMESPACE_BEGIN
namespace detail {
#if defined(INTERLOCK_ATOMIC_HEADER)
template <class T> using atomic = model::atomic<T>;
#else
template <class T> using atomic = std::atomic<T>;
#endif
} // namespace detail
INTERLOCK_NAMESPACE_END
