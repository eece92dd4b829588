// Counts this program's calls of the global operator new.
#pragma once
#include <cstdint>
namespace test {
std::uint64_t allocations() noexcept;
}
