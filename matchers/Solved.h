#pragma once

#include "matchers/base/Finding.h"
#include "matchers/flow/Flows.h"

#include <vector>

namespace interlock {

/// A program with its summaries, solved flows and writers: all that a
/// judgement asks.
struct Solved {
  Solved(llvm::ArrayRef<const TUFacts *> Units, const Options &Opts);

  Program P;
  Flows Known;
  std::vector<FunctionFlow *> All; ///< in the order of the functions
  std::vector<Finding> Incomplete; ///< about functions without a flow
};

} // namespace interlock
