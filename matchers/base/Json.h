#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

namespace interlock {

/// Parses JSON from outside. A byte order mark is allowed. The error reads
/// "LINE:COLUMN: reason", columns in bytes. Text that is nested more than 100
/// deep is refused: LLVM's parser recurses, and a hostile file would end the
/// process.
llvm::Expected<llvm::json::Value> parseJson(llvm::StringRef Text);

} // namespace interlock
