#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>

namespace interlock {

/// What a file is whose content may never end: a device, but for /dev/null, or
/// a pipe with a name, which waits for a writer. Nothing for any other.
const char *whyEndless(llvm::StringRef Path);

/// Reads what a user has named: a file, or a pipe from another program, whole.
/// What may never end is an error. The error says why, not what.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readInput(llvm::StringRef Path);

} // namespace interlock
