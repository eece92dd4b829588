#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace interlock {

/// Moves texts between the project's folder and a place-holder for it, so that
/// keys and entries are the same in every checkout.
class Relocation {
public:
  /// An empty root, or the root of the file system: nothing moves.
  explicit Relocation(llvm::StringRef Root);

  /// Every mention of the project's folder replaced, wherever it stands:
  /// `-I/home/me/project/include`.
  std::string outward(llvm::StringRef Text) const;
  /// The same for the start of a path, back.
  std::string inward(llvm::StringRef Path) const;

  llvm::StringRef root() const { return Root; }

private:
  std::string Root; ///< without a separator at its end
};

/// Sorted paths as text, a line each: how many bytes it shares with the line
/// before, and the rest.
std::string packPaths(llvm::ArrayRef<std::string> Sorted, const Relocation &R);
std::optional<std::vector<std::string>> unpackPaths(llvm::StringRef Packed,
                                                    const Relocation &R);

} // namespace interlock
