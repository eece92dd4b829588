#pragma once

#include "tool/cache/Store.h"
#include "tool/config/Config.h"
#include "tool/driver/Compilations.h"

#include "llvm/ADT/ArrayRef.h"

namespace interlock {

/// The configuration of a run: the file named on the command line, or that of
/// the folder that holds all units, with the flags over it. Without a `root`
/// the project is the folder of the nearest configuration or repository.
LoadedConfig settingsFor(const Invocation &Run, llvm::ArrayRef<Unit> Units);

/// The cache that the command line selects.
Store cacheOf(const Invocation &Run);

/// Prints problems to standard error; true if there are any.
bool printProblems(const LoadedConfig &C);

} // namespace interlock
