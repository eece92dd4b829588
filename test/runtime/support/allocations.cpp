#include "allocations.hpp"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {
std::atomic<std::uint64_t> count{0};
}

std::uint64_t test::allocations() noexcept {
  return count.load(std::memory_order_relaxed);
}

#if INTERLOCK_TEST_COUNTS_ALLOCATIONS
void *operator new(std::size_t size) {
  count.fetch_add(1, std::memory_order_relaxed);
  if (void *const block = std::malloc(size))
    return block;
  throw std::bad_alloc();
}
void operator delete(void *block) noexcept { std::free(block); }
void operator delete(void *block, std::size_t) noexcept { std::free(block); }
#endif
