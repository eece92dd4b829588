#pragma once

#include "rewriters/base/FixPlan.h"

#include "llvm/ADT/StringRef.h"

#include <optional>

namespace interlock {

class TUFiles;

class TUFiles;

/// The insertion of `#include Spelling` where the file keeps its own
/// includes; nothing if the file has it already, in quotes or in angles.
/// `Spelling` comes with its delimiters.
std::optional<Edit> includeEdit(llvm::StringRef File, llvm::StringRef Content,
                                llvm::StringRef Spelling);

/// The same insertion where it belongs if its file is a fragment, with neither
/// includes nor an include guard of its own, that stands inside another file:
/// there, or nothing if that has the header already.
std::optional<Edit> rehomed(const TUFiles &Files, const Edit &Include);

/// Whether an edit inserts `#include` lines and nothing else.
bool isIncludeLine(const Edit &E);

} // namespace interlock
