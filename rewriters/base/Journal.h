#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace interlock {

/// One file on its way: the new content waits in `staged()`, the old one is
/// kept in `backup()` until all files are in place.
struct Replacement {
  std::string Target;             ///< absolute real path
  std::string Tag;                ///< random, of the run
  std::uint64_t Old = 0, New = 0; ///< digests

  std::string staged() const { return Target + ".interlock-" + Tag + ".new"; }
  std::string backup() const { return Target + ".interlock-" + Tag + ".old"; }
};

/// What a run is about to do to the files below a folder, on the disk before
/// it is done. The open journal is locked, so that two runs never work on one
/// folder; the lock ends with the process, however that ends.
///
/// A journal is not trusted: it can stand in a tree that a stranger has made.
/// It names files below its folder and one tag, so that all it can bring about
/// is that a file there is replaced by one beside it with that tag.
class Journal {
public:
  /// Opens or creates the journal of `Folder`. Nothing if `Create` is false
  /// and there is none; an error if another process holds it.
  static llvm::Expected<std::optional<Journal>> open(llvm::StringRef Folder,
                                                     bool Create);
  Journal(Journal &&Other) noexcept;
  Journal &operator=(Journal &&) = delete;
  ~Journal();

  /// Puts everything back that was recorded and not committed, and removes
  /// what was staged. Returns what is to be said of files that are neither old
  /// nor new any more, which stay as they are; an error if something could
  /// not be done, in which case the journal has to stay.
  llvm::Expected<std::string> settle();

  /// Writes down what is about to happen. Comes before the first change.
  llvm::Error record(llvm::ArrayRef<Replacement> All);
  /// From here on the new contents stand.
  llvm::Error commit();
  /// The journal has nothing to tell any more.
  llvm::Error remove();

  static std::string pathIn(llvm::StringRef Folder);

private:
  Journal(std::string Folder, int Handle)
      : Folder(std::move(Folder)), Handle(Handle) {}
  llvm::Error append(llvm::StringRef Text);
  llvm::Expected<std::vector<Replacement>> read(bool &Committed) const;

  std::string Folder; ///< real path
  int Handle;
};

/// An error for a system call that has failed.
llvm::Error failure(std::error_code Code, const llvm::Twine &What);
std::error_code lastError();

/// Writes all of `Content`, or fails.
std::error_code writeAll(int Handle, llvm::StringRef Content);

/// Makes changes of names in a folder survive a crash of the machine.
llvm::Error syncFolder(llvm::StringRef Path);

/// The digest of a file as it is on the disk now; nothing if there is none.
llvm::Expected<std::optional<std::uint64_t>> digestOf(const std::string &File);

} // namespace interlock
