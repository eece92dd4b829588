// The keys of one shard that did not find its own place free: a chained hash
// table whose entries are recycled.
#pragma once

#include <interlock/detail/key.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

struct waiter;

/// A key that somebody uses.
template <class Key> struct key_entry {
  Key key{};
  key_entry *next = nullptr; ///< in its bucket, or in the free list
  waiter *head = nullptr;
  waiter *tail = nullptr;
  std::uint64_t hold_since = 0;
  std::uint32_t users = 0; ///< the holder and those waiting or woken
  std::uint8_t index = 0;  ///< of its shard
  bool in_place = false;   ///< it is part of its shard
  bool locked = false;
};

/// Not thread-safe: guarded by the shard's lock.
template <class Key> class key_buckets {
public:
  using entry = key_entry<Key>;

  /// Of the shard with that index.
  explicit key_buckets(std::uint8_t index) noexcept : index_(index) {}
  key_buckets(const key_buckets &) = delete;
  key_buckets &operator=(const key_buckets &) = delete;
  ~key_buckets() { clear(); }

  entry *find(std::uint64_t hash, const Key &key) const noexcept;
  /// An entry for a key that has none. Throws `std::bad_alloc`; then nothing
  /// has changed.
  entry *link(std::uint64_t hash, const Key &key);
  /// Recycles an entry.
  void unlink(entry &e) noexcept;
  /// Gives all memory back; not while there are entries.
  void clear() noexcept;

  std::size_t size() const noexcept { return size_; }
  std::size_t bytes() const noexcept { return sizeof *this + bytes_; }
  template <class Visit> void for_each(Visit visit) const {
    for (std::size_t b = 0; heads_ != nullptr && b <= mask_; ++b)
      for (const entry *e = heads_[b]; e != nullptr; e = e->next)
        visit(*e);
  }

private:
  struct slab;

  entry *&head(std::uint64_t hash) const noexcept {
    return heads_[hash & mask_];
  }
  void grow();
  entry *take_free();

  entry **heads_ = nullptr;
  std::uint64_t mask_ = 0;
  std::size_t size_ = 0;
  entry *free_list_ = nullptr;
  slab *slabs_ = nullptr;
  std::size_t bytes_ = 0;
  const std::uint8_t index_;
};

extern template class key_buckets<std::uint64_t>;
extern template class key_buckets<key_string>;

} // namespace detail
INTERLOCK_NAMESPACE_END
