#pragma once

#include "matchers/base/Finding.h"
#include "matchers/base/Options.h"
#include "rewriters/base/EditSet.h"
#include "rewriters/base/FixPlan.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

namespace clang {
class ASTContext;
}

/// rewriters/ changes programs: findings and a parsed TU give plans, plans
/// give new file contents, and nothing reaches the disk before every TU that
/// sees a changed file has been parsed and judged again.
///
///   planFixes    once per TU, on the thread that owns the AST
///   mergeFixes   the plans of all TUs into one set; order does not matter
///   settleFixes  parses the outcome in memory, withdraws what fails
///   writeFiles   all files or none
namespace interlock {

/// The findings, and behind them what has to be repaired with them though it
/// is not reported; the same list for every TU. Plans and refusals of a TU
/// refer to it by index.
std::vector<Finding> withCompanions(llvm::ArrayRef<Finding> Findings);

/// Plans repairs for those findings whose function is defined in a file of
/// this translation unit. Indices in the result refer to
/// `withCompanions(Findings)`. Pure: no output, no disk. A finding whose
/// function is in view gets a plan or a refusal, never both; others get
/// neither.
FixResult planFixes(clang::ASTContext &Ctx, llvm::ArrayRef<Finding> Findings,
                    const FixOptions &Opts);

/// Joins the results of several TUs over the same `Findings`. A plan that two
/// TUs agree on is one plan; where they disagree, the finding is refused
/// (`config-disagree`). Plans that need each other are joined into one. A
/// finding that no TU could place is refused. Indices in the result refer to
/// `Findings`.
FixResult mergeFixes(std::vector<FixResult> PerTU,
                     llvm::ArrayRef<Finding> Findings);

/// A compiler diagnostic of a parse, warnings included.
struct CompilerMessage {
  std::string File; ///< absolute real path
  unsigned Line = 0;
  bool Error = false; ///< also a warning that the TU's flags promote
  std::string Text;
  auto order() const { return std::tie(File, Text, Error); }
};

/// What a program looks like to the compiler and to the detector.
struct ProgramView {
  std::vector<CompilerMessage> Messages;
  std::vector<Finding> Findings;
};

/// Parses every TU that includes a file of the overlay, each with its own
/// flags, and judges the program again. An empty overlay is never passed.
using ReparseFn = llvm::function_ref<ProgramView(const FileContents &Overlay)>;

/// What became of the plans.
struct FixOutcome {
  FileContents Files;             ///< new contents, by absolute real path
  std::vector<unsigned> Applied;  ///< plans that `Files` holds
  std::vector<unsigned> Offered;  ///< plans that wait for `Review`
  std::vector<Refusal> Withdrawn; ///< findings of plans that did not pass
  /// Findings that need no plan of their own: one for others settles them.
  std::vector<std::pair<unsigned, unsigned>> Covered;
  std::vector<std::string> Changed; ///< files that are not as analysed
  /// Something was left out that the user asked for: exit status 4.
  bool withheld() const { return !Withdrawn.empty() || !Changed.empty(); }
};

/// Applies the plans in memory and proves them: `Reparse` must show no
/// compiler message that `Before` does not have, none of the repaired
/// findings and no other new one. Plans that fail are withdrawn alone
/// (`conflicting-edits`, `would-not-compile`, `two-locks`, `still-reported`),
/// found by bisection. Reads files, writes nothing. If any file to be edited is
/// not as it was analysed, `Files` stays empty and `Changed` names it.
FixOutcome settleFixes(const FixResult &Planned, const ProgramView &Before,
                       const FixOptions &Opts, ReparseFn Reparse);

/// Writes all files of the outcome, which are below `Root`, or none; see
/// `ReplaceFiles.h`.
llvm::Error writeFiles(const FixOutcome &Outcome, const FixResult &Planned,
                       llvm::StringRef Root);

} // namespace interlock
