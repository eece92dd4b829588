// Counts this program's calls of the global operator new, and fails them.
#pragma once

#include <cstdint>

// The sanitizers bring their own operator new.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define INTERLOCK_TEST_COUNTS_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define INTERLOCK_TEST_COUNTS_ALLOCATIONS 0
#endif
#endif
#if !defined(INTERLOCK_TEST_COUNTS_ALLOCATIONS)
#define INTERLOCK_TEST_COUNTS_ALLOCATIONS 1
#endif

#define SKIP_UNLESS_ALLOCATIONS_COUNT()                                        \
  if (!INTERLOCK_TEST_COUNTS_ALLOCATIONS)                                      \
  GTEST_SKIP() << "the sanitizer replaces operator new"

namespace test {

std::uint64_t allocations() noexcept;

/// While it lives, one allocation of this thread fails: the one after
/// `successes` others.
class failing_allocation {
public:
  explicit failing_allocation(std::uint64_t successes) noexcept;
  failing_allocation(const failing_allocation &) = delete;
  failing_allocation &operator=(const failing_allocation &) = delete;
  ~failing_allocation();
  /// It came so far.
  bool happened() const noexcept;
};

} // namespace test
