#include "runner.hpp"

#include <algorithm>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {
namespace detail {
namespace {

constexpr std::uint64_t schedules_per_bound = 20'000;
constexpr unsigned tries_of_merging = 2'000;

bool same_failure(const run_result &a, const run_result &b) {
  return a.kind == b.kind && a.what == b.what;
}

/// Preemptions first, since a switch at which a task waits anyway costs a
/// reader nothing.
bool smaller(const run_result &a, const run_result &b) {
  const std::size_t sa = switches(a), sb = switches(b);
  return sa != sb ? sa < sb : a.steps_at_failure < b.steps_at_failure;
}

class shrinker {
public:
  shrinker(const test_body &body, const run_limits &limits, run_result worst)
      : body_(body), limits_(limits), best_(std::move(worst)) {}

  run_result run() {
    for (unsigned bound = 0; bound < 3 && bound < switches(best_); ++bound)
      if (search_within(bound))
        return std::move(best_);
    merge();
    return std::move(best_);
  }

private:
  /// The first failure of the same kind within a bound on preemptions.
  bool search_within(unsigned bound) {
    depth_first dfs(bound);
    std::uint64_t count = 0;
    do {
      dfs.begin();
      if (accept(dfs))
        return true;
    } while (++count != schedules_per_bound && dfs.advance());
    return false;
  }

  /// Runs pieces of a task's work together that were run apart.
  void merge() {
    bool better = true;
    while (better && tries_ < tries_of_merging) {
      better = false;
      const auto &steps = best_.steps;
      for (std::size_t i = 0; i + 1 < best_.steps_at_failure && !better; ++i) {
        if (steps[i] == steps[i + 1])
          continue;
        // What this actor does next is done now.
        const auto begin = steps.begin();
        const auto next = std::find(begin + static_cast<std::ptrdiff_t>(i) + 1,
                                    steps.end(), steps[i]);
        std::vector<std::uint8_t> order(
            begin, begin + static_cast<std::ptrdiff_t>(i) + 1);
        if (next == steps.end())
          continue;
        order.push_back(steps[i]);
        order.insert(order.end(), begin + static_cast<std::ptrdiff_t>(i) + 1,
                     next);
        order.insert(order.end(), next + 1, steps.end());
        better = follow(std::move(order));
      }
    }
  }

  bool follow(std::vector<std::uint8_t> order) {
    if (++tries_ > tries_of_merging)
      return false;
    std::vector<std::uint8_t> numbers;
    for (const decision &d : best_.decisions)
      if (d.number)
        numbers.push_back(d.answer);
    follower c(std::move(order), std::move(numbers));
    return accept(c);
  }

  bool accept(chooser &c) {
    const run_result &r = runner_.run(body_, c, limits_, nullptr);
    if (!r.failed() || !same_failure(r, best_) || !smaller(r, best_))
      return false;
    best_ = r;
    return true;
  }

  const test_body &body_;
  const run_limits &limits_;
  run_result best_;
  runner runner_;
  unsigned tries_ = 0;
};

} // namespace

runner::runner() : outer_(interlock::detail::set_test_scheduler(&schedule_)) {}
runner::~runner() { interlock::detail::set_test_scheduler(outer_); }

const run_result &runner::run(const test_body &body, chooser &c,
                              const run_limits &limits, trace *trace) {
  interlock::detail::set_test_scheduler(&schedule_);
  schedule_.reset(c, limits, trace);
  try {
    body(schedule_);
    if (!schedule_.ran_all_)
      schedule_.fail(failure_kind::misuse,
                     "the test spawned tasks and did not call run()");
  } catch (const std::exception &e) {
    schedule_.fail(failure_kind::exception,
                   std::string("the test ended with an exception: ") +
                       e.what());
  }
  return schedule_.result_;
}

void runner::mark(failure_kind kind, std::string what) {
  schedule_.result_.kind = kind;
  schedule_.result_.what = std::move(what);
}

std::size_t switches(const run_result &r) noexcept {
  std::size_t count = 0;
  for (std::size_t i = 1; i < r.steps_at_failure; ++i)
    count += r.steps[i] != r.steps[i - 1] ? 1 : 0;
  return count;
}

run_result shrink(const test_body &body, const run_limits &limits,
                  run_result worst) {
  return shrinker(body, limits, std::move(worst)).run();
}

} // namespace detail
} // namespace testing
INTERLOCK_NAMESPACE_END
