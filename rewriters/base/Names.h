#pragma once

#include "rewriters/base/FunctionView.h"

#include "llvm/ADT/StringRef.h"

#include <set>
#include <string>

namespace interlock {

/// A name that nothing in the function or its class has, no variable around
/// them and no macro; `Taken` are names given before and grows by it.
std::string guardName(const FunctionView &View, llvm::StringRef Category,
                      std::set<std::string> &Taken);

/// Likewise for another local: `Wanted`, or with a number behind it.
std::string freeName(const FunctionView &View, llvm::StringRef Wanted,
                     std::set<std::string> &Taken);

/// How a name of the lock library is spelled in the function:
/// `interlock::rollback`, or `::interlock::rollback` where the code around has
/// another `interlock`.
std::string libraryName(const FunctionView &View, llvm::StringRef Name);
std::string libraryName(const clang::DeclContext *Around, llvm::StringRef Name);

} // namespace interlock
