#include "tool/driver/CommandParts.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace interlock {

CommandParts takeApart(const Unit &U) {
  CommandParts Result;
  for (size_t I = 0; I < U.Command.size(); ++I) {
    llvm::StringRef Arg = U.Command[I];
    // `-Xclang -include -Xclang file` is how CMake writes it for clang.
    size_t Next = I + 1;
    if (Arg == "-Xclang" && Next < U.Command.size()) {
      if (U.Command[Next] != "-include" || Next + 2 >= U.Command.size()) {
        Result.Flags.push_back(Arg.str());
        continue;
      }
      Result.Included.push_back(U.Command[Next + 2]);
      I = Next + 2;
      continue;
    }
    if (Arg == "-include" && Next < U.Command.size()) {
      Result.Included.push_back(U.Command[Next]);
      I = Next;
      continue;
    }
    llvm::SmallString<256> Full(Arg);
    llvm::sys::fs::make_absolute(U.Directory, Full);
    llvm::sys::path::remove_dots(Full, false);
    if (!Arg.starts_with("-") && Full == U.File) {
      Result.HasSource = true;
      continue;
    }
    Result.Flags.push_back(Arg.str());
  }
  return Result;
}

} // namespace interlock
