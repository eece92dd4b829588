#pragma once

#include "tool/driver/Cli.h"
#include "tool/output/Sources.h"

#include "matchers/base/Finding.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"

#include <optional>

namespace interlock {

/// Answers the flags that print something about the tool or its
/// configuration and analyse nothing; nothing where the invocation wants an
/// analysis.
std::optional<int> runInformation(const Invocation &Run);

/// Prints the answer to `--why`.
void explainLine(llvm::StringRef File, unsigned Line,
                 llvm::ArrayRef<Step> Reasons, Sources &Text,
                 llvm::raw_ostream &Out);

} // namespace interlock
