#include "matchers/checks/Judgement.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace interlock {

/// Whether a function changes the path again behind a place, by itself or in
/// a closure that it makes: whoever does so knows how to restore.
static bool changesLater(const Program &P, const FunctionFacts &F,
                         const AccessPath &Path, const SourceSpan &After) {
  const auto Changes = [&](const FunctionFacts &G, bool Anywhere) {
    return llvm::any_of(G.Blocks, [&](const Block &B) {
      return llvm::any_of(B.Ops, [&](const Op &O) {
        if (!Anywhere && O.At.Begin <= After.Begin)
          return false;
        if (O.Kind == OpKind::Modify)
          return overlapsAnyObject(O.Path, Path);
        return llvm::any_of(O.Calls, [&](const CallSite &C) {
          return llvm::any_of(P.summaries(C), [&](const Summary *S) {
            return llvm::any_of(S->Effects, [&](const Effect &E) {
              return overlapsAnyObject(E.Path, Path);
            });
          });
        });
      });
    });
  };
  return Changes(F, false) ||
         llvm::any_of(P.functions(), [&](const FunctionFacts *G) {
           return G->Parent == F.Id && Changes(*G, true);
         });
}

std::optional<Finding> missingRollback(const Judgement &J, const ModifySite &M,
                                       const StateInfo &G) {
  const FunctionFacts &F = J.Flow.function();
  if (!G.Named || M.How != Change::Relative || !F.Coroutine)
    return std::nullopt;
  // A counter that only goes up has nothing to give back.
  if (!M.Callee && M.Operation->Inputs.empty())
    return std::nullopt;
  // Only where the code shows that it thought of failure or of others: under
  // a guard, or with a handler. A bare debit may well be meant to stay.
  const bool Guarded =
      llvm::any_of(J.State.Held, [](const HeldLock &H) { return !H.Blocking; });
  if (!Guarded && !F.HasHandler)
    return std::nullopt;
  const Op *Fails = nullptr;
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops)
      if (O.Kind == OpKind::Suspend && O.At.Begin > M.At.End && !Fails) {
        const bool Acquires = llvm::any_of(B.Ops, [&](const Op &Other) {
          return Other.Kind == OpKind::Acquire && Other.At == O.At;
        });
        if (!Acquires)
          Fails = &O;
      }
  if (!Fails || changesLater(J.Program_, F, M.Path, M.At))
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
