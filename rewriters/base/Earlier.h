#pragma once

#include "matchers/base/Finding.h"
#include "rewriters/base/FunctionView.h"

#include "llvm/ADT/StringRef.h"

#include <optional>

namespace interlock {

/// Where a modify could stand before anything has suspended: in front of the
/// first step behind the check that does.
struct Earlier {
  int Modify = -1; ///< the statement
  int Block = -1;  ///< that it would be moved within
  int Step = -1;   ///< the child of the block that suspends first
};

/// The place for a finding's modify, if all that it was checked by stands
/// before, and it is reached from there at most once.
std::optional<Earlier> earlierPlace(const FunctionView &View, const Finding &F,
                                    int Modify);

/// Whether what runs between the two places, or on a way that does not come by
/// the old one, names the member: it was written for the old order.
bool mentionedMeanwhile(const FunctionView &View, const Earlier &E,
                        llvm::StringRef Member);

} // namespace interlock
