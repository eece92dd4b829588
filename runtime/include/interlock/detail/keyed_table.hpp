// The table behind keyed locks.
//
// A key has an entry only while somebody holds it or waits for it. Entries live
// in shards by the key's hash, each under a small lock: finding, counting,
// queueing, unlinking and recycling an entry all happen inside it, so there is
// no moment at which an entry is neither used nor free.
#pragma once

#include <interlock/detail/key.hpp>
#include <interlock/detail/lock_ref.hpp>
#include <interlock/detail/spin_lock.hpp>
#include <interlock/detail/wait_profile.hpp>
#include <interlock/options.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

template <class Key> class keyed_table final : public keyed_base {
public:
  explicit keyed_table(const lock_options &options);
  keyed_table(const keyed_table &) = delete;
  keyed_table &operator=(const keyed_table &) = delete;
  ~keyed_table();

  /// Takes the lock of `key`: returns its entry. If it is held, returns null,
  /// and queues `w` if there is one. Throws `std::bad_alloc` for a key that has
  /// no entry yet; then nothing has changed.
  void *acquire(const Key &key, waiter *w);

  void release(void *entry) noexcept override;
  void uncount(void *entry) noexcept override;
  competition compete(void *entry, waiter &w) noexcept override;
  void pass_on(void *entry) noexcept override;
  void remove(void *entry, waiter &w) noexcept override;
  bool has_waiters(void *entry) const noexcept override;
  void count_cancelled(bool timed_out) noexcept override;
  void count_exception() noexcept override;
  void count_abandoned(bool added) noexcept override;
  const char *name() const noexcept override { return profile_.name(); }
  std::string key_text(const void *entry) const override;
  std::uint64_t key_hash(const void *entry) const noexcept override;

  executor *default_executor() const noexcept { return options_.executor; }
  void read_statistics(lock_statistics &out) const;
  void reset_statistics();
  /// Keys that have an entry now.
  std::size_t live_keys() const noexcept;
  /// Bytes allocated for entries, in use or free, and for the hash table.
  std::size_t memory() const noexcept;

private:
  static constexpr std::size_t shard_count = 64;
  static constexpr std::size_t hot_count = 8;

  struct entry {
    Key key{};
    entry *next = nullptr; ///< in its bucket, or in the free list
    waiter *head = nullptr;
    waiter *tail = nullptr;
    std::uint64_t hold_since = 0;
    std::uint32_t users = 0; ///< the holder and those waiting or woken
    bool locked = false;
  };
  struct slab;
  struct hot {
    Key key{};
    std::uint64_t count = 0;
  };
  struct alignas(64) shard {
    spin_lock lock;
    std::uint32_t mask = 0;
    entry **buckets = nullptr;
    entry *free_list = nullptr;
    std::size_t linked = 0; ///< entries in buckets
    std::size_t idle = 0;   ///< of these, used by nobody
    std::uint64_t acquisitions = 0;
    std::uint64_t contentions = 0;
    std::uint32_t waiting = 0;
    slab *slabs = nullptr;
    std::size_t bytes = 0;
    std::unique_ptr<std::array<hot, hot_count>> hottest;
    std::uint64_t acquisitions_at_reset = 0;
    std::uint64_t contentions_at_reset = 0;
  };

  shard &shard_of(std::uint64_t hash) const noexcept {
    return shards_[hash >> 58];
  }
  entry *&bucket(shard &s, std::uint64_t hash) const noexcept {
    return s.buckets[hash & s.mask];
  }
  entry *find_or_link(shard &s, std::uint64_t hash, const Key &key);
  entry *take_free(shard &s);
  void grow(shard &s);
  void trim(shard &s) noexcept;
  void drop_user(shard &s, std::uint64_t hash, entry &e) noexcept;
  void note_acquired(shard &s, entry &e) noexcept;
  void note_contended(shard &s, entry &e, const waiter &w,
                      std::uint64_t now) noexcept;
  void note_hot(shard &s, const Key &key) noexcept;
  std::uint64_t waited_ns(const waiter &w, std::uint64_t now) const noexcept;
  bool should_compete(const waiter &w, std::uint64_t now) const noexcept;

  lock_options options_;
  mutable wait_profile profile_;
  std::atomic<std::uint64_t> waiting_{0};
  std::unique_ptr<shard[]> shards_;
};

extern template class keyed_table<std::uint64_t>;
extern template class keyed_table<key_string>;

template <class Key> struct keyed_target {
  keyed_table<Key> *table = nullptr;
  Key key{};

  bool try_acquire(lock_ref &lock) {
    void *const entry = table->acquire(key, nullptr);
    if (entry == nullptr)
      return false;
    lock = lock_ref{as_base(), entry};
    return true;
  }
  bool acquire_or_enqueue(waiter &w) {
    keyed_base *const base = as_base();
    w.lock.owner = base;
    void *const entry = table->acquire(key, &w);
    if (entry == nullptr)
      return false;
    w.lock.entry = entry;
    return true;
  }
  lock_ref counting_ref() const noexcept { return {as_base(), as_base()}; }
  executor *default_executor() const noexcept {
    return table->default_executor();
  }
  const char *name() const noexcept { return table->name(); }
  keyed_base *as_base() const noexcept { return table; }
  const void *owner() const noexcept { return as_base(); }
  std::uint64_t key_hash() const noexcept { return hash_of(key) | 1; }
};

} // namespace detail
INTERLOCK_NAMESPACE_END
