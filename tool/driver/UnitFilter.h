#pragma once

#include "matchers/base/Options.h"
#include "tool/driver/Compilations.h"

#include "llvm/ADT/ArrayRef.h"

#include <optional>
#include <string>
#include <vector>

namespace interlock {

/// For each unit that cannot hold a finding nor change one, the files of the
/// project that tell so; nothing for those that have to be parsed.
///
/// A finding is about guarded state or a lock, and some file names it. Needed
/// are these files, all that their functions call, file by file, all that calls
/// them, and who changes the members that any of these goes by. The files are
/// read as words, without preprocessing: what two files call the same is the
/// same, every include counts, and where a macro puts names together, or an
/// include is named by one, nothing is left out. Files outside `Root` take no
/// part.
///
/// Under `guarded-state: all`, where every member is state, none is left out.
/// Linear in the text of the program's files.
std::vector<std::optional<std::vector<std::string>>>
unitsToLeaveOut(llvm::ArrayRef<Unit> Units, const Options &Opts,
                llvm::StringRef Root);

} // namespace interlock
