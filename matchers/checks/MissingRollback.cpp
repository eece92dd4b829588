#include "matchers/checks/Judgement.h"
#include "matchers/flow/Recovery.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace interlock {

std::optional<Finding> missingRollback(const ModifyJudgement &J, Recovery &R) {
  const ModifySite &M = J.Site;
  const StateInfo &G = J.Guarded;
  const FunctionFacts &F = J.Flow.function();
  if (M.Callee || !G.Named || M.How != Change::Relative || !F.Coroutine)
    return std::nullopt;
  // A counter that only goes up has nothing to give back.
  if (M.Operation->Inputs.empty())
    return std::nullopt;
  // Only where the code shows that it thought of failure or of others: under
  // a guard, or with a handler. A bare debit may well be meant to stay.
  const bool Guarded = llvm::any_of(J.State.Held, [&](const HeldLock &H) {
    return !H.Blocking && !(H.At.valid() && R.followsStep(M, H.At));
  });
  if (!Guarded && !F.HasHandler)
    return std::nullopt;
  const Op *Fails = R.uncovered(M);
  if (!Fails || R.closureRestores(M))
    return std::nullopt;
  Finding Result = J.finding("missing-rollback", M, G);
  Result.Message = fmt::format("'{}' is modified before a step that can fail, "
                               "and no path restores it",
                               G.Info->Name);
  Result.Path.push_back({StepKind::Modified, M.At,
                         fmt::format("'{}' is modified here", G.Info->Name),
                         F.Name});
  Result.Path.push_back(
      {StepKind::Suspends, Fails->At, "this can fail", F.Name});
  Result.Extent.Suspensions.push_back(Fails->At);
  return Result;
}

} // namespace interlock
