#pragma once

#include "rewriters/base/FixPlan.h"

#include "llvm/ADT/StringRef.h"

#include <optional>

namespace interlock {

/// The insertion of `#include Spelling` where the file keeps its own
/// includes; nothing if the file has it already, in quotes or in angles.
/// `Spelling` comes with its delimiters.
std::optional<Edit> includeEdit(llvm::StringRef File, llvm::StringRef Content,
                                llvm::StringRef Spelling);

} // namespace interlock
