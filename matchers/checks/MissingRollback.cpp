#include "matchers/checks/Judgement.h"
#include "matchers/flow/Recovery.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

#include <set>

namespace interlock {

/// Whether a function changes the state at the end of a scope, or in a handler
/// alone.
static bool restores(const FunctionFacts &F, const AccessPath &State) {
  std::vector<bool> Ordinary(F.Blocks.size());
  std::vector<unsigned> Work{0};
  while (!Work.empty()) {
    const unsigned B = Work.back();
    Work.pop_back();
    if (Ordinary[B])
      continue;
    Ordinary[B] = true;
    for (const unsigned S : F.Blocks[B].Successors)
      if (!llvm::is_contained(F.Blocks[B].OnThrow, S))
        Work.push_back(S);
  }
  for (unsigned B = 0; B < F.Blocks.size(); ++B)
    for (const Op &O : F.Blocks[B].Ops)
      if (O.Kind == OpKind::Modify && (O.Implicit || !Ordinary[B]) &&
          overlapsAnyObject(O.Path, State))
        return true;
  return false;
}

/// The step that fails while a flag is set, which only its ordinary end lowers
/// again, although others that set the flag lower it if they fail.
static const Op *leavesFlagSet(const ModifyJudgement &J, Recovery &R) {
  const ModifySite &M = J.Site;
  const FunctionFacts &F = J.Flow.function();
  if (!J.Guarded.Info->Boolean || M.How != Change::Constant ||
      restores(F, M.Path))
    return nullptr;
  const Op *Fails = R.uncoveredByHandlers(M);
  const auto Knows = [&](const Writer &W) {
    return W.Function != &F && W.Written == M.Operation->Written &&
           restores(*W.Function, W.Path);
  };
  return Fails && llvm::any_of(J.Program_.writers(J.Guarded.Field), Knows)
             ? Fails
             : nullptr;
}

/// Whether a step is given some of the variables that a modify takes its amount
/// from: `fund_ -= n; co_await bank_.pay(n);`.
static bool isGivenAmount(const ModifyJudgement &J, const Op &Step) {
  const std::vector<Register> &Amount = J.Site.Operation->Inputs;
  std::set<unsigned> Taken, Given;
  for (const Block &B : J.Flow.function().Blocks)
    for (const Op &O : B.Ops) {
      if (O.Kind != OpKind::Load)
        continue;
      if (llvm::is_contained(Amount, O.Result))
        Taken.insert(O.Var);
      for (const Argument &A : Step.Calls.front().Arguments)
        if (llvm::is_contained(A.Values, O.Result))
          Given.insert(O.Var);
    }
  return llvm::any_of(Taken, [&](unsigned Var) { return Given.count(Var); });
}

/// Whether somebody else who changes the state undoes that where the same step
/// fails.
static bool restoredElsewhere(const ModifyJudgement &J, const Op &Step) {
  const auto IsStep = [&](const Op &O) {
    return O.Kind == OpKind::Suspend && !O.Calls.empty() &&
           O.Calls.front().Callees == Step.Calls.front().Callees;
  };
  return !Step.Calls.empty() && !Step.Calls.front().Callees.empty() &&
         isGivenAmount(J, Step) &&
         llvm::any_of(
             J.Program_.writers(J.Guarded.Field), [&](const Writer &W) {
               return W.Function != &J.Flow.function() &&
                      W.How == Change::Relative && W.Function->HasHandler &&
                      restores(*W.Function, W.Path) &&
                      llvm::any_of(W.Function->Blocks, [&](const Block &B) {
                        return llvm::any_of(B.Ops, IsStep);
                      });
             });
}

/// The step that fails behind a debit or the like that nothing makes good.
static const Op *losesAmount(const ModifyJudgement &J, Recovery &R) {
  const ModifySite &M = J.Site;
  const FunctionFacts &F = J.Flow.function();
  // A counter that only goes up has nothing to give back.
  if (!J.Guarded.Named || M.How != Change::Relative ||
      M.Operation->Inputs.empty())
    return nullptr;
  // Only where the code shows that it thought of failure or of others: under
  // a guard, or with a handler, if only elsewhere. A bare debit may well be
  // meant to stay.
  const bool Guarded = llvm::any_of(J.State.Held, [&](const HeldLock &H) {
    return !H.Blocking && !(H.At.valid() && R.followsStep(M, H.At));
  });
  const Op *Fails = R.uncovered(M);
  return Fails && (Guarded || F.HasHandler || restoredElsewhere(J, *Fails))
             ? Fails
             : nullptr;
}

std::optional<Finding> missingRollback(const ModifyJudgement &J, Recovery &R) {
  const ModifySite &M = J.Site;
  const StateInfo &G = J.Guarded;
  const FunctionFacts &F = J.Flow.function();
  if (M.Callee || !F.Coroutine)
    return std::nullopt;
  const Op *Fails = losesAmount(J, R);
  const bool Amount = Fails != nullptr;
  if (!Fails)
    Fails = leavesFlagSet(J, R);
  if (!Fails || R.closureRestores(M))
    return std::nullopt;
  Finding Result = J.finding("missing-rollback", M, G);
  Result.Message =
      Amount ? fmt::format("'{}' is modified before a step that can fail, "
                           "and no path restores it",
                           G.Info->Name)
             : fmt::format("'{}' is set before a step that can fail, and only "
                           "its ordinary end restores it",
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
