// Reports as text.
#include <interlock/testing/explorer.hpp>

#include <cstdio>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {
namespace {

std::string grouped(std::uint64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t i = digits.size(); i > 3; i -= 3)
    digits.insert(i - 3, 1, ',');
  return digits;
}

std::string count(std::uint64_t n, const char *what) {
  return grouped(n) + ' ' + what + (n == 1 ? "" : "s");
}

std::string strategy_text(const options &how) {
  switch (how.strategy) {
  case strategy::exhaustive:
    return how.observed ? "depth first, observed" : "depth first";
  case strategy::bounded:
    return "at most " + count(how.preemptions, "preemption");
  case strategy::pct:
    return "pct, depth " + std::to_string(how.depth) + ", seed " +
           std::to_string(how.seed);
  case strategy::random:
    return "random, seed " + std::to_string(how.seed);
  }
  return {};
}

} // namespace

std::string report::summary() const {
  std::string out;
  if (!searched.replay.empty())
    return ok() ? "replayed: no failure" : "replayed";
  if (!ok())
    out = "failed after ";
  else if (!exhausted)
    out = "not exhausted, nothing found in ";
  else if (searched.strategy == strategy::bounded && !complete)
    out = "exhausted within the bound: ";
  else
    out = "exhausted: ";
  out += count(schedules, "schedule") + " (" + strategy_text(searched);
  if (redundant != 0)
    out += "; " + grouped(redundant) + " cut short as redundant";
  if (too_long != 0)
    out += "; " + grouped(too_long) + " given up as too long";
  char rate[64];
  std::snprintf(rate, sizeof rate, "; %.3g s, %.0f per second)", seconds,
                schedules_per_second());
  return out + rate;
}

std::string report::text() const {
  std::string out = summary() + '\n';
  if (ok())
    return out;
  out += "failure: " + failure + '\n';
  if (interleaving.events.empty())
    return out;
  out += '\n' + drawing() + '\n' + grouped(context_switches) +
         (context_switches == 1 ? " context switch" : " context switches");
  if (!schedule.empty())
    out += "; replay it with options.replay = \"" + schedule + '"';
  else
    out += "; it fails in every schedule";
  if (searched.strategy == strategy::pct ||
      searched.strategy == strategy::random)
    out += "\nfirst found by schedule " + grouped(failed_at) + " of seed " +
           std::to_string(searched.seed);
  return out + '\n';
}

} // namespace testing
INTERLOCK_NAMESPACE_END
