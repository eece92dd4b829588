#include "tool/driver/Installation.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace interlock {

static std::string besideProgram(llvm::StringRef Program,
                                 llvm::StringRef Relative,
                                 llvm::StringRef BuiltIn,
                                 llvm::StringRef Witness) {
  static char Anchor;
  std::string Executable =
      llvm::sys::fs::getMainExecutable(Program.str().c_str(), &Anchor);
  llvm::SmallString<256> Path(
      llvm::sys::path::parent_path(llvm::sys::path::parent_path(Executable)));
  llvm::sys::path::append(Path, Relative);
  for (llvm::StringRef Folder : {Path.str(), BuiltIn}) {
    llvm::SmallString<256> File(Folder);
    llvm::sys::path::append(File, Witness);
    if (!Folder.empty() && llvm::sys::fs::exists(File))
      return Folder.str();
  }
  return {};
}

std::string resourceDir(llvm::StringRef Program) {
  std::string Found = besideProgram(Program, "lib/interlock/clang",
                                    INTERLOCK_RESOURCE_DIR, "include/stddef.h");
  return Found.empty() ? INTERLOCK_RESOURCE_DIR : Found;
}

std::string pagesDir(llvm::StringRef Program) {
  return besideProgram(Program, "share/doc/interlock/checks",
                       INTERLOCK_PAGES_DIR, "stale-check.md");
}

std::string runtimeIncludeDir(llvm::StringRef Program) {
  return besideProgram(Program, "include", INTERLOCK_RUNTIME_INCLUDE_DIR,
                       "interlock/safe_state.hpp");
}

} // namespace interlock
