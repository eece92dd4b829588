#pragma once

#include "matchers/base/Finding.h"
#include "matchers/flow/FunctionFlow.h"

#include <memory>

namespace interlock {

/// A program with its summaries, solved flows and writers: all that a
/// judgement asks.
struct Solved {
  Solved(llvm::ArrayRef<const TUFacts *> Units, const Options &Opts);

  Program P;
  std::vector<std::unique_ptr<FunctionFlow>> Flows;
  std::vector<Finding> Incomplete; ///< about functions without a flow
};

} // namespace interlock
