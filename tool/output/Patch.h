#pragma once

#include "llvm/ADT/StringRef.h"

#include <string>

namespace interlock {

/// A unified diff of one file with three lines of context, as `patch -p1` and
/// `git apply` read it; empty where nothing differs. The path is relative and
/// goes in as it is, quoted as git does where it holds odd characters.
std::string unifiedDiff(llvm::StringRef Path, llvm::StringRef Before,
                        llvm::StringRef After);

} // namespace interlock
