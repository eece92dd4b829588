#pragma once

#include "llvm/Support/VirtualFileSystem.h"

namespace interlock {

/// A file system whose files end: what an include names may be a device that
/// fills the memory, or a named pipe that nobody writes to. Such a file is
/// there and cannot be opened.
class FiniteFiles : public llvm::vfs::ProxyFileSystem {
public:
  using ProxyFileSystem::ProxyFileSystem;

  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>>
  openFileForRead(const llvm::Twine &Path) override;
};

} // namespace interlock
