// The locks around trading state.
//
// Code in `asio::awaitable` coroutines includes `<interlock/boost_asio.hpp>`
// or `<interlock/asio.hpp>`, which include this header: Asio accepts no foreign
// awaitables, and this header depends on nothing but the standard library. If
// Asio's own headers came before it, it includes the right one by itself.
#pragma once

#include <interlock/keyed_mutex.hpp>
#include <interlock/multi_lock.hpp>
#include <interlock/mutex.hpp>
#include <interlock/statistics.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

INTERLOCK_NAMESPACE_BEGIN

namespace detail {

template <class T> struct is_duration : std::false_type {};
template <class Rep, class Period>
struct is_duration<std::chrono::duration<Rep, Period>> : std::true_type {};
template <class T>
concept duration = is_duration<T>::value;

template <class T> struct is_time_point : std::false_type {};
template <class Clock, class Duration>
struct is_time_point<std::chrono::time_point<Clock, Duration>>
    : std::true_type {};
template <class T>
concept time_point = is_time_point<T>::value;

} // namespace detail

/// A key of two parts: `key` within one object, told apart by its address.
template <lock_key Key>
detail::key_string key_of(const void *object, const Key &key) {
  return detail::composite_key(object, key);
}

/// The locks of a program's balances, positions, orders and trade records.
///
///     auto guard = co_await state.atomic_balance_update();
///     auto guard = co_await state.atomic_position_update("BTC-USD");
///     auto guard = co_await state.atomic_order_update(order_id);
///     auto both = co_await state.atomic_update(interlock::balance,
///                                              interlock::position("BTC-USD"));
///
/// A guard for one key does not exclude other keys, nor the guard of the whole
/// category: guard each piece of state in one way everywhere. Keys are strings,
/// numbers, enumerations and addresses; `(object, key)` is that key within one
/// object.
///
/// Every `atomic_*` may be called from any thread and gives an operation that
/// acquires when it is awaited (see `lock_op`). `_for`, `_until` and the forms
/// with a `std::stop_token` give `std::optional<guard>`; the `try_` forms
/// answer at once. Guards do not nest: take several locks with one
/// `atomic_update`. The state must outlive all guards and waiters, and does not
/// move. The member functions that take no lock may be called at any time.
class SafeTradingState {
  using whole_op = lock_op<detail::mutex_target>;
  using limited_whole_op = limited_lock_op<detail::mutex_target>;
  template <class Key>
  using key_op = lock_op<detail::keyed_target<detail::stored_key_t<Key>>>;
  template <class Key>
  using limited_key_op =
      limited_lock_op<detail::keyed_target<detail::stored_key_t<Key>>>;

public:
  SafeTradingState() : SafeTradingState(lock_options{}) {}
  /// `options.name` is not used.
  explicit SafeTradingState(const lock_options &options);
  SafeTradingState(const SafeTradingState &) = delete;
  SafeTradingState &operator=(const SafeTradingState &) = delete;

  /// Balances: all of them, or those of one account.
  whole_op atomic_balance_update(detail::caller who = detail::here()) noexcept {
    return whole_op(balance_.target(), nullptr, who);
  }
  template <lock_key Key>
  key_op<Key> atomic_balance_update(const Key &account,
                                    detail::caller who = detail::here()) {
    return key_op<Key>(balance_.target(account), nullptr, who);
  }
  template <lock_key Key>
  lock_op<detail::keyed_target<detail::key_string>>
  atomic_balance_update(const void *object, const Key &account,
                        detail::caller who = detail::here()) {
    return atomic_balance_update(key_of(object, account), who);
  }
  limited_whole_op
  atomic_balance_update(std::stop_token stop,
                        detail::caller who = detail::here()) noexcept {
    return atomic_balance_update(who).stop_on(std::move(stop));
  }
  template <lock_key Key>
  limited_key_op<Key>
  atomic_balance_update(const Key &account, std::stop_token stop,
                        detail::caller who = detail::here()) {
    return atomic_balance_update(account, who).stop_on(std::move(stop));
  }
  template <detail::duration Duration>
  limited_whole_op
  atomic_balance_update_for(const Duration &within,
                            detail::caller who = detail::here()) noexcept {
    return atomic_balance_update(who).within(within);
  }
  template <lock_key Key, detail::duration Duration>
  limited_key_op<Key>
  atomic_balance_update_for(const Key &account, const Duration &within,
                            detail::caller who = detail::here()) {
    return atomic_balance_update(account, who).within(within);
  }
  template <detail::time_point Time>
  limited_whole_op
  atomic_balance_update_until(const Time &at,
                              detail::caller who = detail::here()) noexcept {
    return atomic_balance_update(who).until(at);
  }
  template <lock_key Key, detail::time_point Time>
  limited_key_op<Key>
  atomic_balance_update_until(const Key &account, const Time &at,
                              detail::caller who = detail::here()) {
    return atomic_balance_update(account, who).until(at);
  }
  std::optional<guard> try_atomic_balance_update() noexcept {
    return atomic_balance_update().try_now();
  }
  template <lock_key Key>
  std::optional<guard> try_atomic_balance_update(const Key &account) {
    return atomic_balance_update(account).try_now();
  }

