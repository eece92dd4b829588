// Counts calls of the global operator new.
#pragma once

#include <cstdint>

namespace bench {

std::uint64_t allocations_so_far() noexcept;

class allocation_counter {
public:
  /// Allocations since construction, divided by `operations`.
  template <class Count> double per(Count operations) const noexcept {
    return static_cast<double>(allocations_so_far() - start_) /
           static_cast<double>(operations);
  }

private:
  std::uint64_t start_ = allocations_so_far();
};

} // namespace bench
