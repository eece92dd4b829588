#pragma once

#include "tool/driver/Compilations.h"

#include "llvm/ADT/SmallString.h"

#include <string>
#include <vector>

namespace interlock {

/// Precompiled headers of one run. Units that include the same header with
/// `-include` under the same flags, as builds with precompiled headers do,
/// share one that is parsed once; no unit changes its meaning by it.
class SharedPrefixes {
public:
  SharedPrefixes() = default;
  ~SharedPrefixes();
  SharedPrefixes(const SharedPrefixes &) = delete;
  SharedPrefixes &operator=(const SharedPrefixes &) = delete;

  /// Makes the headers that at least two units share and lets the commands of
  /// these name them. Where one cannot be made, the commands stay.
  void prepare(std::vector<Unit> &Units, unsigned Jobs);

private:
  llvm::SmallString<128> Folder; ///< temporary, removed at the end
};

} // namespace interlock
