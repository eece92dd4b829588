// Judges programs by all their runs.
#include "verdict.hpp"

#include "interpreter.hpp"

#include <interlock/testing/explorer.hpp>

#include <algorithm>
#include <utility>

namespace agreement {

using namespace interlock::testing;

namespace {

options search(std::uint64_t schedules) {
  options how;
  how.observed = true;
  how.maximum_schedules = schedules;
  return how;
}

constexpr std::uint64_t few = 20'000, many = 500'000;

/// Both activities at the same time; false if they do not end.
bool run_both(schedule &s, run_of &run) {
  run.spawn(s, 0);
  run.spawn(s, 1);
  return s.run();
}

bool within(const std::set<outcome> &some, const std::set<outcome> &all) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

/// Whether something is stale on some path, whatever the values are.
bool stale_on_some_path(const program &p) {
  options how = search(few);
  how.shrink = false;
  for (const auto &[one, other] :
       {std::pair(true, true), {true, false}, {false, false}}) {
    const experiment e{{0, 0}, {one, other}, {0, 0}};
    const report r = explore(how, [&](schedule &s) {
      run_of run(p, e, {.take_any_branch = true});
      run_both(s, run);
      s.check(!run.stale(), "nothing relies on something old");
    });
    if (!r.ok())
      return true;
  }
  return false;
}

} // namespace

const std::vector<experiment> &experiments() {
  static const std::vector<experiment> all = [] {
    std::vector<experiment> out;
    for (const outcome begin :
         {outcome{0, 0}, outcome{4, 9}, outcome{20, 3}, outcome{9, 20}}) {
      for (const auto &[one, other] : {std::pair(9, 9), {9, 0}, {0, 0}}) {
        out.push_back({begin, {true, true}, {one, other}});
        out.push_back({begin, {true, false}, {one, other}});
        out.push_back({begin, {false, false}, {one, other}});
      }
      out.push_back({begin, {true, false}, {0, 9}});
    }
    return out;
  }();
  return all;
}

exploration explore(const program &p, const experiment &e) {
  exploration out;
  const report r = explore(search(few), [&](schedule &s) {
    run_of run(p, e);
    if (!run_both(s, run))
      return;
    out.all.insert(run.variables());
    if (!run.stale())
      out.fresh.insert(run.variables());
    out.stale |= run.stale();
  });
  out.exhausted = r.ok() && r.exhausted;
  for (const int last : {0, 1})
    (void)explore(bounded(0), [&](schedule &s) {
      run_of run(p, e);
      for (const int i : {1 - last, last}) {
        run.spawn(s, i);
        s.run();
      }
      out.serial.insert(run.variables());
    });
  return out;
}

verdict judge(const program &p) {
  verdict v;
  for (const experiment &e : experiments()) {
    exploration x = explore(p, e);
    const staleness found = !within(x.all, x.fresh) ? staleness::racy
                            : x.stale               ? staleness::stale
                                                    : staleness::fresh;
    v.staleness = std::max(v.staleness, found);
    v.serial &= within(x.all, x.serial);
    v.exhausted = x.exhausted;
    v.explorations.push_back(std::move(x));
    if (!v.exhausted) // no verdict, whatever the others say
      break;
  }
  if (v.exhausted && v.staleness == staleness::fresh && stale_on_some_path(p))
    v.staleness = staleness::paths;
  return v;
}

std::optional<std::set<outcome>> outcomes_with_locks(const program &p,
                                                     const experiment &e) {
  std::set<outcome> out;
  const report r = explore(search(many), [&](schedule &s) {
    run_of run(p, e, {.suspend_anywhere = true});
    if (run_both(s, run) && !run.stale())
      out.insert(run.variables());
  });
  return r.ok() && r.exhausted ? std::optional(out) : std::nullopt;
}

std::string drawing(const program &p, const experiment &e,
                    const std::set<outcome> &allowed) {
  return explore(search(few),
                 [&](schedule &s) {
                   run_of run(p, e);
                   const outcome &now = run.variables();
                   s.watch("x_", [&] { return now[0]; });
                   s.watch("y_", [&] { return now[1]; });
                   run_both(s, run);
                   s.check(allowed.contains(now), "an outcome that is allowed");
                 })
      .drawing();
}

} // namespace agreement
