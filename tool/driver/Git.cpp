#include "tool/driver/Git.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

#include <fmt/format.h>

namespace fs = llvm::sys::fs;

namespace interlock {

CommandResult git(llvm::StringRef Folder, llvm::ArrayRef<std::string> Args,
                  llvm::StringRef Input) {
  CommandResult Result;
  llvm::ErrorOr<std::string> Program = llvm::sys::findProgramByName("git");
  if (!Program) {
    Result.Errors = "not installed";
    return Result;
  }
  llvm::SmallString<128> Stdin, Output, Errors;
  if (fs::createTemporaryFile("interlock", "in", Stdin) ||
      fs::createTemporaryFile("interlock", "out", Output) ||
      fs::createTemporaryFile("interlock", "err", Errors)) {
    Result.Errors = "no temporary file";
    return Result;
  }
  llvm::FileRemover RemoveStdin(Stdin), RemoveOutput(Output),
      RemoveErrors(Errors);
  if (llvm::Error E = llvm::writeToOutput(Stdin, [&](llvm::raw_ostream &Out) {
        Out << Input;
        return llvm::Error::success();
      })) {
    Result.Errors = llvm::toString(std::move(E));
    return Result;
  }
  // Nothing of the repository is run that its configuration names as a monitor
  // of files, and its index is left alone.
  std::vector<llvm::StringRef> Line{
      *Program, "--no-optional-locks",  "--literal-pathspecs",
      "-c",     "core.fsmonitor=false", "-C",
      Folder};
  Line.insert(Line.end(), Args.begin(), Args.end());
  Result.Status = llvm::sys::ExecuteAndWait(
      *Program, Line, std::nullopt, {Stdin.str(), Output.str(), Errors.str()});
  if (auto Buffer = llvm::MemoryBuffer::getFile(Output))
    Result.Output = (*Buffer)->getBuffer().str();
  if (auto Buffer = llvm::MemoryBuffer::getFile(Errors))
    Result.Errors = (*Buffer)->getBuffer().rtrim().str();
  return Result;
}

static bool liesInRepository(llvm::StringRef File) {
  for (llvm::StringRef At = llvm::sys::path::parent_path(File); !At.empty();
       At = llvm::sys::path::parent_path(At))
    if (fs::exists(At + "/.git"))
      return true;
  return false;
}

llvm::Expected<bool> hasUncommittedChanges(llvm::StringRef File) {
  // Not `git diff`: outside a repository that compares two paths and says that
  // they differ.
  CommandResult Status =
      git(llvm::sys::path::parent_path(File),
          {"status", "--porcelain", "--untracked-files=no", "--", File.str()});
  if (Status.Status == 0)
    return !Status.Output.empty();
  // The user may have told git to look no further than some folder. Where git
  // names what is no repository, a worktree has lost the one it belongs to.
  const llvm::StringRef Why = Status.Errors;
  if (liesInRepository(File) && !Why.contains("not a git repository (or any"))
    return llvm::createStringError("git: " + Why.split('\n').first);
  return false;
}

namespace {

/// Reads a comparison from git's plumbing, step by step.
class Comparison {
public:
  explicit Comparison(llvm::StringRef Folder) : Folder(Folder.str()) {}

  llvm::Expected<TreeChanges> since(llvm::StringRef Revision) {
    llvm::Expected<std::string> Top = line({"rev-parse", "--show-toplevel"});
    if (!Top)
      return Top.takeError();
    Folder = *Top;
    llvm::Expected<std::string> Given =
        line({"rev-parse", "--verify", "--quiet", "--end-of-options",
              Revision.str() + "^{commit}"});
    if (!Given) {
      llvm::consumeError(Given.takeError());
      return llvm::createStringError(
          "'" + Revision +
          "' names no commit of this repository; in a shallow clone, it has to "
          "be fetched first");
    }
    CommandResult Base = git(Folder, {"merge-base", *Given, "HEAD"});
    if (Base.Status == 1 && Base.Errors.empty())
      return llvm::createStringError(
          fmt::format("'{}' and HEAD have no commit in common; a shallow "
                      "clone has to be deepened first",
                      Revision.str())
              .c_str());
    if (Base.Status)
      return failed(Base);
    Changes.Commit = llvm::StringRef(Base.Output).trim().str();
    if (llvm::Error E = readNames())
      return E;
    if (llvm::Error E = readContents())
      return E;
    return std::move(Changes);
  }

private:
  static llvm::Error failed(const CommandResult &Result) {
    return llvm::createStringError(
        "git: " + (Result.Errors.empty()
                       ? "could not be run"
                       : llvm::StringRef(Result.Errors).split('\n').first));
  }

