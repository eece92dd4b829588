#include <interlock/testing/explorer.hpp>

#include "runner.hpp"

#include <algorithm>
#include <array>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {
namespace detail {
namespace {

using clock = std::chrono::steady_clock;

run_limits limits_of(const options &how) {
  run_limits limits;
  limits.steps = how.maximum_steps;
  limits.track = how.strategy == strategy::exhaustive;
  limits.observed = how.observed;
  limits.stuck_fails = how.stuck_fails;
  limits.competing_wakeups = how.competing_wakeups;
  return limits;
}

/// Counts what is run and says when to stop.
class budget {
public:
  explicit budget(const options &how)
      : schedules_(how.maximum_schedules),
        end_(clock::now() + how.maximum_time) {}
  bool used_up(std::uint64_t schedules) {
    return schedules >= schedules_ ||
           (schedules % 256 == 0 && clock::now() >= end_);
  }

private:
  std::uint64_t schedules_;
  clock::time_point end_;
};

class search {
public:
  search(const options &how, const test_body &body)
      : how_(how), body_(body), limits_(limits_of(how)), budget_(how) {}

  /// True if a schedule failed; it is then `failed()`.
  bool run(report &out) {
    switch (how_.strategy) {
    case strategy::exhaustive:
      return depth_first_search(out, std::nullopt);
    case strategy::bounded:
      return depth_first_search(out, how_.preemptions);
    default:
      return sample(out);
    }
  }
  const run_result &failed() const noexcept { return runner_.result(); }

private:
  bool once(report &out, chooser &c) {
    const run_result &r = runner_.run(body_, c, limits_, nullptr);
    ++out.schedules;
    out.too_long += r.too_long ? 1 : 0;
    return r.failed();
  }

  bool depth_first_search(report &out, std::optional<unsigned> bound) {
    depth_first dfs(bound);
    do {
      if (budget_.used_up(out.schedules))
        return false;
      dfs.begin();
      const bool failed = once(out, dfs);
      out.redundant += dfs.redundant() ? 1 : 0;
      if (dfs.diverged()) {
        runner_.mark(failure_kind::diverged,
                     "the test does not repeat itself: with the same choices "
                     "other tasks can run than before");
        return true;
      }
      if (failed)
        return true;
    } while (dfs.advance());
    out.exhausted = out.too_long == 0;
    out.complete = out.exhausted && !dfs.cut();
    return false;
  }

  bool sample(report &out) {
    std::uint64_t longest = 1;
    for (std::uint64_t i = 0; !budget_.used_up(i); ++i) {
      const std::uint64_t seed = random_numbers(how_.seed + i).next();
      bool failed = false;
      if (how_.strategy == strategy::pct) {
        prioritised c(seed, how_.depth, longest);
        failed = once(out, c);
      } else {
        random_walker c(seed);
        failed = once(out, c);
      }
      if (failed)
        return true;
      longest = std::max<std::uint64_t>(longest, failed_steps());
    }
    return false;
  }
  std::uint64_t failed_steps() const { return runner_.result().steps.size(); }

  const options &how_;
  const test_body &body_;
  run_limits limits_;
  budget budget_;
  runner runner_;
};

/// Runs a schedule and writes down what happens.
run_result trace_run(const test_body &body, const run_limits &limits,
                     repeater &decisions, report &out) {
  runner once;
  trace t;
  run_result r = once.run(body, decisions, limits, &t);
  out.interleaving = std::move(t.drawn);
  out.kind = r.kind;
  out.failure = r.what;
  out.context_switches = switches(r);
  return r;
}

void trace_failure(const test_body &body, const run_limits &limits,
                   std::vector<decision> decisions, report &out) {
  repeater c(std::move(decisions));
  const run_result r = trace_run(body, limits, c, out);
  out.schedule = to_text(r.decisions, r.decisions_at_failure);
  if (!r.failed()) {
    out.kind = failure_kind::diverged;
    out.failure = "the test does not repeat itself: a schedule that failed "
                  "does not fail again";
  }
}

report replay_schedule(const options &how, const test_body &body) {
  report out;
  out.searched = how;
  const auto decisions = parse_schedule(how.replay);
  if (!decisions) {
    out.kind = failure_kind::misuse;
    out.failure = "'" + how.replay + "' is no schedule";
    return out;
  }
  repeater c(*decisions);
  trace_run(body, limits_of(how), c, out);
  out.schedules = 1;
  out.schedule = how.replay;
  if (c.diverged_at()) {
    out.kind = failure_kind::diverged;
    out.failure = "the test has changed: decision " +
                  std::to_string(*c.diverged_at()) +
                  " of the schedule finds other tasks to choose from";
  } else if (c.used() != decisions->size()) {
    out.kind = failure_kind::diverged;
    out.failure = "the test has changed: it ends before the schedule does";
  }
  return out;
}

} // namespace
} // namespace detail

report explore(const options &how,
               const std::function<void(schedule &)> &body) {
  if (!how.replay.empty())
    return detail::replay_schedule(how, body);
  report out;
  out.searched = how;
  const auto begin = detail::clock::now();
  detail::search search(how, body);
  const bool failed = search.run(out);
  out.seconds =
      std::chrono::duration<double>(detail::clock::now() - begin).count();
  if (!failed)
    return out;
  out.failed_at = out.schedules;
  detail::run_result worst = search.failed();
  if (worst.kind == detail::failure_kind::diverged) {
    out.kind = worst.kind;
    out.failure = worst.what;
    return out;
  }
  detail::run_limits limits = detail::limits_of(how);
  limits.track = false;
  if (how.shrink)
    worst = detail::shrink(body, limits, std::move(worst));
  worst.decisions.resize(worst.decisions_at_failure);
  detail::trace_failure(body, limits, std::move(worst.decisions), out);
  return out;
}

options exhaustive() { return {}; }
options bounded(unsigned preemptions) {
  options how;
  how.strategy = strategy::bounded;
  how.preemptions = preemptions;
  return how;
}
options pct(unsigned depth, std::uint64_t schedules, std::uint64_t seed) {
  options how;
  how.strategy = strategy::pct;
  how.depth = depth;
  how.maximum_schedules = schedules;
  how.seed = seed;
  return how;
}
options random_walk(std::uint64_t schedules, std::uint64_t seed) {
  options how;
  how.strategy = strategy::random;
  how.maximum_schedules = schedules;
  how.seed = seed;
  return how;
}
options replay(std::string schedule) {
  options how;
  how.replay = std::move(schedule);
  return how;
}

} // namespace testing
INTERLOCK_NAMESPACE_END
