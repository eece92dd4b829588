#include "tool/driver/FiniteFiles.h"

#include "tool/config/InputText.h"

#include "llvm/ADT/SmallString.h"

namespace vfs = llvm::vfs;

namespace interlock {
namespace {

/// Is there, and has no content. Where opening fails, clang says that there is
/// no such file.
class Unreadable : public vfs::File {
public:
  explicit Unreadable(vfs::Status Is) : Is(std::move(Is)) {}

  llvm::ErrorOr<vfs::Status> status() override { return Is; }
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>>
  getBuffer(const llvm::Twine &, int64_t, bool, bool) override {
    return make_error_code(std::errc::not_supported);
  }
  std::error_code close() override { return {}; }

private:
  vfs::Status Is;
};

} // namespace

llvm::ErrorOr<std::unique_ptr<vfs::File>>
FiniteFiles::openFileForRead(const llvm::Twine &Path) {
  const llvm::ErrorOr<vfs::Status> Is = status(Path);
  if (!Is)
    return Is.getError();
  llvm::SmallString<256> Full;
  Path.toVector(Full);
  if (Is->isRegularFile() || makeAbsolute(Full) || !whyEndless(Full))
    return ProxyFileSystem::openFileForRead(Path);
  return std::make_unique<Unreadable>(*Is);
}

} // namespace interlock