  llvm::Expected<std::string> line(llvm::ArrayRef<std::string> Args) {
    CommandResult Result = git(Folder, Args);
    if (Result.Status)
      return failed(Result);
    return llvm::StringRef(Result.Output).rtrim("\n").str();
  }

  llvm::Expected<std::vector<std::string>>
  names(llvm::ArrayRef<std::string> Args) {
    CommandResult Result = git(Folder, Args);
    if (Result.Status)
      return failed(Result);
    llvm::SmallVector<llvm::StringRef> Parts;
    llvm::StringRef(Result.Output).split(Parts, '\0', -1, /*KeepEmpty=*/false);
    return std::vector<std::string>(Parts.begin(), Parts.end());
  }

  std::string path(llvm::StringRef Relative) const {
    return Folder + "/" + Relative.str();
  }

  llvm::Error readNames() {
    llvm::Expected<std::vector<std::string>> Changed =
        names({"diff", "--name-status", "-z", "--find-renames", "--no-ext-diff",
               "--ignore-submodules=all", Changes.Commit});
    if (!Changed)
      return Changed.takeError();
    // A status letter, then a name; two names after a rename or a copy.
    for (size_t I = 0; I + 1 < Changed->size(); I += 2) {
      const char Status = (*Changed)[I].front();
      const std::string &Name = (*Changed)[I + 1];
      if (Status == 'A') {
        Changes.Added.insert(path(Name));
        continue;
      }
      Wanted.push_back(Name);
      if (Status != 'R' && Status != 'C')
        continue;
      if (++I + 1 >= Changed->size())
        break;
      if (Status == 'R')
        Changes.Moved[path(Name)] = path((*Changed)[I + 1]);
      else
        Changes.Added.insert(path((*Changed)[I + 1]));
    }
    llvm::Expected<std::vector<std::string>> Untracked =
        names({"ls-files", "--others", "--exclude-standard", "-z"});
    if (!Untracked)
      return Untracked.takeError();
    for (const std::string &Name : *Untracked)
      Changes.Added.insert(path(Name));
    return llvm::Error::success();
  }

  /// All contents from one process: `cat-file --batch` answers each name with
  /// `<object> blob <size>`, a line end, the bytes, a line end.
  llvm::Error readContents() {
    if (Wanted.empty())
      return llvm::Error::success();
    std::string Input;
    for (const std::string &Name : Wanted)
      Input += Changes.Commit + ":" + Name + "\n";
    CommandResult Result = git(Folder, {"cat-file", "--batch"}, Input);
    if (Result.Status)
      return failed(Result);
    llvm::StringRef Rest = Result.Output;
    for (const std::string &Name : Wanted) {
      auto [Header, Tail] = Rest.split('\n');
      size_t Size = 0;
      Rest = Tail;
      if (Header.rsplit(' ').second.getAsInteger(10, Size))
        continue; // no such object: a line end in the name, for example
      std::string Text = Rest.take_front(Size).str();
      Rest = Rest.drop_front(std::min(Size + 1, Rest.size()));
      if (auto New = Changes.Moved.find(path(Name)); New != Changes.Moved.end())
        Changes.Old[New->second] = Text;
      Changes.Old[path(Name)] = std::move(Text);
    }
    return llvm::Error::success();
  }

  std::string Folder;
  std::vector<std::string> Wanted; ///< names in the commit
  TreeChanges Changes;
};

} // namespace

llvm::Expected<TreeChanges> changesSince(llvm::StringRef Folder,
                                         llvm::StringRef Revision) {
  return Comparison(Folder).since(Revision);
}

} // namespace interlock
