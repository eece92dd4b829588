#include "tool/cache/Store.h"

#include "llvm/Support/CachePruning.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/xxhash.h"

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

namespace interlock {

static constexpr llvm::StringLiteral Magic = "interlock-entry-1\n";

/// Detects accidents; an attacker who can write the cache can as well write
/// the sources.
static std::string checksum(llvm::StringRef Bytes) {
  char Result[8];
  llvm::support::endian::write64le(Result, llvm::xxh3_64bits(Bytes));
  return std::string(Result, sizeof Result);
}

std::string seal(llvm::StringRef Bytes) {
  return (Magic + checksum(Bytes) + Bytes).str();
}

std::optional<llvm::StringRef> unseal(llvm::StringRef Sealed) {
  if (!Sealed.consume_front(Magic) || Sealed.size() < 8)
    return std::nullopt;
  const llvm::StringRef Sum = Sealed.take_front(8);
  Sealed = Sealed.drop_front(8);
  if (Sum != checksum(Sealed))
    return std::nullopt;
  return Sealed;
}

llvm::Error writeWhole(llvm::StringRef Path, llvm::StringRef Bytes) {
  llvm::Expected<fs::TempFile> Temporary =
      fs::TempFile::create(Path + ".tmp-%%%%%%%%");
  if (!Temporary)
    return Temporary.takeError();
  llvm::raw_fd_ostream Out(Temporary->FD, /*shouldClose=*/false);
  Out << Bytes;
  Out.flush();
  if (const std::error_code Problem = Out.error()) {
    Out.clear_error();
    llvm::consumeError(Temporary->discard());
    return llvm::errorCodeToError(Problem);
  }
  return Temporary->keep(Path);
}

Store::Store(llvm::StringRef Where) : Folder(Where) {
  if (Where.empty())
    return;
  // Without the folder entries are neither found nor kept, which is all that
  // has to happen where it cannot be made.
  (void)fs::make_absolute(Folder);
  (void)fs::create_directories(Folder);
}

std::string Store::defaultFolder() {
  llvm::SmallString<128> Folder;
  // The environment may name none, or one below wherever the run happens to
  // be, which is somebody's project.
  if (!path::cache_directory(Folder) || !path::is_absolute(Folder))
    return {};
  path::append(Folder, "interlock");
  return Folder.str().str();
}

std::string Store::pathOf(llvm::StringRef Name) const {
  // The prefix marks what `pruneCache` may remove.
  return (Folder + "/llvmcache-" + Name).str();
}

/// Entries that are in use stay when the cache is pruned, also where the file
/// system does not note accesses.
static void markUsed(llvm::StringRef Path) {
  fs::file_status Status;
  const auto Now = std::chrono::system_clock::now();
  if (fs::status(Path, Status) ||
      Now - Status.getLastAccessedTime() < std::chrono::hours(1))
    return;
  int File = -1;
  if (fs::openFileForReadWrite(Path, File, fs::CD_OpenExisting, fs::OF_None))
    return;
  (void)fs::setLastAccessAndModificationTime(File, Now,
                                             Status.getLastModificationTime());
  (void)llvm::sys::Process::SafelyCloseFileDescriptor(File);
}

std::optional<Store::Entry> Store::get(llvm::StringRef Name) const {
  if (!enabled())
    return std::nullopt;
  const std::string Path = pathOf(Name);
  auto Buffer = llvm::MemoryBuffer::getFile(Path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!Buffer)
    return std::nullopt;
  const std::optional<llvm::StringRef> Bytes = unseal((*Buffer)->getBuffer());
  if (!Bytes)
    return std::nullopt;
  markUsed(Path);
  return Entry{std::move(*Buffer), *Bytes};
}

void Store::put(llvm::StringRef Name, llvm::StringRef Bytes) const {
  if (enabled())
    llvm::consumeError(writeWhole(pathOf(Name), seal(Bytes)));
}

llvm::Error Store::prune(llvm::StringRef Policy) const {
  llvm::Expected<llvm::CachePruningPolicy> Parsed =
      llvm::parseCachePruningPolicy(Policy);
  if (!Parsed)
    return Parsed.takeError();
  if (enabled())
    llvm::pruneCache(Folder, *Parsed);
  return llvm::Error::success();
}

} // namespace interlock
