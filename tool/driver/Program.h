#pragma once

#include "matchers/Analysis.h"
#include "matchers/facts/Facts.h"
#include "tool/driver/Frontend.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <memory>
#include <vector>

namespace interlock {

/// What one unit gave: facts, or the reason why there are none.
struct UnitOutcome {
  std::unique_ptr<TUFacts> Facts;
  ParseResult Parse;
};

/// Calls `Work(0)` to `Work(Count - 1)` on `Jobs` threads, in the order of
/// `Order`; returns when all are done. Zero jobs: one a core.
void forEachParallel(llvm::ArrayRef<size_t> Order, unsigned Jobs,
                     llvm::function_ref<void(size_t)> Work);

/// Indices of units, the costliest first, so that no core waits for a late
/// giant at the end.
std::vector<size_t> largestFirst(llvm::ArrayRef<Unit> Units);

/// Names of files that a parse took in its stead.
using Overlay = std::map<std::string, std::string>;

/// Parses all units and collects their facts; results stand in the order of
/// `Units`, whatever the number of jobs. `Done` is called after each, from
/// any thread.
std::vector<UnitOutcome>
collectProgram(llvm::ArrayRef<Unit> Units, const Options &Opts, unsigned Jobs,
               llvm::function_ref<void(const Unit &)> Done);

} // namespace interlock