  /// The position in one symbol.
  template <lock_key Key>
  key_op<Key> atomic_position_update(const Key &symbol,
                                     detail::caller who = detail::here()) {
    return key_op<Key>(position_.target(symbol), nullptr, who);
  }
  template <lock_key Key>
  lock_op<detail::keyed_target<detail::key_string>>
  atomic_position_update(const void *object, const Key &symbol,
                         detail::caller who = detail::here()) {
    return atomic_position_update(key_of(object, symbol), who);
  }
  template <lock_key Key>
  limited_key_op<Key>
  atomic_position_update(const Key &symbol, std::stop_token stop,
                         detail::caller who = detail::here()) {
    return atomic_position_update(symbol, who).stop_on(std::move(stop));
  }
  template <lock_key Key, detail::duration Duration>
  limited_key_op<Key>
  atomic_position_update_for(const Key &symbol, const Duration &within,
                             detail::caller who = detail::here()) {
    return atomic_position_update(symbol, who).within(within);
  }
  template <lock_key Key, detail::time_point Time>
  limited_key_op<Key>
  atomic_position_update_until(const Key &symbol, const Time &at,
                               detail::caller who = detail::here()) {
    return atomic_position_update(symbol, who).until(at);
  }
  template <lock_key Key>
  std::optional<guard> try_atomic_position_update(const Key &symbol) {
    return atomic_position_update(symbol).try_now();
  }

  /// One order.
  template <lock_key Key>
  key_op<Key> atomic_order_update(const Key &order_id,
                                  detail::caller who = detail::here()) {
    return key_op<Key>(order_.target(order_id), nullptr, who);
  }
  template <lock_key Key>
  lock_op<detail::keyed_target<detail::key_string>>
  atomic_order_update(const void *object, const Key &order_id,
                      detail::caller who = detail::here()) {
    return atomic_order_update(key_of(object, order_id), who);
  }
  template <lock_key Key>
  limited_key_op<Key> atomic_order_update(const Key &order_id,
                                          std::stop_token stop,
                                          detail::caller who = detail::here()) {
    return atomic_order_update(order_id, who).stop_on(std::move(stop));
  }
  template <lock_key Key, detail::duration Duration>
  limited_key_op<Key>
  atomic_order_update_for(const Key &order_id, const Duration &within,
                          detail::caller who = detail::here()) {
    return atomic_order_update(order_id, who).within(within);
  }
  template <lock_key Key, detail::time_point Time>
  limited_key_op<Key>
  atomic_order_update_until(const Key &order_id, const Time &at,
                            detail::caller who = detail::here()) {
    return atomic_order_update(order_id, who).until(at);
  }
  template <lock_key Key>
  std::optional<guard> try_atomic_order_update(const Key &order_id) {
    return atomic_order_update(order_id).try_now();
  }

