// Time that passes when the test says so.
#pragma once

#include <interlock/options.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>

namespace test {

class virtual_clock final : public interlock::clock_source {
public:
  std::uint64_t now_ns() const noexcept override { return now_.load(); }
  void advance(std::chrono::nanoseconds d) {
    now_ += static_cast<std::uint64_t>(d.count());
  }

private:
  std::atomic<std::uint64_t> now_{1'000'000};
};

} // namespace test
