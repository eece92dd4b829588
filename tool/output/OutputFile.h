#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace interlock {

/// Writes a file whole or not at all: a reader sees the old content or the
/// new. Links keep pointing, permissions stay. A device or pipe is written to
/// and stays what it is; "-" is standard output. A full disk is an error, not
/// a shorter file.
llvm::Error writeOutput(llvm::StringRef Path,
                        llvm::function_ref<void(llvm::raw_ostream &)> Write);

} // namespace interlock
