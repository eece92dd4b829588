// What an acquisition acquires. A target knows how to try, how to queue and
// where waiters of that lock resume; everything else is written once over it.
#pragma once

#include <interlock/detail/lock_ref.hpp>

#include <cstdint>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

struct mutex_target {
  mutex *m = nullptr;

  /// Takes the lock if it is free and says which one it is.
  bool try_acquire(lock_ref &lock) noexcept {
    if (!m->try_lock())
      return false;
    lock = lock_ref{m, nullptr};
    return true;
  }
  /// Takes the lock (true) or queues `w` (false; it may then be gone).
  bool acquire_or_enqueue(waiter &w) noexcept {
    w.lock = lock_ref{m, nullptr};
    return m->lock_or_enqueue(w);
  }
  lock_ref counting_ref() const noexcept { return {m, nullptr}; }
  executor *default_executor() const noexcept { return m->default_executor(); }
  const char *name() const noexcept { return m->name(); }
  const void *owner() const noexcept { return m; }
  std::uint64_t key_hash() const noexcept { return 0; }
};

} // namespace detail
INTERLOCK_NAMESPACE_END
