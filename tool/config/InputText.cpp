#include "tool/config/InputText.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

namespace fs = llvm::sys::fs;

namespace interlock {

const char *whyEndless(llvm::StringRef Path) {
  fs::file_status Status;
  llvm::SmallString<256> Real;
  // A pipe between two programs has no real path.
  if (fs::status(Path, Status) || fs::real_path(Path, Real))
    return nullptr;
  switch (Status.type()) {
  case fs::file_type::character_file:
  case fs::file_type::block_file:
    return Real == "/dev/null" ? nullptr : "is a device";
  case fs::file_type::fifo_file:
    return "is a named pipe";
  default:
    return nullptr;
  }
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readInput(llvm::StringRef Path) {
  if (const char *Why = whyEndless(Path))
    return llvm::createStringError(Why);
  auto Buffer = llvm::MemoryBuffer::getFile(Path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/true);
  if (!Buffer)
    return llvm::errorCodeToError(Buffer.getError());
  return std::move(*Buffer);
}

} // namespace interlock
