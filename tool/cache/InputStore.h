#pragma once

#include "tool/cache/PathList.h"
#include "tool/cache/Store.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <string>
#include <vector>

namespace interlock {

/// Entries that depend on files which only become known when the entry is
/// made, as the headers of a source do. As in a compiler cache there are two
/// steps: a key leads to the lists of inputs that its makers had before; a
/// list and the content of its files lead to the entry. An input may also be
/// a path where nothing is. Safe to call from several threads.
class InputStore {
public:
  InputStore(Store Entries, const Relocation &R);

  const Store &entries() const { return Entries; }
  const Relocation &relocation() const { return R; }
  FileDigests &files() { return Files; }

  /// Offers entries that fit to `Use` until it takes one. False: none did.
  bool find(llvm::StringRef Key,
            llvm::function_ref<bool(llvm::StringRef Bytes,
                                    const std::vector<std::string> &Inputs)>
                Use);

  /// Keeps an entry, unless an input has changed since the run began: nobody
  /// knows then which content the entry was made from. `Inputs` are sorted.
  void keep(llvm::StringRef Key, const std::vector<std::string> &Inputs,
            llvm::StringRef Bytes);

private:
  std::string entryName(llvm::StringRef Key, llvm::StringRef PackedInputs,
                        const std::vector<std::string> &Inputs);

  Store Entries;
  Relocation R;
  FileDigests Files;
  llvm::sys::TimePoint<> Started;
};

} // namespace interlock
