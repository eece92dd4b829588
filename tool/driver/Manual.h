#pragma once

#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace interlock {

/// A flag of the command line, as manuals and shells need it.
struct FlagInfo {
  std::string Name;  ///< without dashes
  std::string Value; ///< what it takes, `file`; empty for a switch
  bool ValueOptional = false;
  std::string Help;
  std::vector<std::string> Values; ///< where only some are meaningful
};

/// The manual page, in the language of man(7).
std::string manualPage(const std::vector<FlagInfo> &Flags);

/// Completion scripts: `bash` or `zsh`; empty for other shells.
std::string completionScript(llvm::StringRef Shell,
                             const std::vector<FlagInfo> &Flags);

} // namespace interlock
