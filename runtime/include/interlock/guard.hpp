// Ownership of a lock.
#pragma once

#include <interlock/detail/lock_ref.hpp>
#include <interlock/detail/trampoline.hpp>

#include <coroutine>
#include <string>
#include <string_view>
#include <utility>

INTERLOCK_NAMESPACE_BEGIN

class release_op;
namespace detail {
struct guard_access;
}

/// Holds one lock and releases it at the end of its life.
///
/// Movable: the moved-from guard holds nothing. Assigning to a guard releases
/// what it held first. `unlock()` may be called any number of times. Release
/// and destruction are `noexcept` and may happen on any thread, but not on two
/// at once. The lock must outlive the guard.
class [[nodiscard("the lock is released when the guard dies: name it")]] guard {
public:
  guard() noexcept = default;
  guard(guard &&other) noexcept
      : lock_(std::exchange(other.lock_, detail::lock_ref{})) {
    if (detail::checks_enabled && lock_)
      detail::check_moved(lock_);
  }
  guard &operator=(guard &&other) noexcept {
    if (this != &other) {
      unlock();
      lock_ = std::exchange(other.lock_, detail::lock_ref{});
      if (detail::checks_enabled && lock_)
        detail::check_moved(lock_);
    }
    return *this;
  }
  ~guard() {
    if (lock_)
      lock_.leave_scope();
  }

  /// Releases now; does nothing if nothing is held.
  void unlock() noexcept {
    if (const auto lock = std::exchange(lock_, detail::lock_ref{}))
      lock.release();
  }

  /// `co_await std::move(guard).release()`: releases, lets the next waiter run
  /// first and continues after it. Without an executor this is the only
  /// release that does not run the waiters inside the releasing function.
  [[nodiscard("co_await it")]] release_op release() && noexcept;

  bool owns_lock() const noexcept { return static_cast<bool>(lock_); }
  explicit operator bool() const noexcept { return owns_lock(); }

  /// The name of the lock held: `balance`, `position`, ...; empty if none.
  std::string_view name() const noexcept {
    const char *name = lock_ ? lock_.name() : nullptr;
    return name != nullptr ? name : "";
  }
  /// The key held, as text; empty for a lock without key.
  std::string key() const { return lock_ ? lock_.key_text() : std::string(); }

private:
  friend struct detail::guard_access;
  explicit guard(detail::lock_ref lock) noexcept : lock_(lock) {}

  detail::lock_ref lock_;
};

namespace detail {
/// How the library makes guards and looks into them.
struct guard_access {
  static guard make(lock_ref lock) noexcept { return guard(lock); }
  static lock_ref lock(const guard &g) noexcept { return g.lock_; }
  /// The caller releases the lock in another way.
  static lock_ref forget(guard &&g) noexcept {
    return std::exchange(g.lock_, lock_ref{});
  }
};
} // namespace detail

/// What `co_await std::move(guard).release()` awaits. Dropped without being
/// awaited it releases like the guard would have.
class [[nodiscard("co_await it")]] release_op {
public:
  explicit release_op(guard held, executor *resume_on = nullptr) noexcept
      : held_(std::move(held)), resume_on_(resume_on) {}

  /// The releaser continues on `ex`.
  release_op via(executor &ex) && noexcept {
    return release_op(std::move(held_), &ex);
  }

  struct awaiter : work_item {
    awaiter(guard held, executor *resume_on) noexcept
        : held_(std::move(held)), resume_on_(resume_on) {}
    bool await_ready() noexcept {
      const detail::lock_ref lock = detail::guard_access::lock(held_);
      if (lock && lock.has_waiters())
        return false;
      held_.unlock();
      return true;
    }
    void await_suspend(std::coroutine_handle<> handle) noexcept {
      handle_ = handle;
      run = [](work_item *item) noexcept {
        static_cast<awaiter *>(item)->handle_.resume();
      };
      // Held as "active", so that the release only appends the waiter; then
      // the releaser queues behind it. Nothing of this frame is touched after
      // the hand-over.
      executor *const resume_on =
          resume_on_ != nullptr ? resume_on_ : detail::current_test_scheduler();
      detail::trampoline &local = detail::this_thread_trampoline();
      const bool outermost = !std::exchange(local.active, true);
      held_.unlock();
      if (resume_on != nullptr)
        resume_on->post(*this);
      else
        local.append(*this);
      if (outermost)
        local.drain();
    }
    void await_resume() const noexcept {}

  private:
    guard held_;
    executor *resume_on_;
    std::coroutine_handle<> handle_;
  };
  awaiter operator co_await() && noexcept {
    return awaiter(std::move(held_), resume_on_);
  }

private:
  guard held_;
  executor *resume_on_;
};

inline release_op guard::release() && noexcept {
  return release_op(std::move(*this));
}

INTERLOCK_NAMESPACE_END
