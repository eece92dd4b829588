// The table behind keyed locks.
//
// A key has an entry only while somebody holds it or waits for it. Entries live
// in shards by the key's hash, each under a small lock: finding, counting,
// queueing, unlinking and recycling an entry all happen inside it, so there is
// no moment at which an entry is neither used nor free.
//
// A shard has room for one key in itself, on the cache line of its lock: a key
// that finds it free needs no search, and nothing to unlink afterwards. Other
// keys, and all of a table that retains idle ones, go to the shard's buckets.
#pragma once

#include <interlock/detail/key_buckets.hpp>
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
  void *acquire(const Key &key, waiter *w) {
    const std::uint64_t hash = hash_of(key);
    shard &s = shard_of(hash);
    s.lock.lock();
    if (s.users != 0 || s.spilled || !try_copy(s.key, key)) [[unlikely]]
      return acquire_slow(hash, s, key, w);
    s.users = 1;
    note_acquired(s, s);
    s.lock.unlock();
    return &s;
  }

  void release(void *entry) noexcept override;
  void leave_scope(void *entry) noexcept override;
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
  using entry = key_entry<Key>;
  static constexpr std::size_t shard_count = 128;
  static constexpr std::size_t hot_count = 8;
  static constexpr std::uint64_t hold_sample_mask = 63;

  struct hot {
    Key key{};
    std::uint64_t count = 0;
  };
  /// The base is the entry in place.
  struct alignas(64) shard : entry {
    spin_lock lock;
    bool spilled = false; ///< a key may be in the buckets
    std::uint64_t acquisitions = 0;
    std::uint64_t contentions = 0;
    std::size_t idle = 0; ///< keys in the buckets that nobody uses
    std::uint32_t waiting = 0;
    std::unique_ptr<key_buckets<Key>> buckets;
    std::unique_ptr<std::array<hot, hot_count>> hottest;
    std::uint64_t acquisitions_at_reset = 0;
    std::uint64_t contentions_at_reset = 0;
  };

  shard &shard_of(std::uint64_t hash) const noexcept {
    static_assert(shard_count == 128);
    return shards_[hash >> 57];
  }
  shard &shard_of(entry &e) const noexcept {
    return e.in_place ? static_cast<shard &>(e) : shards_[e.index];
  }
  /// The rest of `acquire`; the shard is locked, and will not be.
  void *acquire_slow(std::uint64_t hash, shard &s, const Key &key, waiter *w);
  void release_now(entry &e) noexcept;
  void release_slow(shard &s, entry &e, bool shard_is_locked) noexcept;
  /// The entry of the key, used by nobody if it had none.
  entry *find_or_make(std::uint64_t hash, shard &s, const Key &key);
  void drop_user(shard &s, entry &e) noexcept;
  void note_acquired(shard &s, entry &e) noexcept {
    e.locked = true;
    if ((++s.acquisitions & hold_sample_mask) == 0) [[unlikely]]
      sample_hold(e);
  }
  void sample_hold(entry &e) noexcept;
  void note_contended(shard &s, entry &e, const waiter &w,
                      std::uint64_t now) noexcept;
  void note_hot(shard &s, const Key &key) noexcept;
  bool should_compete(const waiter &w, std::uint64_t now) const noexcept;
  /// Null if no times are kept.
  const wait_profile *times() const noexcept {
    return name() != nullptr ? &profile_ : nullptr;
  }
  static std::size_t size_of(const shard &s) noexcept {
    return (s.users != 0 ? 1U : 0U) +
           (s.buckets != nullptr ? s.buckets->size() : 0);
  }
  static std::uint64_t oldest_wait(const shard &s) noexcept;

  lock_options options_;
  mutable wait_profile profile_;
  std::atomic<std::uint64_t> waiting_{0};
  /// Of a table that retains idle keys: written when a key comes or goes, so
  /// not at all once the keys in use are the ones retained.
  std::atomic<std::size_t> entries_{0};
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
