#pragma once

#include "matchers/summary/Program.h"

#include <string>

/// Paths and keys as the function that they belong to would write them: what a
/// rewriter needs where the code itself only calls a helper.
namespace interlock {

/// The object that owns a field on the path: `this`, `box_`, `*account`; empty
/// where the function has no words for it.
std::string ownerInWords(const AccessPath &Path, const std::string &Field,
                         const FunctionFacts &F, const Program &P);

/// The key of the last element on the path, `symbol` or `order.id`; likewise.
std::string keyInWords(const AccessPath &Path, const FunctionFacts &F);

} // namespace interlock
