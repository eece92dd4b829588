#include "rewriters/base/ReplaceFiles.h"
#include "rewriters/base/Journal.h"

#include "llvm/Support/Errc.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

#include <csignal>
#include <fcntl.h>
#include <random>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace interlock {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

/// Creates a file that did not exist, with the content, the owner and the mode
/// of another one, and syncs it to the disk.
static llvm::Error create(const std::string &Path, llvm::StringRef Content,
                          const struct stat &Like) {
  const int Handle = ::open(
      Path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (Handle < 0)
    return failure(lastError(), "cannot write '" + Path + "'");
  std::error_code Code = writeAll(Handle, Content);
  // Keeping the owner needs privileges; without them the writer owns it.
  (void)!::fchown(Handle, Like.st_uid, Like.st_gid);
  if (!Code && ::fchmod(Handle, Like.st_mode & 07777) != 0)
    Code = lastError();
  if (!Code && ::fsync(Handle) != 0)
    Code = lastError();
  if (::close(Handle) != 0 && !Code)
    Code = lastError();
  return Code ? failure(Code, "cannot write '" + Path + "'")
              : llvm::Error::success();
}

static std::string randomTag() {
  std::random_device Device;
  return fmt::format("{:08x}{:08x}", Device(), Device());
}

static llvm::Expected<std::vector<Replacement>>
prepare(const FileContents &Files,
        const std::map<std::string, std::uint64_t> &Digests) {
  std::vector<Replacement> All;
  const std::string Tag = randomTag();
  for (const auto &[Name, Content] : Files) {
    llvm::SmallString<256> Target;
    if (const std::error_code Code = fs::real_path(Name, Target))
      return failure(Code, "cannot find '" + Name + "'");
    if (const char *Why = irreplaceable(Target))
      return failure(std::make_error_code(std::errc::permission_denied),
                     "'" + Name + "' " + Why);
    const auto Known = Digests.find(Name);
    All.push_back({Target.str().str(), Tag,
                   Known == Digests.end() ? 0 : Known->second,
                   contentDigest(Content)});
  }
  return All;
}

/// Links a second name to the old content, or copies it where the file
/// system has no hard links.
static llvm::Error keepBackup(const Replacement &One, const struct stat &Like) {
  if (::link(One.Target.c_str(), One.backup().c_str()) == 0)
    return llvm::Error::success();
  auto Old = llvm::MemoryBuffer::getFile(One.Target);
  if (!Old)
    return failure(Old.getError(), "cannot read '" + One.Target + "'");
  return create(One.backup(), (*Old)->getBuffer(), Like);
}

static llvm::Error stage(const Replacement &One, llvm::StringRef Content) {
  struct stat Like;
  if (::stat(One.Target.c_str(), &Like) != 0)
    return failure(lastError(), "cannot read '" + One.Target + "'");
  if (llvm::Error E = create(One.staged(), Content, Like))
    return E;
  return keepBackup(One, Like);
}

static llvm::Error verify(const Replacement &One, const std::string &File) {
  auto Now = digestOf(File);
  if (!Now)
    return Now.takeError();
  if (*Now != One.Old)
    return llvm::createStringError(llvm::errc::device_or_resource_busy,
                                   "'" + One.Target +
                                       "' has changed since it was analysed");
  return llvm::Error::success();
}

static llvm::Error swapIn(llvm::ArrayRef<Replacement> All) {
  for (const Replacement &One : All)
    if (llvm::Error E = verify(One, One.Target))
      return E;
  std::set<std::string> Folders;
  for (const Replacement &One : All) {
    if (::rename(One.staged().c_str(), One.Target.c_str()) != 0)
      return failure(lastError(), "cannot replace '" + One.Target + "'");
    Folders.insert(path::parent_path(One.Target).str());
  }
  // What was written to a file up to the moment of its renaming is in the
  // backup, which is the same file.
  for (const Replacement &One : All)
    if (llvm::Error E = verify(One, One.backup()))
      return E;
  for (const std::string &Folder : Folders)
    if (llvm::Error E = syncFolder(Folder))
      return E;
  return llvm::Error::success();
}

namespace {

/// Holds back what would end the process while it lives: Ctrl-C must find all
/// files old or all new.
class HeldSignals {
public:
  HeldSignals() {
    sigset_t Ending;
    sigemptyset(&Ending);
    for (const int Signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
      sigaddset(&Ending, Signal);
    pthread_sigmask(SIG_BLOCK, &Ending, &Before);
  }
  ~HeldSignals() { pthread_sigmask(SIG_SETMASK, &Before, nullptr); }
  HeldSignals(const HeldSignals &) = delete;
  HeldSignals &operator=(const HeldSignals &) = delete;

private:
  sigset_t Before;
};

} // namespace

/// All steps up to the point where the new contents stand.
static llvm::Error write(const FileContents &Files,
                         llvm::ArrayRef<Replacement> All, Journal &Log) {
  if (llvm::Error E = Log.record(All))
    return E;
  for (const auto &[One, File] : llvm::zip(All, Files))
    if (llvm::Error E = stage(One, File.second))
      return E;
  if (llvm::Error E = swapIn(All))
    return E;
  return Log.commit();
}

/// Leaves the folder as if nothing had been begun, or as if all were done.
static llvm::Error settle(Journal &Log) {
  auto Conflicts = Log.settle();
  if (!Conflicts)
    return Conflicts.takeError();
  if (Conflicts->empty())
    return llvm::Error::success();
  return llvm::joinErrors(
      llvm::createStringError(llvm::errc::file_exists, *Conflicts),
      Log.remove());
}

llvm::Error replaceFiles(const FileContents &Files,
                         const std::map<std::string, std::uint64_t> &Digests,
                         llvm::StringRef Folder) {
  if (Files.empty())
    return llvm::Error::success();
  auto Opened = Journal::open(Folder, /*Create=*/true);
  if (!Opened)
    return Opened.takeError();
  Journal &Log = **Opened;
  const HeldSignals Held;
  if (llvm::Error E = settle(Log))
    return E;
  auto All = prepare(Files, Digests);
  if (!All)
    return llvm::joinErrors(All.takeError(), Log.remove());
  llvm::Error Failed = write(Files, *All, Log);
  const bool Stands = !Failed;
  // As long as anything is left to settle, the journal stays.
  llvm::Error Left = settle(Log);
  if (!Left)
    Left = Log.remove();
  if (!Stands)
    return llvm::joinErrors(std::move(Failed), std::move(Left));
  // The repair is done; the next run tidies up.
  llvm::consumeError(std::move(Left));
  return llvm::Error::success();
}

const char *irreplaceable(llvm::StringRef File) {
  struct stat Found;
  if (::stat(File.str().c_str(), &Found) != 0)
    return nullptr;
  // The privileged may write what nobody is meant to.
  if (!fs::can_write(File) || (Found.st_mode & 0222) == 0)
    return "cannot be written";
  if (Found.st_nlink > 1)
    return "has more than one name (hard links), which replacing it would "
           "separate";
  return nullptr;
}

bool needsRecovery(llvm::StringRef Folder) {
  return fs::exists(Journal::pathIn(Folder));
}

llvm::Expected<Leftover> recoverFiles(llvm::StringRef Folder) {
  if (!needsRecovery(Folder))
    return Leftover::None;
  auto Opened = Journal::open(Folder, /*Create=*/false);
  if (!Opened) {
    std::string Message;
    bool Busy = false;
    llvm::handleAllErrors(Opened.takeError(), [&](const llvm::StringError &E) {
      Message = E.getMessage();
      Busy = E.convertToErrorCode() == llvm::errc::device_or_resource_busy;
    });
    if (Busy)
      return Leftover::Running;
    return llvm::createStringError(llvm::errc::io_error, Message);
  }
  if (!*Opened)
    return Leftover::None;
  if (llvm::Error E = settle(**Opened))
    return E;
  if (llvm::Error E = (*Opened)->remove())
    return E;
  return Leftover::Settled;
}

} // namespace interlock
