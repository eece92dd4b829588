#include <interlock/contract.hpp>
#include <interlock/detail/keyed_table.hpp>
#include <interlock/detail/shared_wait.hpp>
#include <interlock/detail/trampoline.hpp>

#include "unwinding.hpp"

#include <algorithm>
#include <mutex>
#include <new>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {
namespace {

/// Buckets that are empty and have more memory than this give it back.
constexpr std::size_t kept_bytes = 32 * 1024;
constexpr std::uint64_t nobody_waits = ~std::uint64_t{0};

} // namespace

template <class Key>
keyed_table<Key>::keyed_table(const lock_options &options)
    : options_(options), profile_(options),
      shards_(std::make_unique<shard[]>(shard_count)) {
  for (std::size_t i = 0; i != shard_count; ++i) {
    shards_[i].index = static_cast<std::uint8_t>(i);
    shards_[i].in_place = true;
    shards_[i].spilled = options.retain_idle_keys != 0;
  }
}

template <class Key> keyed_table<Key>::~keyed_table() {
  for (std::size_t i = 0; i != shard_count; ++i)
    if (size_of(shards_[i]) != shards_[i].idle)
      contract_violation(name(), "destroyed while a key is held or awaited");
}

template <class Key>
auto keyed_table<Key>::find_or_make(std::uint64_t hash, shard &s,
                                    const Key &key) -> entry * {
  if (s.users != 0 && s.key == key)
    return &s;
  if (s.buckets != nullptr)
    if (entry *const e = s.buckets->find(hash, key))
      return e;
  if (s.users == 0 && options_.retain_idle_keys == 0) {
    s.key = key;
    return &s;
  }
  if (s.buckets == nullptr)
    s.buckets = std::make_unique<key_buckets<Key>>(s.index);
  entry *const e = s.buckets->link(hash, key);
  s.spilled = true;
  ++s.idle;
  if (options_.retain_idle_keys != 0)
    entries_.fetch_add(1, std::memory_order_relaxed);
  return e;
}

/// One user less; the last one's leaving frees the entry.
template <class Key>
void keyed_table<Key>::drop_user(shard &s, entry &e) noexcept {
  if (--e.users != 0 || e.in_place)
    return;
  if (options_.retain_idle_keys != 0) {
    // Relaxed: keys that come and go elsewhere at this moment may be missed.
    // Those that stay are at most so many in any case.
    if (entries_.load(std::memory_order_relaxed) <= options_.retain_idle_keys) {
      ++s.idle;
      return;
    }
    entries_.fetch_sub(1, std::memory_order_relaxed);
  }
  key_buckets<Key> &buckets = *s.buckets;
  buckets.unlink(e);
  if (buckets.size() != 0)
    return;
  s.spilled = options_.retain_idle_keys != 0;
  if (buckets.bytes() > kept_bytes) [[unlikely]]
    buckets.clear();
}

template <class Key> void keyed_table<Key>::sample_hold(entry &e) noexcept {
  if (name() != nullptr)
    e.hold_since = profile_.now();
}

template <class Key>
void keyed_table<Key>::note_contended(shard &s, entry &e, const waiter &w,
                                      std::uint64_t now) noexcept {
  ++s.contentions;
  note_acquired(s, e);
  if (name() != nullptr)
    profile_.record_wait_shared(now - std::min(now, w.queued_at));
}

/// Goes without where there is no memory: a statistic may not fail a lock.
template <class Key>
void keyed_table<Key>::note_hot(shard &s, const Key &key) noexcept {
  if (s.hottest == nullptr)
    s.hottest.reset(new (std::nothrow) std::array<hot, hot_count>);
  if (s.hottest == nullptr)
    return;
  hot *least = s.hottest->data();
  for (hot &h : *s.hottest) {
    if (h.count != 0 && h.key == key) {
      ++h.count;
      return;
    }
    if (h.count < least->count)
      least = &h;
  }
  if (!try_copy(least->key, key))
    return;
  ++least->count; // the one it replaces lends its count: never too low
}

template <class Key>
void *keyed_table<Key>::acquire_slow(std::uint64_t hash, shard &s,
                                     const Key &key, waiter *w) {
  const std::lock_guard lock(s.lock, std::adopt_lock);
  entry *const e = find_or_make(hash, s, key);
  if (e->locked && w == nullptr)
    return nullptr;
  if (e->users++ == 0 && !e->in_place)
    --s.idle;
  if (!e->locked) {
    note_acquired(s, *e);
    return e;
  }
  ++s.waiting;
  w->lock.entry = e;
  w->next = nullptr;
  w->queued_at = 0;
  if (name() != nullptr) {
    w->queued_at = profile_.now();
    // Relaxed: a gauge.
    profile_.note_peak_shared(waiting_.fetch_add(1, std::memory_order_relaxed) +
                              1);
    note_hot(s, key);
  }
  if (e->tail != nullptr)
    e->tail->next = w;
  else
    e->head = w;
  e->tail = w;
  return nullptr;
}

