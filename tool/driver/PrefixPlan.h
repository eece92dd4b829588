#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstdint>
#include <string>
#include <vector>

namespace interlock {

/// Headers that are worth to be parsed once for several units.
struct PrefixGroup {
  std::vector<std::string> Headers; ///< in the order of the first unit
  std::vector<size_t> Units;        ///< all of them include all headers
};

/// Divides units into groups that share what they include, so that most bytes
/// are parsed once. `Includes` has the headers of each unit; `Weight` the bytes
/// behind a set of headers. Units that are better off alone are in no group.
/// The result does not depend on anything but the arguments.
std::vector<PrefixGroup> planPrefixes(
    llvm::ArrayRef<std::vector<std::string>> Includes,
    llvm::function_ref<std::uint64_t(const std::vector<std::string> &)> Weight);

} // namespace interlock
