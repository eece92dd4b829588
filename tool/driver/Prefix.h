#pragma once

#include "tool/cache/InputStore.h"
#include "tool/driver/Compilations.h"

#include "llvm/ADT/SmallString.h"

#include <string>
#include <vector>

namespace interlock {

/// Precompiled headers of one run, kept in the cache between runs. No unit
/// changes its meaning by them:
///
/// - Units that include the same header with `-include` under the same flags,
///   as builds with precompiled headers do, share that one.
/// - Units under the same flags share the headers of libraries that all of
///   them include anyhow; see `ForeignIncludes`.
class SharedPrefixes {
public:
  /// `Root` is the project's folder.
  SharedPrefixes(InputStore &Kept, llvm::StringRef Root)
      : Kept(Kept), Root(Root) {}
  ~SharedPrefixes();
  SharedPrefixes(const SharedPrefixes &) = delete;
  SharedPrefixes &operator=(const SharedPrefixes &) = delete;

  /// Makes the headers that the units at some indices share and lets their
  /// commands name them. Where one cannot be made, or a command names one
  /// already, the command stays.
  void prepare(std::vector<Unit> &Units, llvm::ArrayRef<size_t> Which,
               unsigned Jobs);

private:
  struct Header;
  std::vector<Header> plan(llvm::ArrayRef<Unit> Units,
                           llvm::ArrayRef<size_t> Which) const;
  void make(Header &H, llvm::ArrayRef<Unit> Units);
  bool recall(Header &H, llvm::StringRef Key);

  InputStore &Kept;
  std::string Root;
  llvm::SmallString<128> Folder; ///< temporary, removed at the end
};

} // namespace interlock
