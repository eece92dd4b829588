#pragma once

#include "matchers/Analysis.h"
#include "matchers/facts/Facts.h"
#include "tool/cache/PathList.h"
#include "tool/cache/Shards.h"

#include <memory>
#include <set>
#include <string>

namespace interlock {

/// Adds what others must know of a unit to the index of a program: functions
/// and state by id, callers by callee, accesses by state, closures by parent,
/// and which unit answers for a place that several of them see. Facts are
/// relative to `indexRoot()`.
void addToIndex(const TUFacts &Unit, ShardWriter &Into);

/// The folder that stands for the project's while an index is made, so that it
/// is the same wherever that lies.
llvm::StringRef indexRoot();

/// As much of a program as decides about the functions of one unit.
struct Neighbourhood {
  TUFacts Facts;
  /// Ids of functions that the unit answers for; what is found in the others
  /// is reported by their own units.
  std::set<std::string> Own;
};

/// Gathers the neighbourhood of a unit:
///
/// - its functions and all that they call, whose summaries they need;
/// - whoever touches guarded state that those touch, as the other side of a
///   race, with all that these call;
/// - the callers of either, up to the activities' roots, for the locks that
///   they hold and for what can run at the same time;
/// - direct callers of everything called, because a helper that only code in
///   view calls is judged at its calls.
///
/// What `analyse` finds in the unit's functions is the same as in the whole
/// program.
llvm::Expected<Neighbourhood> neighbourhood(const TUFacts &Unit,
                                            ShardReader &Index,
                                            const Relocation &R,
                                            const Options &Opts);

/// What is found in the functions that the unit answers for.
std::vector<Finding> analyse(const Neighbourhood &N, const Options &Opts);

} // namespace interlock
