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

/// All that can be crossed on the way from a read to an operation of one
/// function, in the order of the text. For messages: cost is linear in the
/// size of the function.
std::vector<Crossing> crossedBetween(const FunctionFlow &Flow,
                                     const SourceSpan &Read, const Op &Last);

} // namespace interlock
