#include <interlock/detail/shared_wait.hpp>

#include <array>
#include <cstddef>
#include <mutex>
#include <new>
#include <type_traits>
#include <utility>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {
namespace {

struct free_block {
  free_block *next;
};

constexpr std::array<std::size_t, 3> sizes{256, 512, 1024};
/// A thread that has more free blocks than this shares half of them.
constexpr std::size_t kept_per_thread = 64;

std::size_t class_of(std::size_t size) noexcept {
  std::size_t c = 0;
  while (c != sizes.size() && sizes[c] < size)
    ++c;
  return c;
}

/// Blocks that threads had too many of.
struct shared_blocks {
  std::mutex lock;
  std::array<free_block *, sizes.size()> lists{};
};
constinit shared_blocks shared{};
// Waits may end late.
static_assert(std::is_trivially_destructible_v<shared_blocks>);

struct thread_blocks {
  struct list {
    free_block *first = nullptr;
    std::size_t count = 0;
  };
  std::array<list, sizes.size()> lists{};

  void give(std::size_t c, std::size_t count) noexcept {
    const std::lock_guard lock(shared.lock);
    for (; count != 0 && lists[c].first != nullptr; --count) {
      free_block *const block =
          std::exchange(lists[c].first, lists[c].first->next);
      --lists[c].count;
      block->next = std::exchange(shared.lists[c], block);
    }
  }
  void take(std::size_t c, std::size_t count) noexcept {
    const std::lock_guard lock(shared.lock);
    for (; count != 0 && shared.lists[c] != nullptr; --count) {
      free_block *const block =
          std::exchange(shared.lists[c], shared.lists[c]->next);
      block->next = std::exchange(lists[c].first, block);
      ++lists[c].count;
    }
  }
  ~thread_blocks();
};

// Waits may end while the thread's own thread-locals are being destroyed.
thread_local constinit bool thread_ended = false;
thread_local thread_blocks local;

thread_blocks::~thread_blocks() {
  thread_ended = true;
  for (std::size_t c = 0; c != sizes.size(); ++c)
    give(c, lists[c].count);
}

} // namespace

void *pool_allocate(std::size_t size) {
  const std::size_t c = class_of(size);
  if (c == sizes.size())
    return ::operator new(size);
  if (thread_ended)
    return ::operator new(sizes[c]);
  thread_blocks::list &list = local.lists[c];
  if (list.first == nullptr)
    local.take(c, kept_per_thread / 2);
  if (list.first == nullptr)
    return ::operator new(sizes[c]);
  --list.count;
  return std::exchange(list.first, list.first->next);
}

void pool_free(void *block, std::size_t size) noexcept {
  const std::size_t c = class_of(size);
  if (c == sizes.size() || thread_ended)
    return ::operator delete(block);
  thread_blocks::list &list = local.lists[c];
  list.first = new (block) free_block{list.first};
  if (++list.count > kept_per_thread)
    local.give(c, kept_per_thread / 2);
}

} // namespace detail
INTERLOCK_NAMESPACE_END