template <class Key>
bool keyed_table<Key>::should_compete(const waiter &w,
                                      std::uint64_t now) const noexcept {
  return options_.fairness == fairness::adaptive && w.ex != nullptr &&
         !w.ex->runs_here() && is_patient(w, now, times());
}

/// The shortest way: nobody waits, and the key has its shard's place.
template <class Key>
inline void keyed_table<Key>::release_now(entry &e) noexcept {
  shard &s = shard_of(e);
  const bool shard_is_locked = s.lock.try_lock();
  if (!shard_is_locked || e.users != 1 || !e.in_place || e.hold_since != 0)
      [[unlikely]]
    return release_slow(s, e, shard_is_locked);
  e.locked = false;
  e.users = 0;
  s.lock.unlock();
}

template <class Key> void keyed_table<Key>::release(void *which) noexcept {
  release_now(*static_cast<entry *>(which));
}

template <class Key> void keyed_table<Key>::leave_scope(void *which) noexcept {
  if (left_by_exception()) [[unlikely]]
    return lock_ref::leave_scope_unwinding({this, which});
  release_now(*static_cast<entry *>(which));
}

template <class Key>
void keyed_table<Key>::release_slow(shard &s, entry &e,
                                    bool shard_is_locked) noexcept {
  if (!shard_is_locked)
    s.lock.lock();
  waiter *next = nullptr;
  executor *ex = nullptr;
  {
    const std::lock_guard lock(s.lock, std::adopt_lock);
    const bool sampled = e.hold_since != 0;
    const bool timed = name() != nullptr && (sampled || e.head != nullptr);
    const std::uint64_t now = timed ? profile_.now() : 0;
    if (sampled) [[unlikely]] {
      profile_.record_hold_shared(now - e.hold_since);
      e.hold_since = 0;
    }
    e.locked = false;
    while (e.head != nullptr && next == nullptr) {
      waiter *const w = e.head;
      e.head = static_cast<waiter *>(w->next);
      if (e.head == nullptr)
        e.tail = nullptr;
      --s.waiting;
      if (name() != nullptr)
        waiting_.fetch_sub(1, std::memory_order_relaxed); // a gauge
      if (w->claim()) {
        next = w;
      } else {
        --e.users; // not the last one: we are
        drop_from_queue(*w);
      }
    }
    if (next != nullptr) {
      ex = next->ex;
      const bool lost = name() == nullptr && next->now.losses != 0;
      if (should_compete(*next, lost ? patience_ns() : now)) {
        next->now.stage = wait_stage::woken; // stays a user
      } else {
        next->now.stage = wait_stage::granted;
        note_contended(s, e, *next, now);
      }
    }
    drop_user(s, e);
  }
  if (next != nullptr)
    dispatch(ex, *next);
}

template <class Key> void keyed_table<Key>::uncount(void *which) noexcept {
  shard &s = shard_of(*static_cast<entry *>(which));
  const std::lock_guard lock(s.lock);
  --s.acquisitions;
}

template <class Key>
competition keyed_table<Key>::compete(void *which, waiter &w) noexcept {
  entry &e = *static_cast<entry *>(which);
  shard &s = shard_of(e);
  const std::lock_guard lock(s.lock);
  if (!e.locked) {
    note_contended(s, e, w, name() != nullptr ? profile_.now() : 0);
    return competition::won;
  }
  ++w.now.losses;
  if (name() == nullptr && w.now.losses == 1)
    w.queued_at = patience_ns(); // from now on it may not wait for long
  w.now.stage = wait_stage::queued;
  if (!w.unclaim()) {
    drop_user(s, e);
    return competition::cancelled;
  }
  // In front, behind others that lost before.
  waiter *before = nullptr;
  waiter *after = e.head;
  while (after != nullptr && after->now.losses != 0) {
    before = after;
    after = static_cast<waiter *>(after->next);
  }
  w.next = after;
  if (before != nullptr)
    before->next = &w;
  else
    e.head = &w;
  if (after == nullptr)
    e.tail = &w;
  ++s.waiting;
  if (name() != nullptr)
    waiting_.fetch_add(1, std::memory_order_relaxed); // a gauge
  return competition::queued_again;
}

/// A woken waiter is gone: wake the next one if the lock is still free.
template <class Key> void keyed_table<Key>::pass_on(void *which) noexcept {
  entry &e = *static_cast<entry *>(which);
  shard &s = shard_of(e);
  {
    const std::lock_guard lock(s.lock);
    if (e.locked) {
      drop_user(s, e);
      return;
    }
    e.locked = true; // the gone waiter's use becomes the holder's
  }
  release(which);
}

template <class Key>
void keyed_table<Key>::remove(void *which, waiter &w) noexcept {
  entry &e = *static_cast<entry *>(which);
  shard &s = shard_of(e);
  const std::lock_guard lock(s.lock);
  waiter *before = nullptr;
  waiter *at = e.head;
  while (at != nullptr && at != &w) {
    before = at;
    at = static_cast<waiter *>(at->next);
  }
  if (at == nullptr)
    contract_violation(
        name(), "a waiting coroutine was destroyed while its lock was granted");
  if (before != nullptr)
    before->next = w.next;
  else
    e.head = static_cast<waiter *>(w.next);
  if (e.tail == &w)
    e.tail = before;
  --s.waiting;
  if (name() != nullptr)
    waiting_.fetch_sub(1, std::memory_order_relaxed); // a gauge
  drop_user(s, e);
}

