#pragma once

#include "tool/config/Config.h"
#include "tool/driver/Cli.h"
#include "tool/driver/Compilations.h"

#include "llvm/Support/Error.h"

namespace interlock {

/// Writes a build file that runs the phases over a program: facts of each
/// unit, one index, findings of each unit, one report. Beside it go the
/// configuration in force and everything that the phases make.
llvm::Error writeNinjaFile(const Invocation &Run, llvm::ArrayRef<Unit> Units,
                           const Config &Settings);

} // namespace interlock
