#pragma once

#include "matchers/flow/FunctionFlow.h"

#include <vector>

namespace interlock {

/// A place where control is given up, seen from the function that waits: its
/// own await first, then the awaits inside what that calls.
struct Crossing {
  SourceSpan At;
  std::vector<std::pair<std::string, SourceSpan>> Through; ///< by function
};

/// What gives up control on the way from a read to a modify, in the order of
/// the text, one operation a place. For messages: looks at a bounded number of
/// operations, the ones nearest to the modify.
std::vector<const Op *> crossedBetween(const FunctionFlow &Flow,
                                       const ReadSite &Read,
                                       const ModifySite &Modify);

/// The way down from such an operation. Cost: linear in the size of the few
/// functions on the way.
Crossing crossingAt(const Program &P, const Op &O);

} // namespace interlock
