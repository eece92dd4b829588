// Undo on the way out.
#pragma once

#include <interlock/detail/config.hpp>

#include <type_traits>
#include <utility>

INTERLOCK_NAMESPACE_BEGIN

/// Restores state unless told that the change stands.
///
///     auto guard = co_await state.atomic_balance_update();
///     interlock::rollback undo{balance_};            // or a callable
///     balance_ -= cost;
///     co_await venue.submit(order);                  // throws: restored
///     undo.commit();
///
/// Declare it after the guard, so that it restores while the lock is held. It
/// also restores on an early `co_return` before `commit()`. The restoring step
/// runs in a destructor: if it throws, the program ends.
template <class Restore>
class [[nodiscard("it restores when it dies: name it")]] rollback {
public:
  /// Calls `restore()` at the end of its life.
  explicit rollback(Restore restore) noexcept(
      std::is_nothrow_move_constructible_v<Restore>)
    requires std::is_invocable_v<Restore &>
      : restore_(std::move(restore)) {}
  rollback(const rollback &) = delete;
  rollback &operator=(const rollback &) = delete;
  ~rollback() {
    if (armed_)
      restore_();
  }

  /// The change stands.
  void commit() noexcept { armed_ = false; }
  /// Restores now instead of at the end.
  void restore_now() {
    if (std::exchange(armed_, false))
      restore_();
  }

private:
  Restore restore_;
  bool armed_ = true;
};

namespace detail {
/// Puts a saved copy back.
template <class Value> struct saved_value {
  Value *where;
  Value saved;
  void operator()() { *where = std::move(saved); }
};
} // namespace detail

/// Saves a copy of the value and puts it back.
template <class Value>
  requires(!std::is_invocable_v<Value &>)
class [[nodiscard("it restores when it dies: name it")]] rollback<Value>
    : public rollback<detail::saved_value<Value>> {
public:
  explicit rollback(Value &value)
      : rollback<detail::saved_value<Value>>(
            detail::saved_value<Value>{&value, value}) {}
};

template <class Restore>
  requires std::is_invocable_v<Restore &>
rollback(Restore) -> rollback<Restore>;
template <class Value>
  requires(!std::is_invocable_v<Value &>)
rollback(Value &) -> rollback<Value>;

INTERLOCK_NAMESPACE_END
