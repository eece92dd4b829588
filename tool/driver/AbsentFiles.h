#pragma once

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/VirtualFileSystem.h"

#include <string>
#include <vector>

namespace interlock {

/// A file system that notes what was looked for and not found: a file that
/// comes to be there later can change a parse as much as an edit does.
class AbsentFiles : public llvm::vfs::ProxyFileSystem {
public:
  using ProxyFileSystem::ProxyFileSystem;

  llvm::ErrorOr<llvm::vfs::Status> status(const llvm::Twine &Path) override {
    return noted(Path, ProxyFileSystem::status(Path));
  }
  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>>
  openFileForRead(const llvm::Twine &Path) override {
    return noted(Path, ProxyFileSystem::openFileForRead(Path));
  }
  bool exists(const llvm::Twine &Path) override {
    return !status(Path).getError();
  }

  /// The outermost paths that do not exist, absolute and sorted: what lies
  /// below a missing folder is not listed.
  std::vector<std::string> outermost() const;

private:
  template <typename T>
  llvm::ErrorOr<T> noted(const llvm::Twine &Path, llvm::ErrorOr<T> Result) {
    if (!Result)
      note(Path);
    return Result;
  }
  void note(const llvm::Twine &Path);

  llvm::StringSet<> Missing;
};

} // namespace interlock
