#pragma once

#include "rewriters/base/Extent.h"
#include "rewriters/base/FunctionView.h"

namespace interlock {

/// Why no guard may begin at a statement, if one of the lock library is held
/// there already that does not say whose it is: it comes out of a helper, or is
/// handed in. It may be the very lock that is wanted, and would be waited for
/// forever.
std::optional<Why> unseenGuard(const FunctionView &View, int Statement);

} // namespace interlock
