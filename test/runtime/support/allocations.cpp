#include "allocations.hpp"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {
std::atomic<std::uint64_t> count{0};
// Allocations of this thread until the one that fails; 0: none does.
thread_local constinit std::uint64_t countdown = 0;
thread_local constinit bool failed = false;

[[maybe_unused]] void *allocate(std::size_t size) noexcept {
  count.fetch_add(1, std::memory_order_relaxed);
  if (countdown == 1) {
    countdown = 0;
    failed = true;
    return nullptr;
  }
  if (countdown != 0)
    --countdown;
  return std::malloc(size);
}
} // namespace

std::uint64_t test::allocations() noexcept {
  return count.load(std::memory_order_relaxed);
}

test::failing_allocation::failing_allocation(std::uint64_t successes) noexcept {
  failed = false;
  countdown = successes + 1;
}
test::failing_allocation::~failing_allocation() { countdown = 0; }
bool test::failing_allocation::happened() const noexcept { return failed; }

#if INTERLOCK_TEST_COUNTS_ALLOCATIONS
void *operator new(std::size_t size) {
  if (void *const block = allocate(size))
    return block;
  throw std::bad_alloc();
}
void *operator new(std::size_t size, const std::nothrow_t &) noexcept {
  return allocate(size);
}
void operator delete(void *block) noexcept { std::free(block); }
void operator delete(void *block, std::size_t) noexcept { std::free(block); }
void operator delete(void *block, const std::nothrow_t &) noexcept {
  std::free(block);
}
#endif
