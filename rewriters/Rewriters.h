#pragma once

#include "matchers/base/Finding.h"
#include "matchers/base/Options.h"
#include "rewriters/base/FixPlan.h"

#include "llvm/ADT/ArrayRef.h"

namespace clang {
class ASTContext;
}

/// rewriters/ changes programs: findings and a parsed TU give plans, plans
/// give new file contents, and nothing reaches the disk before every TU that
/// sees a changed file has been parsed and judged again.
namespace interlock {

/// Plans repairs for those findings whose function is defined in a file of
/// this translation unit. Indices in the result refer to `Findings`. Pure: no
/// output, no disk. A finding gets a plan or a refusal, never both or none.
FixResult planFixes(clang::ASTContext &Ctx, llvm::ArrayRef<Finding> Findings,
                    const FixOptions &Opts);

} // namespace interlock
