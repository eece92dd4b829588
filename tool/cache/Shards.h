#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace interlock {

/// A table from texts to sets of texts, on disk, cut into files by the hash of
/// the key. Whoever asks for a key reads one of them; whoever writes holds one
/// of them in memory at a time.
class ShardWriter {
public:
  ShardWriter(std::string Folder, unsigned Count);

  /// Adds a value. Where `Only` is set, the key keeps the least of its values.
  void add(llvm::StringRef Key, llvm::StringRef Value, bool Only = false);

  /// Sorts what was added and writes the files; those whose content stays the
  /// same are not touched.
  llvm::Error finish();

private:
  void spill(unsigned Shard);

  std::string Folder;
  std::vector<std::string> Buffers;
  std::size_t Buffered = 0;
  std::error_code Problem;
};

class ShardReader {
public:
  /// Fails where the folder holds no table.
  static llvm::Expected<ShardReader> open(llvm::StringRef Folder);

  /// The values of a key, sorted, as long as the reader lives.
  llvm::Expected<std::vector<llvm::StringRef>> find(llvm::StringRef Key);

  /// Files that were read so far, sorted.
  std::vector<std::string> files() const;

private:
  std::string Folder;
  unsigned Count = 0;
  struct Shard {
    std::unique_ptr<llvm::MemoryBuffer> File;
    std::map<llvm::StringRef, std::vector<llvm::StringRef>> Entries;
  };
  std::map<unsigned, Shard> Read;
};

/// The file that holds the shard of a number.
std::string shardPath(llvm::StringRef Folder, unsigned Number);
/// The file that says how many there are.
std::string shardList(llvm::StringRef Folder);

} // namespace interlock
