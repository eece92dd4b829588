/// The shape of the lock library: the names and types that user code sees.
#pragma once
#include <coroutine>
#include <interlock/annotations.hpp>
#include <optional>
#include <stop_token>
#include <utility>

namespace interlock {

class [[nodiscard]] guard {
public:
  guard() noexcept = default;
  guard(guard &&other) noexcept;
  guard &operator=(guard &&other) noexcept;
  ~guard();
  void unlock() noexcept;
  bool owns_lock() const noexcept;
};

class executor;

/// What waits no longer than it was told.
class [[nodiscard]] limited_lock_op {
public:
  struct awaiter {
    bool await_ready() const noexcept;
    bool await_suspend(std::coroutine_handle<> waiting) noexcept;
    std::optional<guard> await_resume() noexcept;
  };
  limited_lock_op via(executor &) && noexcept;
  awaiter operator co_await() && noexcept;
};

/// Acquires when it is awaited, or at once by `blocking()`.
class [[nodiscard]] lock_op {
public:
  lock_op via(executor &) && noexcept;
  limited_lock_op stop_on(std::stop_token) &&;
  struct awaiter {
    bool await_ready() const noexcept;
    bool await_suspend(std::coroutine_handle<> waiting) noexcept;
    guard await_resume() noexcept;
  };
  awaiter operator co_await() && noexcept;
  guard blocking();
  std::optional<guard> try_now() noexcept;
};

class mutex {
public:
  lock_op acquire() noexcept;
};
template <class Key> class keyed_mutex {
public:
  lock_op acquire(const Key &key);
};

struct balance_tag {};
inline constexpr balance_tag balance{};
template <class Key> struct position_key {
  Key key;
};
template <class Key> position_key<Key> position(Key key) { return {key}; }
template <class Key> struct order_key {
  Key key;
};
template <class Key> order_key<Key> order(Key key) { return {key}; }

class SafeTradingState {
public:
  SafeTradingState();
  SafeTradingState(const SafeTradingState &) = delete;
  lock_op atomic_balance_update() noexcept;
  template <class Key> lock_op atomic_balance_update(const Key &account);
  template <class Key> lock_op atomic_position_update(const Key &symbol);
  template <class Key> lock_op atomic_order_update(const Key &order);
  lock_op atomic_trade_record() noexcept;
  std::optional<guard> try_atomic_balance_update() noexcept;
  template <class... Locks> lock_op atomic_update(const Locks &...locks);
};

SafeTradingState &get_global_safe_state();

/// Restores at the end of its life unless the change stands.
template <class F> class [[nodiscard]] rollback {
public:
  explicit rollback(F undo) : undo_(std::move(undo)) {}
  rollback(const rollback &) = delete;
  ~rollback() {
    if (armed_)
      undo_();
  }
  void commit() noexcept { armed_ = false; }

private:
  F undo_;
  bool armed_ = true;
};

} // namespace interlock
