// The locks of one category of state: one for all of it, and one per key.
#pragma once

#include <interlock/detail/keyed_table.hpp>
#include <interlock/mutex.hpp>

#include <atomic>
#include <cstdint>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

/// Tables are made when the first key is used: a state that has none stays
/// small.
class category {
public:
  explicit category(const lock_options &options)
      : options_(options), whole_(options) {}
  category(const category &) = delete;
  category &operator=(const category &) = delete;
  ~category();

  mutex_target target() noexcept { return {&whole_}; }
  template <class K> auto target(const K &key) {
    return make_target(stored_key(key));
  }
  keyed_target<std::uint64_t> make_target(std::uint64_t key) {
    return {&table(numbers_), key};
  }
  keyed_target<key_string> make_target(key_string key) {
    return {&table(strings_), std::move(key)};
  }

  lock_statistics read_statistics() const;
  void reset_statistics();
  std::size_t live_keys() const noexcept;

private:
  template <class Key> using table_pointer = std::atomic<keyed_table<Key> *>;

  template <class Key> keyed_table<Key> &table(table_pointer<Key> &pointer) {
    // acquire: pairs with the release in make_table().
    if (auto *const made = pointer.load(std::memory_order_acquire)) [[likely]]
      return *made;
    return make_table(pointer);
  }
  template <class Key>
  keyed_table<Key> &make_table(table_pointer<Key> &pointer);

  // The pointers away from the lock: who uses keys does not see its line move.
  table_pointer<std::uint64_t> numbers_{nullptr};
  table_pointer<key_string> strings_{nullptr};
  lock_options options_;
  mutex whole_;
};

extern template keyed_table<std::uint64_t> &
category::make_table(table_pointer<std::uint64_t> &);
extern template keyed_table<key_string> &
category::make_table(table_pointer<key_string> &);

} // namespace detail
INTERLOCK_NAMESPACE_END
