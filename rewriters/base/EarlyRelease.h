#pragma once

#include "matchers/base/Finding.h"
#include "rewriters/base/Extent.h"
#include "rewriters/base/FunctionView.h"

#include "llvm/ADT/ArrayRef.h"

#include <vector>

namespace interlock {

/// The first statements of branches in an extent that wait, touch nothing that
/// the findings are about, and are the last of the extent on their path: a
/// rejection that is sent, a message that is logged. Whoever waits for the
/// guard should not wait for that.
std::vector<int> releasedBranches(const FunctionView &View, const Extent &E,
                                  llvm::ArrayRef<const Finding *> Findings);

} // namespace interlock
