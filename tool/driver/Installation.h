#pragma once

#include "llvm/ADT/StringRef.h"

#include <string>

namespace interlock {

/// Where the tool finds what is installed beside it: looked for relative to
/// the program first, so that a copied or packaged tree works, then where it
/// was built.

/// Clang's own headers.
std::string resourceDir(llvm::StringRef Program);

/// Folder with a page per check; empty where none is installed.
std::string pagesDir(llvm::StringRef Program);

/// Folder with the runtime's headers; empty where none is installed.
std::string runtimeIncludeDir(llvm::StringRef Program);

} // namespace interlock
