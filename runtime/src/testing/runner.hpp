// Runs one schedule after the other; makes failing ones smaller.
#pragma once

#include <interlock/testing/schedule.hpp>

#include "search.hpp"

#include <cstddef>
#include <functional>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {
namespace detail {

using test_body = std::function<void(schedule &)>;

class runner {
public:
  runner();
  ~runner();
  runner(const runner &) = delete;
  runner &operator=(const runner &) = delete;

  /// One run. The result is valid until the next.
  const run_result &run(const test_body &body, chooser &c,
                        const run_limits &limits, trace *trace);
  const run_result &result() const noexcept { return schedule_.result_; }
  void mark(failure_kind kind, std::string what);

private:
  schedule schedule_;
  interlock::detail::test_scheduler *outer_;
};

/// How often another task went on, up to the failure.
std::size_t switches(const run_result &r) noexcept;

/// A run with the same failure and as few context switches as can be found
/// with a bounded effort.
run_result shrink(const test_body &body, const run_limits &limits,
                  run_result worst);

} // namespace detail
} // namespace testing
INTERLOCK_NAMESPACE_END
