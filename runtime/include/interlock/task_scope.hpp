// A coroutine as a task with a name, for the misuse checks.
#pragma once

#include <interlock/detail/check_hooks.hpp>

#include <utility>

INTERLOCK_NAMESPACE_BEGIN

namespace detail {
struct task_access;
}

/// Tells the misuse checks that what a coroutine acquires, and what others
/// acquire on its behalf, is done by one task; reports name it.
///
///     auto me = co_await interlock::task_scope("rebalance");
///     auto guard = co_await state.atomic_balance_update();
///     co_await send_orders(me);     // there: atomic_order_update(7).by(me)
///
/// Needed where promises do not tell who awaits them (see checks.hpp). Asio's
/// coroutines are told apart without it, and cannot await it. The name must
/// outlive the scope, and the scope must not outlive the coroutine that awaited
/// it. Without the checks it does nothing.
class [[nodiscard("it ends at once: name it")]] task_scope {
public:
  explicit task_scope(const char *name) noexcept : name_(name) {}
  task_scope(task_scope &&other) noexcept
      : name_(other.name_), identity_(std::exchange(other.identity_, nullptr)) {
  }
  task_scope &operator=(task_scope &&) = delete;
  ~task_scope() {
    if (identity_ != nullptr)
      detail::check_task_ends(identity_);
  }

  const char *name() const noexcept { return name_; }

  bool await_ready() const noexcept { return !detail::checks_enabled; }
  INTERLOCK_ANY_PROMISE bool await_suspend(INTERLOCK_HANDLE coroutine) {
    identity_ = detail::identity_of(coroutine);
    detail::check_task_begins(identity_, name_);
    return false;
  }
  task_scope await_resume() noexcept { return std::move(*this); }

private:
  friend struct detail::task_access;
  const char *name_;
  const void *identity_ = nullptr;
};

namespace detail {
struct task_access {
  static const void *identity(const task_scope &scope) noexcept {
    return scope.identity_;
  }
};
} // namespace detail

INTERLOCK_NAMESPACE_END
