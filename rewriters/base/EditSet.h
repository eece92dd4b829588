#pragma once

#include "rewriters/base/FixPlan.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace interlock {

/// File contents by absolute real path.
using FileContents = std::map<std::string, std::string>;

/// Digest by which a file is recognised as the one that was analysed.
std::uint64_t contentDigest(llvm::StringRef Content);

/// Edits of many plans over many files. Equal edits are one; edits that touch
/// the same bytes in different ways are a conflict, and so are two different
/// insertions at one place, because their order would be a guess. The one
/// exception are insertions of whole `#include` lines.
class EditSet {
public:
  /// Adds all edits of a plan, or none: false if any of them conflicts.
  bool add(llvm::ArrayRef<Edit> Plan);

  /// Files that have at least one edit, sorted.
  std::vector<std::string> files() const;

  /// The content of a file after its edits.
  std::string apply(llvm::StringRef File, llvm::StringRef Content) const;

private:
  std::map<std::string, std::vector<Edit>> ByFile; ///< sorted, disjoint
};

} // namespace interlock
