// Runs programs that a compiler has seen: what interlock made of them, and what
// they were before.
#pragma once

#include "tick.hpp"
#include "verdict.hpp"

#include <interlock/testing/explorer.hpp>

#include <functional>
#include <string>
#include <vector>

namespace agreement {

/// Called with the outcome of each schedule; false if it is none that may be.
using judge_outcome = std::function<bool(const outcome &)>;

interlock::testing::options compiled_search();

/// The first failure of an experiment with the class `Program`; exceptions end
/// an activity and are no failure.
template <class Program>
interlock::testing::report run_compiled(const experiment &e,
                                        const judge_outcome &allowed) {
  using namespace interlock::testing;
  return explore(compiled_search(), [&](schedule &s) {
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

/// Runs repaired programs; `verdicts` is the file that `agreement_programs`
/// printed. Prints the name of each, `sound`, `sampled` or `broken`, and how.
int judge_repaired(const char *verdicts, const std::vector<std::string> &names,
                   const std::vector<std::function<interlock::testing::report(
                       const experiment &, const judge_outcome &)>> &programs);

} // namespace agreement
