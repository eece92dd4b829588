#include "tool/config/InputText.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

namespace fs = llvm::sys::fs;

namespace interlock {

static bool isEndless(llvm::StringRef Path) {
  fs::file_status Status;
  llvm::SmallString<256> Real;
  if (fs::status(Path, Status) || fs::real_path(Path, Real))
    return false;
  return (Status.type() == fs::file_type::character_file ||
          Status.type() == fs::file_type::block_file) &&
         Real != "/dev/null";
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readInput(llvm::StringRef Path) {
  if (isEndless(Path))
    return llvm::createStringError("is a device");
  auto Buffer = llvm::MemoryBuffer::getFile(Path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/true);
  if (!Buffer)
    return llvm::errorCodeToError(Buffer.getError());
  return std::move(*Buffer);
}

} // namespace interlock
