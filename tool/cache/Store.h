#pragma once

#include "tool/cache/Digest.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <optional>

namespace interlock {

/// Bytes under a seal that says what they are and whether they are whole.
std::string seal(llvm::StringRef Bytes);
/// The bytes in the seal, or nothing where it is broken.
std::optional<llvm::StringRef> unseal(llvm::StringRef Sealed);

/// Writes a file that is there either whole or not at all, whoever else
/// writes it at the time.
llvm::Error writeWhole(llvm::StringRef Path, llvm::StringRef Bytes);

/// A folder of sealed entries that several runs can share, also over a
/// network. Nothing here fails: what cannot be read is not there, what cannot
/// be written is not kept.
class Store {
public:
  /// An empty folder name: nothing is found, nothing kept.
  explicit Store(llvm::StringRef Folder);
  /// `$XDG_CACHE_HOME/interlock`, or what the system has in its place.
  static std::string defaultFolder();

  bool enabled() const { return !Folder.empty(); }

  /// An entry as it lies in the file.
  struct Entry {
    std::unique_ptr<llvm::MemoryBuffer> File;
    llvm::StringRef Bytes;
  };
  std::optional<Entry> get(llvm::StringRef Name) const;
  void put(llvm::StringRef Name, llvm::StringRef Bytes) const;

  /// Where the entry of a name lies or would lie.
  std::string pathOf(llvm::StringRef Name) const;

  /// Removes what was not used for longest, as far as the policy wants; from
  /// time to time by default. The policy is written as for LLVM's linker.
  llvm::Error prune(llvm::StringRef Policy) const;

private:
  llvm::SmallString<128> Folder;
};

} // namespace interlock
