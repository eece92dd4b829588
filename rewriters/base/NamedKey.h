#pragma once

#include "rewriters/base/GuardCode.h"

#include <optional>
#include <set>
#include <string>

namespace interlock {

/// A key that must not be evaluated twice, named once in front of the guard.
struct NamedKey {
  std::string Declaration; ///< `const auto key = next_id();`
  Edit Use;                ///< the name in the place of the expression
};

/// Names the key of a lock, and respells the lock with it. Only where that
/// changes no order: the key is evaluated once, first of all in the extent,
/// and what it changes is not looked at again behind the guard.
std::optional<NamedKey> nameKey(const FunctionView &View, LockCode &Lock,
                                const Extent &E, std::set<std::string> &Taken);

} // namespace interlock
