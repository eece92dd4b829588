// Reports as text.
#include <interlock/testing/explorer.hpp>

#include <algorithm>
#include <cstdio>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {
namespace {

constexpr std::size_t widest_column = 44;

std::string grouped(std::uint64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t i = digits.size(); i > 3; i -= 3)
    digits.insert(i - 3, 1, ',');
  return digits;
}

std::string count(std::uint64_t n, const char *what) {
  return grouped(n) + ' ' + what + (n == 1 ? "" : "s");
}

std::string file_name(const std::string &path) {
  return path.substr(path.find_last_of('/') + 1);
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

/// The text of an entry; its place only where the reader is not there already.
std::string entry(const detail::trace_line &l) {
  return l.line != 0 ? l.text + "  :" + std::to_string(l.line) : l.text;
}

void pad(std::string &text, std::size_t width) {
  if (text.size() < width)
    text.append(width - text.size(), ' ');
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

std::string report::drawing() const {
  const auto &lanes = interleaving.lanes;
  std::vector<std::uint32_t> used; // lanes in the order of appearance
  std::vector<std::string> files;
  for (const detail::trace_line &l : interleaving.lines) {
    if (std::find(used.begin(), used.end(), l.lane) == used.end())
      used.push_back(l.lane);
    if (!l.file.empty() &&
        std::find(files.begin(), files.end(), l.file) == files.end())
      files.push_back(l.file);
  }
  std::sort(used.begin(), used.end());
  const bool columns = used.size() <= 3;
  std::vector<std::size_t> widths;
  for (const std::uint32_t lane : used) {
    std::size_t width = lanes[lane].size();
    for (const detail::trace_line &l : interleaving.lines)
      if (l.lane == lane)
        width = std::max(width, entry(l).size());
    widths.push_back(columns ? std::min(width, widest_column)
                             : lanes[lane].size());
  }
  const std::size_t widest_name = *std::max_element(
      widths.begin(), widths.end() + (widths.empty() ? 1 : 0));
  std::string out;
  for (const std::string &value : interleaving.initially)
    out += "  initially " + value + '\n';
  if (columns) {
    std::string head = "  step  ";
    std::string rule = "  ----  ";
    for (std::size_t i = 0; i != used.size(); ++i) {
      std::string name = lanes[used[i]];
      pad(name, widths[i] + 2);
      head += name;
      rule += std::string(widths[i], '-') + "  ";
    }
    out += head.substr(0, head.find_last_not_of(' ') + 1) + '\n' +
           rule.substr(0, rule.find_last_not_of(' ') + 1) + '\n';
  }
  std::uint32_t step = 0;
  for (const detail::trace_line &l : interleaving.lines) {
    char number[16];
    std::snprintf(number, sizeof number,
                  l.step != step ? "  %4u  " : "        ", l.step);
    step = l.step;
    std::string row = number;
    if (columns) {
      for (std::size_t i = 0; used[i] != l.lane; ++i)
        row.append(widths[i] + 2, ' ');
    } else {
      std::string name = lanes[l.lane];
      pad(name, widest_name + 2);
      row += name;
    }
    row += entry(l);
    if (files.size() > 1 && !l.file.empty())
      row += " of " + file_name(l.file);
    out += row + '\n';
  }
  if (files.size() == 1)
    out += "  (lines of " + file_name(files[0]) + ")\n";
  return out;
}

std::string report::text() const {
  std::string out = summary() + '\n';
  if (ok())
    return out;
  out += "failure: " + failure + '\n';
  if (interleaving.lines.empty())
    return out;
  out += '\n' + drawing() + "  FAILS: " + failure + "\n\n" +
         grouped(context_switches) +
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
