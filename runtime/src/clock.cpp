#include <interlock/detail/wait_profile.hpp>

#include <atomic>
#include <chrono>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

constinit std::uint64_t tick_rate = 0;

std::uint64_t steady_ns() noexcept {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(
          std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

namespace {

#if defined(__x86_64__)
/// True if the counter runs at one rate, in all cores and sleep states.
bool counter_is_invariant() noexcept {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(0x80000007U, &a, &b, &c, &d) != 0 && (d & (1U << 8)) != 0;
}

/// ns per 2^32 ticks; 0 if the counter cannot be used.
std::uint64_t calibrate() noexcept {
  if (!counter_is_invariant())
    return 0;
  constexpr std::uint64_t enough_ns = 200'000; // two reads cost 50: 0.03 %
  const std::uint64_t ns = steady_ns();
  const std::uint64_t ticks = __builtin_ia32_rdtsc();
  std::uint64_t ns_now = ns;
  while (ns_now - ns < enough_ns)
    ns_now = steady_ns();
  const std::uint64_t elapsed = __builtin_ia32_rdtsc() - ticks;
  __extension__ using wide = unsigned __int128;
  return elapsed == 0 ? 0
                      : static_cast<std::uint64_t>(
                            (static_cast<wide>(ns_now - ns) << 32U) / elapsed);
}
#endif

} // namespace

void calibrate_ticks() noexcept {
#if defined(__x86_64__)
  static const bool done = [] {
    tick_rate = calibrate();
    return true;
  }();
  static_cast<void>(done);
#endif
}

} // namespace detail
INTERLOCK_NAMESPACE_END
