#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace interlock {

/// What a command printed and returned.
struct CommandResult {
  int Status = -1; ///< negative where it could not be run
  std::string Output;
  std::string Errors;
};

/// Runs git in a folder, without a shell.
CommandResult git(llvm::StringRef Folder, llvm::ArrayRef<std::string> Args);

/// Whether a file has changes that its repository does not have yet. Files
/// outside any repository have none.
bool hasUncommittedChanges(llvm::StringRef File);

} // namespace interlock
