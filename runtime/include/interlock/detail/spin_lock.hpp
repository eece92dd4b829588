// A lock for critical sections of a few instructions that never suspend.
#pragma once

#include <interlock/detail/atomic.hpp>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

/// Meets the requirements of `std::lock_guard`.
class spin_lock {
public:
  bool try_lock() noexcept {
    // acquire: pairs with the release in unlock().
    return !held_.exchange(true, std::memory_order_acquire);
  }
  void lock() noexcept {
    if (!try_lock()) [[unlikely]]
      wait();
  }
  void unlock() noexcept { held_.store(false, std::memory_order_release); }

private:
  void wait() noexcept;
  atomic<bool> held_{false};
};

} // namespace detail
INTERLOCK_NAMESPACE_END
