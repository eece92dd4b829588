#pragma once

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"

namespace interlock::fuzz {

/// The bytes as a file, for code that reads files; removed at the end.
class InputFile {
public:
  explicit InputFile(llvm::StringRef Bytes) {
    int File = -1;
    require(!llvm::sys::fs::createTemporaryFile("interlock-fuzz", "json", File,
                                                Path),
            "a temporary file");
    Remover.setFile(Path);
    llvm::raw_fd_ostream(File, /*shouldClose=*/true) << Bytes;
  }
  llvm::StringRef path() const { return Path; }

private:
  llvm::SmallString<128> Path;
  llvm::FileRemover Remover;
};

} // namespace interlock::fuzz