  /// Saving a trade, updating trade statistics, recording history.
  whole_op atomic_trade_record(detail::caller who = detail::here()) noexcept {
    return whole_op(trade_.target(), nullptr, who);
  }
  template <lock_key Key>
  key_op<Key> atomic_trade_record(const Key &key,
                                  detail::caller who = detail::here()) {
    return key_op<Key>(trade_.target(key), nullptr, who);
  }
  template <lock_key Key>
  lock_op<detail::keyed_target<detail::key_string>>
  atomic_trade_record(const void *object, const Key &key,
                      detail::caller who = detail::here()) {
    return atomic_trade_record(key_of(object, key), who);
  }
  limited_whole_op
  atomic_trade_record(std::stop_token stop,
                      detail::caller who = detail::here()) noexcept {
    return atomic_trade_record(who).stop_on(std::move(stop));
  }
  template <lock_key Key>
  limited_key_op<Key> atomic_trade_record(const Key &key, std::stop_token stop,
                                          detail::caller who = detail::here()) {
    return atomic_trade_record(key, who).stop_on(std::move(stop));
  }
  template <detail::duration Duration>
  limited_whole_op
  atomic_trade_record_for(const Duration &within,
                          detail::caller who = detail::here()) noexcept {
    return atomic_trade_record(who).within(within);
  }
  template <lock_key Key, detail::duration Duration>
  limited_key_op<Key>
  atomic_trade_record_for(const Key &key, const Duration &within,
                          detail::caller who = detail::here()) {
    return atomic_trade_record(key, who).within(within);
  }
  template <detail::time_point Time>
  limited_whole_op
  atomic_trade_record_until(const Time &at,
                            detail::caller who = detail::here()) noexcept {
    return atomic_trade_record(who).until(at);
  }
  template <lock_key Key, detail::time_point Time>
  limited_key_op<Key>
  atomic_trade_record_until(const Key &key, const Time &at,
                            detail::caller who = detail::here()) {
    return atomic_trade_record(key, who).until(at);
  }
  std::optional<guard> try_atomic_trade_record() noexcept {
    return atomic_trade_record().try_now();
  }
  template <lock_key Key>
  std::optional<guard> try_atomic_trade_record(const Key &key) {
    return atomic_trade_record(key).try_now();
  }

  /// Several locks at once, in an order that cannot deadlock:
  /// `balance`, `position(symbol)`, `order(id)`, `trade_record`, each with a
  /// key, with an object and a key, or (`balance`, `trade_record`) alone.
  template <std::convertible_to<detail::lock_name>... Names>
    requires(sizeof...(Names) > 0)
  multi_lock_op<sizeof...(Names)> atomic_update(const Names &...names) {
    detail::target_list<sizeof...(Names)> targets;
    (add_target(targets, names), ...);
    return multi_lock_op<sizeof...(Names)>(std::move(targets));
  }
  /// All of them if they are free now, else none.
  template <std::convertible_to<detail::lock_name>... Names>
    requires(sizeof...(Names) > 0)
  std::optional<guard_set<sizeof...(Names)>>
  try_atomic_update(const Names &...names) {
    return atomic_update(names...).try_now();
  }

  /// By name: `balance`, `position`, `order`, `trade`; all four are there.
  lock_statistics_map get_lock_statistics() const;
  /// One line per lock to `sink`, or to stderr.
  void log_statistics(const log_sink &sink = {}) const;
  /// In Prometheus' text format.
  std::string prometheus_text() const;
  /// Starts counting from zero. What is held or awaited stays so.
  void reset_statistics();

  /// Keys of a category that are held, awaited or retained now.
  std::size_t live_keys(std::string_view name) const;

private:
  template <std::size_t N>
  void add_target(detail::target_list<N> &targets, detail::lock_name name) {
    const detail::rank category = name.category;
    targets.add(category, target(std::move(name)));
  }
  detail::any_target target(detail::lock_name name);

  detail::category balance_;
  detail::category position_;
  detail::category order_;
  detail::category trade_;
};

/// The state that a program shares, made on first use and never destroyed.
SafeTradingState &get_global_safe_state();

INTERLOCK_NAMESPACE_END

#if defined(BOOST_ASIO_DETAIL_CONFIG_HPP)
#include <interlock/boost_asio.hpp>
#endif
#if defined(ASIO_DETAIL_CONFIG_HPP)
#include <interlock/asio.hpp>
#endif
