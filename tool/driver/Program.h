#pragma once

#include "matchers/Analysis.h"
#include "matchers/facts/Facts.h"
#include "tool/cache/ResultCache.h"
#include "tool/driver/Frontend.h"
#include "tool/driver/Prefix.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <memory>
#include <vector>

namespace interlock {

/// What one unit gave: facts, or the reason why there are none.
struct UnitOutcome {
  std::unique_ptr<TUFacts> Facts;
  bool LeftOut = false;    ///< not parsed: nothing depends on it
  double LowerSeconds = 0; ///< processor time that facts took, in the parse's
  ParseResult Parse;
};

/// Calls `Work(0)` to `Work(Count - 1)` on `Jobs` threads, in the order of
/// `Order`; returns when all are done. Zero jobs: one a core. Fewer run at a
/// time while memory is scarce.
void forEachParallel(llvm::ArrayRef<size_t> Order, unsigned Jobs,
                     llvm::function_ref<void(size_t)> Work);

/// Indices of units, the costliest first, so that no core waits for a late
/// giant at the end.
std::vector<size_t> largestFirst(llvm::ArrayRef<Unit> Units);

/// Names of files that a parse took in its stead.
using Overlay = std::map<std::string, std::string>;

/// Parses one unit and collects its facts.
UnitOutcome collectUnit(const Unit &U, const Options &Opts);

/// Everything that the facts of a unit depend on, sorted.
std::vector<std::string> inputsOf(const Unit &U, const ParseResult &Parse);

/// Processor time of all threads so far.
double processSeconds();

/// What collecting facts needs besides the units.
struct Collecting {
  const Options &Opts;
  unsigned Jobs;
  ResultCache &Cache;
  SharedPrefixes &Prefixes;
  bool SharePrefixes = true;
  std::string Root;      ///< the project's folder
  bool LeavesOut = true; ///< units that cannot matter
};

/// Where the processor time of collecting went, in seconds.
struct CollectTimes {
  double LookUp = 0, Choose = 0, Prefixes = 0, Parse = 0, Lower = 0;
  unsigned Parsed = 0;  ///< units that were not in the cache
  unsigned LeftOut = 0; ///< nor those
};

/// The facts of all units, from the cache or by a parse, which the cache then
/// keeps; results stand in the order of `Units`, whatever the number of jobs.
/// `Done` is called after each unit, from any thread. The commands of units
/// that are parsed may name a shared prefix afterwards.
std::vector<UnitOutcome>
collectProgram(std::vector<Unit> &Units, const Collecting &How,
               CollectTimes &Times,
               llvm::function_ref<void(const Unit &)> Done);

} // namespace interlock
