#include "tool/output/OutputFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

#include <filesystem>

namespace fs = llvm::sys::fs;

namespace interlock {

/// Flushes, and takes the stream's error, which would end the process in its
/// destructor.
static std::error_code finish(llvm::raw_fd_ostream &Out) {
  Out.flush();
  const std::error_code Why = Out.error();
  Out.clear_error();
  return Why;
}

static std::error_code
writeInPlace(llvm::StringRef Path,
             llvm::function_ref<void(llvm::raw_ostream &)> Write) {
  std::error_code Failed;
  llvm::raw_fd_ostream Out(Path, Failed, fs::CD_OpenExisting, fs::FA_Write,
                           fs::OF_None);
  if (Failed)
    return Failed;
  Write(Out);
  return finish(Out);
}

static llvm::Error
replace(llvm::StringRef Path, unsigned Mode,
        llvm::function_ref<void(llvm::raw_ostream &)> Write) {
  llvm::Expected<fs::TempFile> Staged =
      fs::TempFile::create(Path + ".%%%%%%%%", Mode);
  if (!Staged)
    return llvm::createFileError(Path, Staged.takeError());
  std::error_code Failed;
  {
    llvm::raw_fd_ostream Out(Staged->FD, /*shouldClose=*/false);
    Write(Out);
    Failed = finish(Out);
  }
  if (!Failed)
    return Staged->keep(Path);
  return llvm::joinErrors(llvm::createFileError(Path, Failed),
                          Staged->discard());
}

llvm::Error writeOutput(llvm::StringRef Path,
                        llvm::function_ref<void(llvm::raw_ostream &)> Write) {
  if (Path == "-") {
    Write(llvm::outs());
    const std::error_code Why = finish(llvm::outs());
    return Why ? llvm::createFileError("standard output", Why)
               : llvm::Error::success();
  }
  fs::file_status Status;
  if (const std::error_code Why = fs::status(Path, Status)) {
    if (Why != std::errc::no_such_file_or_directory)
      return llvm::createFileError(Path, Why);
    // A link stays one if what it leads to is not there yet.
    std::error_code NoLink;
    const std::filesystem::path Given = Path.str();
    const auto Target = std::filesystem::read_symlink(Given, NoLink);
    return NoLink ? replace(Path, fs::all_read | fs::all_write, Write)
                  : writeOutput((Given.parent_path() / Target).string(), Write);
  }
  if (!fs::is_regular_file(Status)) {
    const std::error_code Why = writeInPlace(Path, Write);
    return Why ? llvm::createFileError(Path, Why) : llvm::Error::success();
  }
  llvm::SmallString<256> Target;
  if (const std::error_code Why = fs::real_path(Path, Target))
    return llvm::createFileError(Path, Why);
  // Renaming would go past that.
  if (!fs::can_write(Target) || !(Status.permissions() & fs::all_write))
    return llvm::createFileError(
        Path, std::make_error_code(std::errc::permission_denied));
  return replace(Target, Status.permissions(), Write);
}

} // namespace interlock
