// One lock per key.
#pragma once

#include <interlock/detail/keyed_table.hpp>
#include <interlock/mutex.hpp>

INTERLOCK_NAMESPACE_BEGIN

/// A family of locks, one for each key: exact, so different keys never meet.
///
///     interlock::keyed_mutex<std::string> symbols{{.name = "symbol"}};
///     auto guard = co_await symbols.acquire("BTC-USD");
///
/// A key costs memory only while somebody holds it or waits for it (see
/// `lock_options::retain_idle_keys`), and acquiring it does not allocate once
/// the table has seen as many keys at once before. Everything said about
/// `mutex` holds for the lock of a key; waiting for two keys at once is what
/// `SafeTradingState::atomic_update` is for. Must not be destroyed while a key
/// is held or awaited.
template <lock_key Key> class keyed_mutex {
  using stored = detail::stored_key_t<Key>;
  using target = detail::keyed_target<stored>;
  template <class K>
  static constexpr bool accepts =
      std::is_same_v<detail::stored_key_t<K>, stored>;

public:
  explicit keyed_mutex(const lock_options &options = {}) : table_(options) {}

  /// The acquisition of `key`'s lock, to be awaited, blocked on or given an
  /// Asio token.
  template <lock_key K>
    requires accepts<K>
  [[nodiscard("co_await it or call blocking(): the lock is not held yet")]]
  lock_op<target> acquire(const K &key, detail::caller who = detail::here()) {
    return lock_op<target>(target{&table_, detail::stored_key(key)}, nullptr,
                           who);
  }

  lock_statistics get_lock_statistics() const {
    lock_statistics out;
    table_.read_statistics(out);
    return out;
  }
  void reset_statistics() { table_.reset_statistics(); }

  /// Keys that are known to the table at this moment.
  std::size_t size() const noexcept { return table_.live_keys(); }
  /// Bytes the table has allocated, this object not included.
  std::size_t memory() const noexcept { return table_.memory(); }

private:
  detail::keyed_table<stored> table_;
};

INTERLOCK_NAMESPACE_END
