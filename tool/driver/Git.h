#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace interlock {

/// What a command printed and returned.
struct CommandResult {
  int Status = -1; ///< negative where it could not be run
  std::string Output;
  std::string Errors;
};

/// Runs git in a folder, without a shell; `Input` is its standard input.
CommandResult git(llvm::StringRef Folder, llvm::ArrayRef<std::string> Args,
                  llvm::StringRef Input = "");

/// Whether a file has changes that its repository does not have yet. Files
/// outside any repository have none. An error where git cannot tell.
llvm::Expected<bool> hasUncommittedChanges(llvm::StringRef File);

/// How the working tree differs from a commit, by absolute real path.
struct TreeChanges {
  std::string Commit; ///< that it is compared with
  /// What changed, moved or deleted files held. A moved file stands under
  /// both names.
  std::map<std::string, std::string> Old;
  std::set<std::string> Added;              ///< untracked ones among them
  std::map<std::string, std::string> Moved; ///< old name to new name
};

/// Compares the working tree of the repository around `Folder` with the merge
/// base of a revision and HEAD, so that what others have put on the
/// revision's branch meanwhile does not count. Reads only.
llvm::Expected<TreeChanges> changesSince(llvm::StringRef Folder,
                                         llvm::StringRef Revision);

} // namespace interlock
