#include <interlock/contract.hpp>
#include <interlock/detail/keyed_table.hpp>
#include <interlock/detail/shared_wait.hpp>
#include <interlock/detail/trampoline.hpp>

#include <algorithm>
#include <mutex>
#include <new>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {
namespace {

constexpr std::uint8_t maximum_losses = 16;
constexpr std::uint64_t maximum_wait_ns = 1'000'000;
constexpr std::uint64_t hold_sample_mask = 63;
constexpr std::size_t first_slab = 8;
constexpr std::size_t largest_slab = 256;
/// A shard that is empty and has more free memory than this gives it back.
constexpr std::size_t kept_bytes = 64 * 1024;

} // namespace

template <class Key> struct keyed_table<Key>::slab {
  slab *next;
  std::size_t count;
  std::unique_ptr<entry[]> entries;
};

template <class Key>
keyed_table<Key>::keyed_table(const lock_options &options)
    : options_(options), profile_(options),
      shards_(std::make_unique<shard[]>(shard_count)) {}

template <class Key> keyed_table<Key>::~keyed_table() {
  for (std::size_t i = 0; i != shard_count; ++i) {
    shard &s = shards_[i];
    if (s.linked != s.idle)
      contract_violation(name(), "destroyed while a key is held or awaited");
    trim(s);
  }
}

/// Gives all memory of a shard without used entries back.
template <class Key> void keyed_table<Key>::trim(shard &s) noexcept {
  while (slab *const first = s.slabs) {
    s.slabs = first->next;
    delete first;
  }
  delete[] s.buckets;
  s.buckets = nullptr;
  s.free_list = nullptr;
  s.mask = 0;
  s.linked = s.idle = s.bytes = 0;
}

template <class Key> void keyed_table<Key>::grow(shard &s) {
  const std::size_t old_count = s.buckets != nullptr ? s.mask + 1U : 0;
  const std::size_t count = old_count != 0 ? old_count * 2 : 8;
  auto **const buckets = new entry *[count]();
  for (std::size_t i = 0; i != old_count; ++i) {
    while (entry *const e = s.buckets[i]) {
      s.buckets[i] = e->next;
      entry *&to = buckets[hash_of(e->key) & (count - 1)];
      e->next = to;
      to = e;
    }
  }
  delete[] s.buckets;
  s.buckets = buckets;
  s.mask = static_cast<std::uint32_t>(count - 1);
  s.bytes += (count - old_count) * sizeof(entry *);
}

template <class Key> auto keyed_table<Key>::take_free(shard &s) -> entry * {
  if (s.free_list == nullptr) {
    const std::size_t count = s.slabs != nullptr
                                  ? std::min(s.slabs->count * 2, largest_slab)
                                  : first_slab;
    s.slabs = new slab{s.slabs, count, std::make_unique<entry[]>(count)};
    s.bytes += sizeof(slab) + count * sizeof(entry);
    for (std::size_t i = count; i-- != 0;) {
      s.slabs->entries[i].next = s.free_list;
      s.free_list = &s.slabs->entries[i];
    }
  }
  entry *const e = s.free_list;
  s.free_list = e->next;
  return e;
}

template <class Key>
auto keyed_table<Key>::find_or_link(shard &s, std::uint64_t hash,
                                    const Key &key) -> entry * {
  if (s.buckets != nullptr)
    for (entry *e = bucket(s, hash); e != nullptr; e = e->next)
      if (e->key == key) {
        s.idle -= e->users == 0 ? 1 : 0;
        return e;
      }
  if (s.buckets == nullptr || s.linked > 2 * std::size_t{s.mask})
    grow(s);
  entry *const e = take_free(s);
  INTERLOCK_TRY { e->key = key; }
  INTERLOCK_CATCH_ALL {
    e->next = s.free_list;
    s.free_list = e;
    INTERLOCK_RETHROW;
  }
  entry *&first = bucket(s, hash);
  e->next = first;
  first = e;
  ++s.linked;
  return e;
}

/// One user less; the last one's leaving frees the entry.
template <class Key>
void keyed_table<Key>::drop_user(shard &s, std::uint64_t hash,
                                 entry &e) noexcept {
  if (--e.users != 0)
    return;
  if (s.idle < (options_.retain_idle_keys + shard_count - 1) / shard_count) {
    ++s.idle;
    return;
  }
  entry **link = &bucket(s, hash);
  while (*link != &e)
    link = &(*link)->next;
  *link = e.next;
  --s.linked;
  e.next = s.free_list;
  s.free_list = &e;
  if (s.linked == 0 && s.bytes > kept_bytes) [[unlikely]]
    trim(s);
}

