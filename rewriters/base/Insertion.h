#pragma once

#include "rewriters/base/Extent.h"
#include "rewriters/base/FixPlan.h"

#include <string>
#include <vector>

namespace interlock {

/// The edits that put `Declaration` (a whole statement) in front of the
/// extent in the given form; `Release` is the statement that ends the guard
/// where the form is `Unlocked`. Comment lines right above the first
/// statement stay with it.
std::vector<Edit> guardEdits(const FunctionView &View, const Extent &E, Form F,
                             unsigned At, llvm::StringRef Declaration,
                             llvm::StringRef Release);

} // namespace interlock
