#include "rewriters/base/EditSet.h"

#include "llvm/Support/Errc.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace interlock {

namespace fs = llvm::sys::fs;

static constexpr llvm::StringLiteral JournalName = ".interlock-journal.json";

namespace {

/// One file on its way: the new content waits in `Staged`, the old one is
/// kept in `Backup` until all are in place.
struct Replacement {
  std::string Target;
  std::string Staged;
  std::string Backup;
};

} // namespace

static llvm::Error failure(std::error_code Code, const llvm::Twine &What) {
  return llvm::createStringError(Code, What + ": " + Code.message());
}

static std::error_code lastError() {
  return std::error_code(errno, std::generic_category());
}

static llvm::Error syncDirectory(llvm::StringRef Path) {
  const int Handle = ::open(Path.str().c_str(), O_RDONLY | O_DIRECTORY);
  if (Handle < 0)
    return failure(lastError(), "cannot open '" + Path + "'");
  ::fsync(Handle);
  ::close(Handle);
  return llvm::Error::success();
}

/// Writes a new file with the mode of `Like`, synced to the disk.
static llvm::Error writeSynced(const std::string &Path, llvm::StringRef Content,
                               fs::perms Mode) {
  const int Handle = ::open(Path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (Handle < 0)
    return failure(lastError(), "cannot write '" + Path + "'");
  std::error_code Problem;
  while (!Content.empty() && !Problem) {
    const ssize_t Written = ::write(Handle, Content.data(), Content.size());
    if (Written < 0 && errno != EINTR)
      Problem = lastError();
    else if (Written > 0)
      Content = Content.drop_front(static_cast<std::size_t>(Written));
  }
  if (!Problem && ::fchmod(Handle, static_cast<mode_t>(Mode)) != 0)
    Problem = lastError();
  if (!Problem && ::fsync(Handle) != 0)
    Problem = lastError();
  ::close(Handle);
  if (Problem)
    return failure(Problem, "cannot write '" + Path + "'");
  return llvm::Error::success();
}

static llvm::Error writeJournal(const std::string &Path,
                                llvm::ArrayRef<Replacement> All) {
  llvm::json::Array Files;
  for (const Replacement &One : All)
    Files.push_back(llvm::json::Object{{"target", One.Target},
                                       {"staged", One.Staged},
                                       {"backup", One.Backup}});
  const std::string Text =
      llvm::formatv("{0}", llvm::json::Value(std::move(Files))).str();
  const std::string Draft = Path + ".new";
  if (llvm::Error E =
          writeSynced(Draft, Text, fs::owner_read | fs::owner_write))
    return E;
  if (const std::error_code Code = fs::rename(Draft, Path))
    return failure(Code, "cannot write '" + Path + "'");
  return syncDirectory(llvm::sys::path::parent_path(Path));
}

/// Puts every target back to its old content and removes what was staged.
static void undo(llvm::ArrayRef<Replacement> All) {
  for (const Replacement &One : All) {
    if (fs::exists(One.Backup))
      (void)fs::rename(One.Backup, One.Target);
    (void)fs::remove(One.Staged);
  }
}

/// Links a second name to the old content, or copies it where the file
/// system has no hard links.
static llvm::Error keepBackup(const Replacement &One, fs::perms Mode) {
  (void)fs::remove(One.Backup);
  if (::link(One.Target.c_str(), One.Backup.c_str()) == 0)
    return llvm::Error::success();
  auto Old = llvm::MemoryBuffer::getFile(One.Target);
  if (!Old)
    return failure(Old.getError(), "cannot read '" + One.Target + "'");
  return writeSynced(One.Backup, (*Old)->getBuffer(), Mode);
}

static llvm::Error stage(const FileContents &Files,
                         const std::map<std::string, std::uint64_t> &Digests,
                         std::vector<Replacement> &All) {
  for (const auto &[Name, Content] : Files) {
    llvm::SmallString<256> Target;
    if (const std::error_code Code = fs::real_path(Name, Target))
      return failure(Code, "cannot find '" + Name + "'");
    fs::file_status Status;
    if (const std::error_code Code = fs::status(Target, Status))
      return failure(Code, "cannot read '" + Name + "'");
    if (!fs::can_write(Target))
      return failure(std::make_error_code(std::errc::permission_denied),
                     "cannot write '" + Name + "'");
    const std::string Suffix = fmt::format(".interlock-{}", ::getpid());
    Replacement One{Target.str().str(), Target.str().str() + Suffix + ".new",
                    Target.str().str() + Suffix + ".old"};
    All.push_back(One);
    if (llvm::Error E = writeSynced(One.Staged, Content, Status.permissions()))
      return E;
    // Keeping the owner needs privileges; without them the writer owns it.
    (void)!::chown(One.Staged.c_str(), Status.getUser(), Status.getGroup());
    (void)::chmod(One.Staged.c_str(),
                  static_cast<mode_t>(Status.permissions()));
  }
  for (const auto &[Name, Content] : Files) {
    auto Now = llvm::MemoryBuffer::getFile(Name, /*IsText=*/false,
                                           /*RequiresNullTerminator=*/false,
                                           /*IsVolatile=*/true);
    if (!Now)
      return failure(Now.getError(), "cannot read '" + Name + "'");
    const auto Known = Digests.find(Name);
    if (Known == Digests.end() ||
        contentDigest((*Now)->getBuffer()) != Known->second)
      return llvm::createStringError(llvm::errc::device_or_resource_busy,
                                     "'" + Name +
                                         "' has changed since it was analysed");
  }
  return llvm::Error::success();
}

static llvm::Error swapIn(llvm::ArrayRef<Replacement> All) {
  for (const Replacement &One : All) {
    fs::file_status Status;
    if (const std::error_code Code = fs::status(One.Target, Status))
      return failure(Code, "cannot read '" + One.Target + "'");
    if (llvm::Error E = keepBackup(One, Status.permissions()))
      return E;
    if (const std::error_code Code = fs::rename(One.Staged, One.Target))
      return failure(Code, "cannot replace '" + One.Target + "'");
  }
  for (const Replacement &One : All)
    if (llvm::Error E = syncDirectory(llvm::sys::path::parent_path(One.Target)))
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

llvm::Error replaceFiles(const FileContents &Files,
                         const std::map<std::string, std::uint64_t> &Digests) {
  if (Files.empty())
    return llvm::Error::success();
  const HeldSignals Held;
  std::vector<Replacement> All;
  if (llvm::Error E = stage(Files, Digests, All)) {
    undo(All);
    return E;
  }
  const std::string Journal =
      (llvm::sys::path::parent_path(All.front().Target) + "/" + JournalName)
          .str();
  if (llvm::Error E = writeJournal(Journal, All)) {
    undo(All);
    return E;
  }
  if (llvm::Error E = swapIn(All)) {
    undo(All);
    (void)fs::remove(Journal);
    return E;
  }
  // From here on the new contents stand: the journal goes first, so that a
  // kill between here and the end leaves litter, never an undone fix.
  (void)fs::remove(Journal);
  for (const Replacement &One : All)
    (void)fs::remove(One.Backup);
  return llvm::Error::success();
}

llvm::Expected<bool> recoverFiles(llvm::StringRef Directory) {
  const std::string Journal = (Directory + "/" + JournalName).str();
  auto Text = llvm::MemoryBuffer::getFile(Journal);
  if (!Text)
    return false;
  auto Parsed = llvm::json::parse((*Text)->getBuffer());
  if (!Parsed)
    return Parsed.takeError();
  std::vector<Replacement> All;
  if (const llvm::json::Array *Files = Parsed->getAsArray())
    for (const llvm::json::Value &File : *Files)
      if (const llvm::json::Object *One = File.getAsObject())
        All.push_back({One->getString("target").value_or("").str(),
                       One->getString("staged").value_or("").str(),
                       One->getString("backup").value_or("").str()});
  undo(All);
  (void)fs::remove(Journal);
  return true;
}

} // namespace interlock
