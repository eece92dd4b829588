#include "allocations.hpp"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {
std::atomic<std::uint64_t> count{0};

void *allocate(std::size_t size, std::size_t alignment) {
  count.fetch_add(1, std::memory_order_relaxed); // a number for reports
  void *const block =
      alignment <= alignof(std::max_align_t)
          ? std::malloc(size)
          : std::aligned_alloc(alignment,
                               (size + alignment - 1) / alignment * alignment);
  if (block == nullptr)
    throw std::bad_alloc();
  return block;
}
} // namespace

void *operator new(std::size_t size) { return allocate(size, 1); }
void *operator new[](std::size_t size) { return allocate(size, 1); }
void *operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void *operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void *block) noexcept { std::free(block); }
void operator delete[](void *block) noexcept { std::free(block); }
void operator delete(void *block, std::size_t) noexcept { std::free(block); }
void operator delete[](void *block, std::size_t) noexcept { std::free(block); }
void operator delete(void *block, std::align_val_t) noexcept {
  std::free(block);
}
void operator delete[](void *block, std::align_val_t) noexcept {
  std::free(block);
}
void operator delete(void *block, std::size_t, std::align_val_t) noexcept {
  std::free(block);
}
void operator delete[](void *block, std::size_t, std::align_val_t) noexcept {
  std::free(block);
}

std::uint64_t bench::allocations_so_far() noexcept {
  return count.load(std::memory_order_relaxed);
}
