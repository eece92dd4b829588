#pragma once

#include "tool/driver/Filters.h"
#include "tool/driver/Git.h"
#include "tool/driver/Program.h"
#include "tool/output/Report.h"

namespace interlock {

/// Marks the findings that the program had before `Changes` as known.
///
/// The program is judged a second time, as it was: units that read no changed
/// file keep their facts, the others are parsed with the old contents in place
/// of the new ones, and nothing is checked out. What remains was caused by the
/// changes, wherever it is reported. The commands are those of today.
/// Returns the number of units that were sound now but not then; what is
/// found in them counts as new.
unsigned markKnownBefore(const TreeChanges &Changes, Report &Result,
                         Sources &Text, llvm::ArrayRef<Unit> Units,
                         llvm::ArrayRef<UnitOutcome> Outcomes,
                         const Filters &Filter, const Options &Opts,
                         unsigned Jobs);

} // namespace interlock
