#pragma once

#include "tool/driver/Compilations.h"

#include <string>
#include <vector>

namespace interlock {

/// A command taken apart: what it includes ahead of the source, and the rest
/// without the source.
struct CommandParts {
  std::vector<std::string> Included;
  std::vector<std::string> Flags;
  bool HasSource = false;
};

CommandParts takeApart(const Unit &U);

} // namespace interlock
