#include "tool/driver/Settings.h"

#include "tool/config/Schema.h"
#include "tool/output/Sources.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <map>

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

namespace interlock {

static std::string commonFolder(llvm::ArrayRef<Unit> Units) {
  if (Units.empty()) {
    llvm::SmallString<256> Here, Real;
    if (fs::current_path(Here))
      return {};
    return fs::real_path(Here, Real) ? Here.str().str() : Real.str().str();
  }
  llvm::StringRef Common = path::parent_path(Units.front().RealFile);
  for (const Unit &U : Units)
    while (!Common.empty() && Common != "/" &&
           !(llvm::StringRef(U.RealFile).starts_with(Common) &&
             U.RealFile[Common.size()] == '/'))
      Common = path::parent_path(Common);
  return Common.str();
}

/// The nearest folder upwards that holds a repository; the folder itself
/// where there is none.
static std::string repository(llvm::StringRef Folder) {
  for (llvm::StringRef Up = Folder; !Up.empty(); Up = path::parent_path(Up)) {
    llvm::SmallString<256> Git(Up);
    path::append(Git, ".git");
    if (fs::exists(Git))
      return Up.str();
  }
  return Folder.str();
}

/// The repository, or where there is none the folder, of most sources: a
/// generated one in a build folder elsewhere must not make `/` the project.
static std::string projectFolder(llvm::ArrayRef<Unit> Units,
                                 llvm::StringRef Common) {
  if (Common != "/" && !Common.empty())
    return repository(Common);
  std::map<std::string, unsigned> Count;
  for (const Unit &U : Units)
    ++Count[repository(path::parent_path(U.RealFile))];
  std::string Best;
  unsigned Most = 0;
  for (const auto &[Name, N] : Count)
    if (N > Most) {
      Best = Name;
      Most = N;
    }
  return Best;
}

/// Where CMake says the project of a build folder is; empty if it does not.
static std::string cmakeProject(llvm::StringRef BuildFolder) {
  llvm::SmallString<256> Cache(BuildFolder);
  path::append(Cache, "CMakeCache.txt");
  if (BuildFolder.empty() || !fs::is_regular_file(Cache))
    return {};
  const auto Buffer = llvm::MemoryBuffer::getFile(Cache);
  if (!Buffer)
    return {};
  llvm::StringRef Text = (*Buffer)->getBuffer();
  const llvm::StringRef Key = "\nCMAKE_HOME_DIRECTORY:INTERNAL=";
  const size_t At = Text.find(Key);
  if (At == llvm::StringRef::npos)
    return {};
  const llvm::StringRef Home =
      Text.drop_front(At + Key.size()).take_until([](char C) {
        return C == '\n' || C == '\r';
      });
  llvm::SmallString<256> Real;
  return fs::real_path(Home, Real) ? std::string() : Real.str().str();
}

LoadedConfig settingsFor(const Invocation &Run, llvm::ArrayRef<Unit> Units) {
  std::string Folder = commonFolder(Units);
  LoadedConfig Loaded = !Run.ConfigFile.empty() ? loadConfigFile(Run.ConfigFile)
                        : !Run.ConfigText.empty()
                            ? loadConfigText(Run.ConfigText)
                            : lookUpConfig(Folder);
  Config &C = Loaded.Value;
  llvm::SmallString<256> Real;
  if (!Run.Root.empty())
    C.Root = Run.Root;
  const bool Given = !C.Root.empty();
  if (!Given)
    C.Root = cmakeProject(Run.BuildPath);
  if (C.Root.empty())
    C.Root = projectFolder(Units, Folder);
  else if (Given && !fs::real_path(C.Root, Real))
    C.Root = Real.str().str();
  if (Run.Overrides)
    for (const std::string &Key : Run.Overrides(C))
      Loaded.Origins.push_back({Key, "command line"});
  C.Fixing.Root = C.Root;
  C.Fixing.Categories = C.Analysis.Categories;
  C.Fixing.ExecutorModel = C.Analysis.ExecutorModel;
  C.Fixing.Review = Run.Fix == FixMode::Review;
  return Loaded;
}

Store cacheOf(const Invocation &Run) {
  if (Run.NoCache)
    return Store({});
  return Store(Run.CacheDir.empty() ? Store::defaultFolder() : Run.CacheDir);
}

bool printProblems(const LoadedConfig &C) {
  for (const ConfigProblem &Problem : C.Problems)
    llvm::errs() << inOneLine(Problem.str()) << "\n";
  return !C.Problems.empty();
}

} // namespace interlock