template <class Key>
void keyed_table<Key>::note_acquired(shard &s, entry &e) noexcept {
  e.locked = true;
  if ((++s.acquisitions & hold_sample_mask) == 0 && name() != nullptr)
      [[unlikely]]
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
void *keyed_table<Key>::acquire(const Key &key, waiter *w) {
  const std::uint64_t hash = hash_of(key);
  shard &s = shard_of(hash);
  const std::lock_guard lock(s.lock);
  entry *const e = find_or_link(s, hash, key);
  if (!e->locked) {
    ++e->users;
    note_acquired(s, *e);
    return e;
  }
  if (w == nullptr)
    return nullptr;
  ++e->users;
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

/// How long `w` has been waiting at `now` on the table's clock.
template <class Key>
std::uint64_t keyed_table<Key>::waited_ns(const waiter &w,
                                          std::uint64_t now) const noexcept {
  const std::uint64_t waited = now - std::min(now, w.queued_at);
  return name() != nullptr ? profile_.ns(waited) : waited;
}

template <class Key>
bool keyed_table<Key>::should_compete(const waiter &w,
                                      std::uint64_t now) const noexcept {
  return options_.fairness == fairness::adaptive && w.ex != nullptr &&
         !w.ex->runs_here() && w.now.losses < maximum_losses &&
         (now == 0 || waited_ns(w, now) < maximum_wait_ns);
}

template <class Key> void keyed_table<Key>::release(void *which) noexcept {
  entry &e = *static_cast<entry *>(which);
  const std::uint64_t hash = hash_of(e.key);
  shard &s = shard_of(hash);
  waiter *next = nullptr;
  executor *ex = nullptr;
  {
    const std::lock_guard lock(s.lock);
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
    drop_user(s, hash, e);
  }
  if (next != nullptr)
    dispatch(ex, *next);
}

template <class Key> void keyed_table<Key>::uncount(void *which) noexcept {
  shard &s = shard_of(hash_of(static_cast<const entry *>(which)->key));
  const std::lock_guard lock(s.lock);
  --s.acquisitions;
}

template <class Key>
competition keyed_table<Key>::compete(void *which, waiter &w) noexcept {
  entry &e = *static_cast<entry *>(which);
  const std::uint64_t hash = hash_of(e.key);
  shard &s = shard_of(hash);
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
    drop_user(s, hash, e);
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
  const std::uint64_t hash = hash_of(e.key);
  shard &s = shard_of(hash);
  {
    const std::lock_guard lock(s.lock);
    if (e.locked) {
      drop_user(s, hash, e);
      return;
    }
    e.locked = true; // the gone waiter's use becomes the holder's
  }
  release(which);
}

template <class Key>
void keyed_table<Key>::remove(void *which, waiter &w) noexcept {
  entry &e = *static_cast<entry *>(which);
  const std::uint64_t hash = hash_of(e.key);
  shard &s = shard_of(hash);
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
  drop_user(s, hash, e);
}

template <class Key>
bool keyed_table<Key>::has_waiters(void *which) const noexcept {
  entry &e = *static_cast<entry *>(which);
  const std::lock_guard lock(shard_of(hash_of(e.key)).lock);
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
    live += shards_[i].linked;
  }
  return live;
}

template <class Key> std::size_t keyed_table<Key>::memory() const noexcept {
  std::size_t bytes = shard_count * sizeof(shard);
  for (std::size_t i = 0; i != shard_count; ++i) {
    const std::lock_guard lock(shards_[i].lock);
    bytes += shards_[i].bytes;
  }
  return bytes;
}

template <class Key>
void keyed_table<Key>::read_statistics(lock_statistics &out) const {
  std::uint64_t oldest = 0;
  for (std::size_t i = 0; i != shard_count; ++i) {
    shard &s = shards_[i];
    const std::lock_guard lock(s.lock);
    // One may have been taken back since; see lock_ref::give_back().
    out.acquisitions +=
        s.acquisitions - std::min(s.acquisitions, s.acquisitions_at_reset);
    out.contentions += s.contentions - s.contentions_at_reset;
    out.current_waiters += s.waiting;
    out.live_keys += s.linked;
    if (s.hottest != nullptr)
      for (const hot &h : *s.hottest)
        if (h.count != 0)
          out.hot_keys.push_back({text_of(h.key), h.count});
    if (s.waiting == 0)
      continue;
    for (std::size_t b = 0; b <= s.mask; ++b)
      for (const entry *e = s.buckets[b]; e != nullptr; e = e->next)
        if (e->head != nullptr && e->head->queued_at != 0 &&
            (oldest == 0 || e->head->queued_at < oldest))
          oldest = e->head->queued_at;
  }
  std::sort(out.hot_keys.begin(), out.hot_keys.end(),
            [](const hot_key &a, const hot_key &b) {
              return a.contentions != b.contentions
                         ? a.contentions > b.contentions
                         : a.key < b.key;
            });
  if (out.hot_keys.size() > hot_count)
    out.hot_keys.resize(hot_count);
  const std::uint64_t now = profile_.now();
  if (oldest != 0 && oldest < now)
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
