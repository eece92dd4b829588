#include <interlock/detail/key_buckets.hpp>

#include <algorithm>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {
namespace {

constexpr std::size_t first_heads = 8;
constexpr std::size_t first_slab = 8;
constexpr std::size_t largest_slab = 256;

} // namespace

template <class Key> struct key_buckets<Key>::slab {
  slab *next;
  std::size_t count;
  std::unique_ptr<entry[]> entries;
};

template <class Key> void key_buckets<Key>::clear() noexcept {
  while (slab *const first = slabs_) {
    slabs_ = first->next;
    delete first;
  }
  delete[] heads_;
  heads_ = nullptr;
  free_list_ = nullptr;
  mask_ = 0;
  size_ = bytes_ = 0;
}

template <class Key> void key_buckets<Key>::grow() {
  const std::size_t old_count = heads_ != nullptr ? mask_ + 1 : 0;
  const std::size_t count = old_count != 0 ? old_count * 2 : first_heads;
  auto **const heads = new entry *[count]();
  for (std::size_t i = 0; i != old_count; ++i) {
    while (entry *const e = heads_[i]) {
      heads_[i] = e->next;
      entry *&to = heads[hash_of(e->key) & (count - 1)];
      e->next = to;
      to = e;
    }
  }
  delete[] heads_;
  heads_ = heads;
  mask_ = count - 1;
  bytes_ += (count - old_count) * sizeof(entry *);
}

template <class Key> auto key_buckets<Key>::take_free() -> entry * {
  if (free_list_ == nullptr) {
    const std::size_t count = slabs_ != nullptr
                                  ? std::min(slabs_->count * 2, largest_slab)
                                  : first_slab;
    slabs_ = new slab{slabs_, count, std::make_unique<entry[]>(count)};
    bytes_ += sizeof(slab) + count * sizeof(entry);
    for (std::size_t i = count; i-- != 0;) {
      slabs_->entries[i].next = free_list_;
      free_list_ = &slabs_->entries[i];
    }
  }
  entry *const e = free_list_;
  free_list_ = e->next;
  return e;
}

template <class Key>
auto key_buckets<Key>::find(std::uint64_t hash, const Key &key) const noexcept
    -> entry * {
  if (size_ == 0)
    return nullptr;
  entry *e = head(hash);
  while (e != nullptr && !(e->key == key))
    e = e->next;
  return e;
}

template <class Key>
auto key_buckets<Key>::link(std::uint64_t hash, const Key &key) -> entry * {
  if (heads_ == nullptr || size_ > 2 * mask_)
    grow();
  entry *const e = take_free();
  INTERLOCK_TRY { e->key = key; }
  INTERLOCK_CATCH_ALL {
    e->next = free_list_;
    free_list_ = e;
    INTERLOCK_RETHROW;
  }
  e->index = index_;
  entry *&first = head(hash);
  e->next = first;
  first = e;
  ++size_;
  return e;
}

template <class Key> void key_buckets<Key>::unlink(entry &e) noexcept {
  entry **at = &head(hash_of(e.key));
  while (*at != &e)
    at = &(*at)->next;
  *at = e.next;
  --size_;
  e.next = free_list_;
  free_list_ = &e;
}

template class key_buckets<std::uint64_t>;
template class key_buckets<key_string>;

} // namespace detail
INTERLOCK_NAMESPACE_END
