#include "tool/driver/Git.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

namespace interlock {

CommandResult git(llvm::StringRef Folder, llvm::ArrayRef<std::string> Args) {
  CommandResult Result;
  llvm::ErrorOr<std::string> Program = llvm::sys::findProgramByName("git");
  if (!Program) {
    Result.Errors = "git is not installed";
    return Result;
  }
  llvm::SmallString<128> Output, Errors;
  if (llvm::sys::fs::createTemporaryFile("interlock", "out", Output) ||
      llvm::sys::fs::createTemporaryFile("interlock", "err", Errors)) {
    Result.Errors = "no temporary file";
    return Result;
  }
  llvm::FileRemover RemoveOutput(Output), RemoveErrors(Errors);
  std::vector<llvm::StringRef> Line{*Program, "-C", Folder};
  Line.insert(Line.end(), Args.begin(), Args.end());
  Result.Status = llvm::sys::ExecuteAndWait(
      *Program, Line, std::nullopt,
      {llvm::StringRef(""), Output.str(), Errors.str()});
  if (auto Buffer = llvm::MemoryBuffer::getFile(Output))
    Result.Output = (*Buffer)->getBuffer().str();
  if (auto Buffer = llvm::MemoryBuffer::getFile(Errors))
    Result.Errors = (*Buffer)->getBuffer().rtrim().str();
  return Result;
}

bool hasUncommittedChanges(llvm::StringRef File) {
  // Not `git diff`: outside a repository that compares two paths and says that
  // they differ.
  CommandResult Status =
      git(llvm::sys::path::parent_path(File),
          {"status", "--porcelain", "--untracked-files=no", "--", File.str()});
  return Status.Status == 0 && !Status.Output.empty();
}

} // namespace interlock
