#include "tool/driver/AbsentFiles.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace path = llvm::sys::path;

namespace interlock {

void AbsentFiles::note(const llvm::Twine &Path) {
  llvm::SmallString<256> Full;
  Path.toVector(Full);
  if (Full.empty() || makeAbsolute(Full))
    return;
  path::remove_dots(Full, /*remove_dot_dot=*/false);
  Missing.insert(Full);
}

std::vector<std::string> AbsentFiles::outermost() const {
  llvm::StringMap<bool> Known;
  const auto Exists = [&](llvm::StringRef Folder) {
    const auto [Entry, New] = Known.try_emplace(Folder, false);
    if (New)
      Entry->second = llvm::sys::fs::exists(Folder);
    return Entry->second;
  };
  std::vector<std::string> Result;
  for (const auto &Entry : Missing) {
    llvm::StringRef Path = Entry.getKey();
    for (llvm::StringRef Up = path::parent_path(Path);
         !Up.empty() && !Exists(Up); Up = path::parent_path(Up))
      Path = Up;
    Result.push_back(Path.str());
  }
  llvm::sort(Result);
  Result.erase(std::unique(Result.begin(), Result.end()), Result.end());
  return Result;
}

} // namespace interlock
