// What the explorer says of a program.
#pragma once

#include "program.hpp"

#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace agreement {

/// The values of the two variables in the end.
using outcome = std::array<int, 2>;

/// Two activities that run at the same time, from a state of the variables.
struct experiment {
  outcome begin;
  bool first[2]; ///< the coroutine is `first`, not `second`
  int argument[2];
};
const std::vector<experiment> &experiments();

/// What happened in all interleavings of an experiment.
struct exploration {
  std::set<outcome> all;
  std::set<outcome> fresh;  ///< ends of runs without a stale modify
  std::set<outcome> serial; ///< ends of the two serial orders
  bool stale = false;       ///< there is a run with a stale modify
  bool exhausted = true;
};
exploration explore(const program &p, const experiment &e);
/// A run that ends in none of the allowed outcomes.
std::string drawing(const program &p, const experiment &e,
                    const std::set<outcome> &allowed);

/// How bad it is; see README.md. The worst of all experiments counts.
enum class staleness : std::uint8_t {
  fresh,
  paths, ///< stale if branches went both ways whatever the values are
  stale,
  racy,
};

struct verdict {
  agreement::staleness staleness = staleness::fresh;
  bool serial = true;    ///< every outcome is one of a serial order
  bool exhausted = true; ///< false: no verdict
  std::vector<exploration> explorations;
};
verdict judge(const program &p);

/// The ends of the runs without a stale modify if others may run before each
/// statement: what a program may do that takes more locks. Nothing if there are
/// too many runs.
std::optional<std::set<outcome>> outcomes_with_locks(const program &p,
                                                     const experiment &e);

} // namespace agreement
