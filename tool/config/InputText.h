#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>

namespace interlock {

/// Reads what a user has named: a file or a pipe, whole. Another device than
/// /dev/null, which may never end, is an error. The error says why, not what.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readInput(llvm::StringRef Path);

} // namespace interlock
