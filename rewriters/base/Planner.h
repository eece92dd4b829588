#pragma once

#include "matchers/base/Finding.h"
#include "matchers/base/Options.h"
#include "rewriters/base/Extent.h"
#include "rewriters/base/FixPlan.h"
#include "rewriters/base/FunctionView.h"
#include "rewriters/base/GuardCode.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"

#include <ranges>
#include <set>
#include <vector>

namespace interlock {

/// The findings of one function on their way to plans and refusals. A
/// strategy takes those that it can judge out of `Open`; it either adds a plan
/// for them or refuses them.
struct FunctionFixes {
  const FunctionView &View;
  llvm::ArrayRef<Finding> Findings; ///< of the whole program
  const FixOptions &Opts;
  std::vector<unsigned> Open; ///< of this function, still to be decided
  FixResult &Result;
  std::set<std::string> Names; ///< of guards given in this function
  bool WithoutGuard = false;   ///< what to do if a guard does not do it
  bool AroundLoops = false;    ///< no guard of a pass, one of all passes

  /// The open findings, without those that a repair on the way answers, too.
  auto stillOpen() const {
    return std::vector<unsigned>(Open) |
           std::views::filter([this](unsigned Index) {
             return llvm::is_contained(Open, Index);
           });
  }
  void refuse(unsigned Index, const Why &Reason, std::string ByHand);
  void close(unsigned Index);
  /// Takes a plan, and what it repairs out of `Open`.
  void add(FixPlan Plan);
};

/// The finding and the open ones of the same state within [Begin, End): one
/// repair of the statement there answers all of them.
std::vector<unsigned> repairedWith(const FunctionFixes &Fixes, unsigned Index,
                                   unsigned Begin, unsigned End);

/// The places, by index into `All`, that have to take a guard if the findings
/// hold theirs over a suspension.
std::vector<unsigned> companionsOf(llvm::ArrayRef<Finding> All,
                                   llvm::ArrayRef<unsigned> Findings);

/// Why no guard may be held over the region of a finding, if so.
std::optional<Why> obstacleTo(llvm::ArrayRef<Finding> All, const Finding &F);

/// Whether a repair without a guard is wanted: none can be held here, or by
/// somebody else who needs it for the same state. Who takes one would not keep
/// out who does not.
bool avoidsGuard(const FunctionFixes &Fixes, const Finding &F);

/// Whether a modify stands in a handler and can be done behind its `try`, and
/// the edits for that, under a guard of its own.
bool leavesHandler(const FunctionView &View, const SourceSpan &Modify);
std::variant<std::vector<Edit>, Why>
leaveHandler(FunctionFixes &Fixes, const SourceSpan &Modify, LockCode Lock);

/// Whether the function of a finding is called with and without the lock, so
/// that `split-helper` makes two of it; and the edit that makes a call under
/// the lock one of the part that expects it.
bool isToBeSplit(const Finding &F);
std::optional<Edit> callWithoutLock(const FunctionView &View,
                                    const SourceSpan &Call,
                                    llvm::StringRef Callee);

/// A strategy: takes what it can decide out of `Open`.
using Fixer = void (*)(FunctionFixes &);

void fixBySplitting(FunctionFixes &Fixes);
void fixByLeavingHandler(FunctionFixes &Fixes);
void fixByKeepingGuard(FunctionFixes &Fixes);
void fixByMovingGuardUp(FunctionFixes &Fixes);
void fixByRekeying(FunctionFixes &Fixes);
void fixByNarrowing(FunctionFixes &Fixes);
void fixByRollback(FunctionFixes &Fixes);
void fixByRelativeUpdate(FunctionFixes &Fixes);
void fixBySecondLookup(FunctionFixes &Fixes);
void fixByWalkingOn(FunctionFixes &Fixes);
void fixByKeySnapshot(FunctionFixes &Fixes);
void fixByStrongCopy(FunctionFixes &Fixes);
void fixByHoistedAwait(FunctionFixes &Fixes);
void fixByExchange(FunctionFixes &Fixes);
void fixByNaming(FunctionFixes &Fixes);
void fixBySettingFirst(FunctionFixes &Fixes);
void fixByTakingOut(FunctionFixes &Fixes);
void fixByReadingLater(FunctionFixes &Fixes);
void fixByReserve(FunctionFixes &Fixes);
void fixByRecheck(FunctionFixes &Fixes);
void fixByHold(FunctionFixes &Fixes);

/// Runs the strategies of `Fixes.def`; nothing stays open.
void fixFunction(FunctionFixes &Fixes);

} // namespace interlock
