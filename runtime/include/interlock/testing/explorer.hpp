// Runs a test of concurrent coroutines under all their interleavings.
//
//     #include <interlock/testing/explorer.hpp>
//     using namespace interlock::testing;
//
//     const report r = explore([](schedule &s) {
//       account a{100};
//       s.spawn("first", [&] { return a.withdraw(80); });
//       s.spawn("second", [&] { return a.withdraw(80); });
//       s.run();
//       s.check(a.balance >= 0, "never overdrawn");
//     });
//     EXPECT_TRUE(r) << r.text();        // or any other way to test a bool
//
// The explorer is the executor: tasks are interleaved at the points where they
// wait for a lock of this library or for one of the awaitables of `points.hpp`.
// Link `interlock::testing`.
#pragma once

#include <interlock/testing/points.hpp>
#include <interlock/testing/schedule.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {

enum class strategy : std::uint8_t {
  /// Every interleaving, depth first. Those that differ only in the order of
  /// independent steps are run once (sleep sets). Two steps are independent if
  /// one of them does nothing but join the queue of a lock that the other does
  /// not touch; with `options::observed`, if they touch nothing in common.
  exhaustive,
  /// Every interleaving with at most `options::preemptions` switches away from
  /// a task that could go on. Most mistakes need one or two.
  bounded,
  /// Random priorities with `options::depth - 1` random changes of them: finds
  /// a mistake that needs `depth` events in a certain order with a probability
  /// of at least 1 / (tasks * steps^(depth - 1)) per schedule.
  pct,
  /// Any task that can run, each with the same probability.
  random,
};

struct options {
  testing::strategy strategy = testing::strategy::exhaustive;
  unsigned preemptions = 2;
  unsigned depth = 3;
  std::uint64_t seed = 1;
  /// The search ends, not exhausted, when one of these is used up.
  std::uint64_t maximum_schedules = 10'000'000;
  std::chrono::milliseconds maximum_time{60'000};
  /// A schedule with more steps is given up and counted.
  std::uint64_t maximum_steps = 10'000;
  /// A promise that makes the search smaller: tasks share nothing but locks of
  /// this library, `shared<T>` objects, the virtual clock, and what they
  /// announce by `schedule::observe` (stop tokens, for example). Counting
  /// something that no task looks at needs no announcement. Wrong promises hide
  /// failures.
  bool observed = false;
  /// A waiter that resumes on another thread may lose the lock to a newcomer
  /// (`fairness::adaptive`); true explores both outcomes of each release. On a
  /// single-threaded executor this cannot happen.
  bool competing_wakeups = false;
  /// Tasks that nothing can resume are a failure; false leaves the verdict to
  /// the test, for which `schedule::run()` returns false.
  bool stuck_fails = true;
  /// Runs only this schedule, taken from a report.
  std::string replay;
  /// Looks for a schedule with the same failure and fewer context switches.
  bool shrink = true;
};

/// Shorthands.
options exhaustive();
options bounded(unsigned preemptions);
options pct(unsigned depth, std::uint64_t schedules, std::uint64_t seed = 1);
options random_walk(std::uint64_t schedules, std::uint64_t seed = 1);
options replay(std::string schedule);

/// What was explored, and the failure if there is one.
struct report {
  /// The whole space that the strategy promises was searched.
  bool exhausted = false;
  /// `bounded` only: the bound cut nothing off, so this is the whole space.
  bool complete = false;
  std::uint64_t schedules = 0; ///< that were run
  std::uint64_t redundant = 0; ///< of these, equivalent to another one
  std::uint64_t too_long = 0;  ///< of these, given up
  double seconds = 0;
  options searched;

  detail::failure_kind kind = detail::failure_kind::none;
  std::string failure;         ///< what failed; empty if nothing did
  std::string schedule;        ///< for `replay`
  std::uint64_t failed_at = 0; ///< number of the schedule that failed first
  std::size_t context_switches = 0;
  drawing::interleaving interleaving;

  bool ok() const noexcept { return kind == detail::failure_kind::none; }
  explicit operator bool() const noexcept { return ok(); }
  double schedules_per_second() const noexcept {
    return seconds > 0 ? static_cast<double>(schedules) / seconds : 0;
  }
  /// One line: what was covered, honestly.
  std::string summary() const;
  /// The summary and, after a failure, the interleaving and how to replay it.
  std::string text() const;
  /// The interleaving as text.
  std::string drawing() const { return as_text(interleaving); }
  /// The same as a picture; empty if nothing failed.
  std::string svg() const { return as_svg(interleaving); }
};

/// Runs `body` once per schedule until one fails, all are explored, or the
/// budget is used up.
report explore(const options &how, const std::function<void(schedule &)> &body);
inline report explore(const std::function<void(schedule &)> &body) {
  return explore(options{}, body);
}

} // namespace testing
INTERLOCK_NAMESPACE_END