template <class Key>
bool keyed_table<Key>::has_waiters(void *which) const noexcept {
  entry &e = *static_cast<entry *>(which);
  const std::lock_guard lock(shard_of(e).lock);
  return e.head != nullptr;
}

template <class Key>
void keyed_table<Key>::count_cancelled(bool timed_out) noexcept {
  // Relaxed: totals.
  (timed_out ? profile_.timed_out : profile_.cancelled)
      .fetch_add(1, std::memory_order_relaxed);
}

template <class Key> void keyed_table<Key>::count_exception() noexcept {
  profile_.released_by_exception.fetch_add(1, std::memory_order_relaxed);
}

template <class Key>
void keyed_table<Key>::count_abandoned(bool added) noexcept {
  if (added)
    profile_.abandoned.fetch_add(1, std::memory_order_relaxed);
  else
    profile_.abandoned.fetch_sub(1, std::memory_order_relaxed);
}

template <class Key>
std::string keyed_table<Key>::key_text(const void *which) const {
  return text_of(static_cast<const entry *>(which)->key);
}

template <class Key>
std::uint64_t keyed_table<Key>::key_hash(const void *which) const noexcept {
  return hash_of(static_cast<const entry *>(which)->key);
}

template <class Key> std::size_t keyed_table<Key>::live_keys() const noexcept {
  std::size_t live = 0;
  for (std::size_t i = 0; i != shard_count; ++i) {
    const std::lock_guard lock(shards_[i].lock);
    live += size_of(shards_[i]);
  }
  return live;
}

template <class Key> std::size_t keyed_table<Key>::memory() const noexcept {
  std::size_t bytes = shard_count * sizeof(shard);
  for (std::size_t i = 0; i != shard_count; ++i) {
    const std::lock_guard lock(shards_[i].lock);
    if (shards_[i].buckets != nullptr)
      bytes += shards_[i].buckets->bytes();
  }
  return bytes;
}

/// When the wait that began first began.
template <class Key>
std::uint64_t keyed_table<Key>::oldest_wait(const shard &s) noexcept {
  std::uint64_t oldest = nobody_waits;
  const auto look = [&oldest](const entry &e) {
    const waiter *w = e.head;
    while (w != nullptr && w->cancellable() &&
           static_cast<const shared_wait *>(w)->gave_up())
      w = static_cast<const waiter *>(w->next);
    if (w != nullptr && w->queued_at != 0)
      oldest = std::min(oldest, w->queued_at);
  };
  if (s.waiting == 0)
    return oldest;
  look(s);
  if (s.buckets != nullptr)
    s.buckets->for_each(look);
  return oldest;
}

template <class Key>
void keyed_table<Key>::read_statistics(lock_statistics &out) const {
  std::uint64_t oldest = nobody_waits;
  for (std::size_t i = 0; i != shard_count; ++i) {
    shard &s = shards_[i];
    const std::lock_guard lock(s.lock);
    // One may have been taken back since; see lock_ref::give_back().
    out.acquisitions +=
        s.acquisitions - std::min(s.acquisitions, s.acquisitions_at_reset);
    out.contentions += s.contentions - s.contentions_at_reset;
    if (s.hottest != nullptr)
      for (const hot &h : *s.hottest)
        if (h.count != 0)
          out.hot_keys.push_back({text_of(h.key), h.count});
    out.live_keys += size_of(s);
    out.current_waiters += s.waiting;
    oldest = std::min(oldest, oldest_wait(s));
  }
  out.current_waiters = profile_.still_waiting(out.current_waiters);
  std::sort(out.hot_keys.begin(), out.hot_keys.end(),
            [](const hot_key &a, const hot_key &b) {
              return a.contentions != b.contentions
                         ? a.contentions > b.contentions
                         : a.key < b.key;
            });
  if (out.hot_keys.size() > hot_count)
    out.hot_keys.resize(hot_count);
  const std::uint64_t now = profile_.now();
  if (oldest < now)
    out.oldest_wait_ms =
        std::max(out.oldest_wait_ms,
                 static_cast<double>(profile_.ns(now - oldest)) / 1e6);
  profile_.read(out);
}

template <class Key> void keyed_table<Key>::reset_statistics() {
  for (std::size_t i = 0; i != shard_count; ++i) {
    shard &s = shards_[i];
    const std::lock_guard lock(s.lock);
    s.acquisitions_at_reset = s.acquisitions;
    s.contentions_at_reset = s.contentions;
    s.hottest.reset();
  }
  profile_.reset();
}

template class keyed_table<std::uint64_t>;
template class keyed_table<key_string>;

} // namespace detail
INTERLOCK_NAMESPACE_END
