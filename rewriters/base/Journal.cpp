#include "rewriters/base/Journal.h"
#include "rewriters/base/EditSet.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Errc.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace interlock {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

/// Stands behind the record once all files are in place.
static constexpr llvm::StringLiteral Committed = "\ncommitted\n";

llvm::Error failure(std::error_code Code, const llvm::Twine &What) {
  return llvm::createStringError(Code, What + ": " + Code.message());
}

std::error_code lastError() {
  return std::error_code(errno, std::generic_category());
}

std::error_code writeAll(int Handle, llvm::StringRef Content) {
  while (!Content.empty()) {
    const ssize_t Written = ::write(Handle, Content.data(), Content.size());
    if (Written < 0 && errno == EINTR)
      continue;
    if (Written <= 0)
      return Written < 0 ? lastError()
                         : std::make_error_code(std::errc::io_error);
    Content = Content.drop_front(static_cast<std::size_t>(Written));
  }
  return {};
}

llvm::Error syncFolder(llvm::StringRef Path) {
  const int Handle =
      ::open(Path.str().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (Handle < 0)
    return failure(lastError(), "cannot open '" + Path + "'");
  // Some file systems cannot sync a folder, and say so.
  const bool Failed = ::fsync(Handle) != 0 && errno != EINVAL;
  const std::error_code Code = lastError();
  ::close(Handle);
  return Failed ? failure(Code, "cannot sync '" + Path + "'")
                : llvm::Error::success();
}

llvm::Expected<std::optional<std::uint64_t>> digestOf(const std::string &File) {
  auto Now = llvm::MemoryBuffer::getFile(File, /*IsText=*/false,
                                         /*RequiresNullTerminator=*/false,
                                         /*IsVolatile=*/true);
  if (Now)
    return contentDigest((*Now)->getBuffer());
  if (Now.getError() == std::errc::no_such_file_or_directory)
    return std::nullopt;
  return failure(Now.getError(), "cannot read '" + File + "'");
}

static llvm::Error unlinkIfThere(const std::string &File) {
  if (::unlink(File.c_str()) != 0 && errno != ENOENT)
    return failure(lastError(), "cannot remove '" + File + "'");
  return llvm::Error::success();
}

std::string Journal::pathIn(llvm::StringRef Folder) {
  return (Folder + "/.interlock-journal.json").str();
}

llvm::Expected<std::optional<Journal>> Journal::open(llvm::StringRef Folder,
                                                     bool Create) {
  llvm::SmallString<256> Real;
  if (const std::error_code Code = fs::real_path(Folder, Real))
    return failure(Code, "cannot find '" + Folder + "'");
  const std::string File = pathIn(Real);
  while (true) {
    const int Handle =
        ::open(File.c_str(),
               O_RDWR | O_NOFOLLOW | O_CLOEXEC | (Create ? O_CREAT : 0), 0600);
    if (Handle < 0 && !Create && errno == ENOENT)
      return std::nullopt;
    if (Handle < 0)
      return failure(lastError(), "cannot write '" + File + "'");
    Journal Opened(Real.str().str(), Handle);
    if (::flock(Handle, LOCK_EX | LOCK_NB) != 0)
      return errno == EWOULDBLOCK
                 ? llvm::createStringError(
                       llvm::errc::device_or_resource_busy,
                       "another run is changing files below '" + Real + "'")
                 : failure(lastError(), "cannot lock '" + File + "'");
    // Whoever held the lock may have removed the file meanwhile.
    struct stat Ours, There;
    if (::fstat(Handle, &Ours) != 0)
      return failure(lastError(), "cannot read '" + File + "'");
    if (!S_ISREG(Ours.st_mode))
      return failure(std::make_error_code(std::errc::invalid_argument),
                     "'" + File + "' is not a file");
    if (::stat(File.c_str(), &There) == 0 && Ours.st_ino == There.st_ino &&
        Ours.st_dev == There.st_dev)
      return Opened;
  }
}

Journal::Journal(Journal &&Other) noexcept
    : Folder(std::move(Other.Folder)), Handle(std::exchange(Other.Handle, -1)) {
}

Journal::~Journal() {
  if (Handle >= 0)
    ::close(Handle);
}

llvm::Error Journal::append(llvm::StringRef Text) {
  std::error_code Code = writeAll(Handle, Text);
  if (!Code && ::fsync(Handle) != 0)
    Code = lastError();
  return Code ? failure(Code, "cannot write '" + pathIn(Folder) + "'")
              : llvm::Error::success();
}

llvm::Error Journal::record(llvm::ArrayRef<Replacement> All) {
  llvm::json::Array Files;
  for (const Replacement &One : All) {
    llvm::StringRef Name = One.Target;
    if (!Name.consume_front(Folder) ||
        (Folder != "/" && !Name.consume_front("/")))
      return llvm::createStringError(llvm::errc::invalid_argument,
                                     "'" + One.Target + "' is not below '" +
                                         Folder + "'");
    // Paths need not be valid UTF-8, JSON text must be.
    Files.push_back(llvm::json::Object{{"file", llvm::toHex(Name)},
                                       {"tag", One.Tag},
                                       {"old", llvm::utohexstr(One.Old)},
                                       {"new", llvm::utohexstr(One.New)}});
  }
  if (::ftruncate(Handle, 0) != 0 || ::lseek(Handle, 0, SEEK_SET) != 0)
    return failure(lastError(), "cannot write '" + pathIn(Folder) + "'");
  if (llvm::Error E = append(
          llvm::formatv("{0}", llvm::json::Value(std::move(Files))).str()))
    return E;
  return syncFolder(Folder);
}

llvm::Error Journal::commit() {
  // Not having synced it means that a crash of the machine may undo what is
  // done: still all or none.
  const std::error_code Code = writeAll(Handle, Committed);
  (void)!::fsync(Handle);
  return Code ? failure(Code, "cannot write '" + pathIn(Folder) + "'")
              : llvm::Error::success();
}

llvm::Error Journal::remove() { return unlinkIfThere(pathIn(Folder)); }

/// A file name of a journal, if it can only be one below its folder.
static std::optional<Replacement> parse(const llvm::json::Value &Value,
                                        llvm::StringRef Folder) {
  const llvm::json::Object *One = Value.getAsObject();
  if (!One)
    return std::nullopt;
  std::string Name;
  Replacement Found;
  Found.Tag = One->getString("tag").value_or("").str();
  const auto Digest = [&](llvm::StringRef Key, std::uint64_t &To) {
    return !One->getString(Key).value_or("").getAsInteger(16, To);
  };
  if (!llvm::tryGetFromHex(One->getString("file").value_or(""), Name) ||
      Name.empty() || path::is_absolute(Name) || Found.Tag.empty() ||
      !llvm::all_of(Found.Tag, llvm::isHexDigit) || !Digest("old", Found.Old) ||
      !Digest("new", Found.New))
    return std::nullopt;
  Found.Target = (Folder + "/" + Name).str();
  // Neither `..` nor a link on the way may lead out.
  llvm::SmallString<256> Parent;
  if (fs::real_path(path::parent_path(Found.Target), Parent) ||
      Parent != path::parent_path(Found.Target))
    return std::nullopt;
  return Found;
}

llvm::Expected<std::vector<Replacement>>
Journal::read(bool &IsCommitted) const {
  std::vector<Replacement> All;
  auto Text = llvm::MemoryBuffer::getFile(pathIn(Folder));
  if (!Text)
    return failure(Text.getError(), "cannot read '" + pathIn(Folder) + "'");
  llvm::StringRef Record = (*Text)->getBuffer();
  IsCommitted = Record.consume_back(Committed);
  // A record that is not whole is older than the first change.
  auto Parsed = llvm::json::parse(Record.split('\n').first);
  if (!Parsed) {
    llvm::consumeError(Parsed.takeError());
    return All;
  }
  if (const llvm::json::Array *Files = Parsed->getAsArray())
    for (const llvm::json::Value &File : *Files)
      if (auto One = parse(File, Folder))
        All.push_back(std::move(*One));
  return All;
}

/// Gives one file its old content back, whatever step it was at. Returns what
/// is to be said of one that was changed by someone else meanwhile.
static llvm::Expected<std::string> restore(const Replacement &One) {
  auto Backup = digestOf(One.backup());
  if (!Backup)
    return Backup.takeError();
  if (!*Backup)
    return "";
  auto Now = digestOf(One.Target);
  if (!Now)
    return Now.takeError();
  if (*Now == One.Old || *Now == *Backup) {
    // Two names of one file: renaming one to the other would do nothing.
    if (llvm::Error E = unlinkIfThere(One.backup()))
      return E;
    return "";
  }
  if (*Now && *Now != One.New)
    return fmt::format("'{}' was changed while its repair was interrupted: it "
                       "is left as it is, and what it was before is in '{}'",
                       One.Target, One.backup());
  if (::rename(One.backup().c_str(), One.Target.c_str()) != 0)
    return failure(lastError(), "cannot restore '" + One.Target + "'");
  return "";
}

llvm::Expected<std::string> Journal::settle() {
  bool IsCommitted = false;
  auto All = read(IsCommitted);
  if (!All)
    return All.takeError();
  llvm::Error Problems = llvm::Error::success();
  std::string Conflicts;
  for (const Replacement &One : *All) {
    llvm::Error Problem = llvm::Error::success();
    if (IsCommitted) {
      Problem = unlinkIfThere(One.backup());
    } else if (auto Conflict = restore(One)) {
      Conflicts += (Conflicts.empty() || Conflict->empty() ? "" : "; ");
      Conflicts += *Conflict;
    } else {
      Problem = Conflict.takeError();
    }
    Problems = llvm::joinErrors(
        std::move(Problems),
        llvm::joinErrors(std::move(Problem), unlinkIfThere(One.staged())));
  }
  if (Problems)
    return Problems;
  return Conflicts;
}

} // namespace interlock
