#pragma once

#include "rewriters/base/FunctionView.h"

#include <optional>
#include <string>

namespace interlock {

/// A function by itself, as its layout in the whole file has it: clang-format
/// takes time for every line that it is shown.
struct Excerpt {
  std::string Code;   ///< heads of the scopes around, the function, their ends
  unsigned Begin = 0; ///< of the lines of the function, in the file
  unsigned End = 0;
  unsigned At = 0; ///< where these lines stand in `Code`
};

/// Nothing if the function shares a line with something else, or a macro opens
/// the scope that it stands in.
std::optional<Excerpt> excerptOf(const FunctionView &View);

} // namespace interlock
