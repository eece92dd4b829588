// Runs programs that a compiler has seen: what interlock made of them, and what
// they were before.
#pragma once

#include "tick.hpp"
#include "verdict.hpp"

#include <interlock/testing/explorer.hpp>

#include <functional>
#include <string>

namespace agreement {

/// Called with the outcome of each schedule; false if it is none that may be.
using judge_outcome = std::function<bool(const outcome &)>;
/// All schedules of an experiment, or as many as the budget allows.
using run_program = std::function<interlock::testing::report(
    const experiment &, const judge_outcome &)>;

/// `run_program` with the class `Program`; an exception ends an activity and is
/// no failure.
template <class Program>
interlock::testing::report run_compiled(const experiment &e,
                                        const judge_outcome &allowed) {
  using namespace interlock::testing;
  options how;
  how.maximum_schedules = 5'000;
  return explore(how, [&](schedule &s) {
    Program p(e.begin[0], e.begin[1]);
    s.watch("x_", [&] { return variable(p, 0); });
    s.watch("y_", [&] { return variable(p, 1); });
    for (const int i : {0, 1})
      s.spawn(e.first[i] ? "first" : "second", [&, i]() -> task<> {
        try {
          if (e.first[i])
            co_await p.first(e.argument[i]);
          else
            co_await p.second(e.argument[i]);
        } catch (const failure &) {
        }
      });
    if (s.run())
      s.check(allowed({variable(p, 0), variable(p, 1)}),
              "an outcome that the program may have");
  });
}

/// Prints the name of a program and how well it was repaired: `sound`,
/// `sampled` (too many schedules), `undecided` (too many that are allowed), or
/// `broken`, and the schedule that breaks it.
void judge_repaired(const std::string &name, int modifies,
                    const run_program &repaired);

} // namespace agreement
