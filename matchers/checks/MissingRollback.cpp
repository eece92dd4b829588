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
static bool isGivenAmount(const FunctionFacts &F, const Op &Modify,
                          const Op &Step) {
  std::set<unsigned> Taken, Given;
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops) {
      if (O.Kind != OpKind::Load)
        continue;
      if (llvm::is_contained(Modify.Inputs, O.Result))
        Taken.insert(O.Var);
      for (const Argument &A : Step.Calls.front().Arguments)
        if (llvm::is_contained(A.Values, O.Result))
          Given.insert(O.Var);
    }
  return llvm::any_of(Taken, [&](unsigned Var) { return Given.count(Var); });
}

/// The direct modify of a writer, if it is one.
static const Op *operationOf(const Writer &W) {
  for (const Block &B : W.Function->Blocks)
    for (const Op &O : B.Ops)
      if (O.Kind == OpKind::Modify && O.At == W.At)
        return &O;
  return nullptr;
}

/// Whether somebody else who changes a member undoes that where the same step
/// fails, and the step has as much to do with the amount here as there.
static bool restoredElsewhere(const ModifyJudgement &J, const Op &Step,
                              const std::string &Member, bool Given) {
  const auto Undoes = [&](const Writer &W) {
    if (W.Function == &J.Flow.function() || W.How != Change::Relative ||
        !W.Function->HasHandler)
      return false;
    const Op *Taken = Given ? nullptr : operationOf(W);
    bool Same = false, Others = false;
    for (unsigned B = 0; B < W.Function->Blocks.size(); ++B)
      for (const Op &O : W.Function->Blocks[B].Ops) {
        if (O.Kind != OpKind::Suspend || O.Never || O.Unfailing ||
            O.Calls.empty() || !Recovery::undoes(*W.Function, B, W.Path, W.At))
          continue;
        const bool Is =
            !O.Calls.empty() &&
            O.Calls.front().Callees == Step.Calls.front().Callees &&
            (Given || (Taken && !isGivenAmount(*W.Function, *Taken, O)));
        (Is ? Same : Others) = true;
      }
    // Which of several steps is meant, shows in what that is given.
    return Same && (Given || !Others);
  };
  return llvm::any_of(J.Program_.writers(Member), Undoes);
}

/// Whether one condition looks at the state and at another member.
static bool comparedWith(const ModifyJudgement &J, const std::string &Member) {
  return llvm::any_of(J.Flow.function().Blocks, [&](const Block &B) {
    const auto Looks = [&](const std::string &Field) {
      return llvm::any_of(B.Ops, [&](const Op &O) {
        return O.Kind == OpKind::Read && !O.Path.Steps.empty() &&
               O.Path.Steps.back().Name == Field;
      });
    };
    return !B.Condition.empty() && Looks(J.Guarded.Field) && Looks(Member);
  });
}

/// Whether the failure of a step is known elsewhere to take back what was done
/// before it: to the state, or to what limits that together with it.
static bool voidsElsewhere(const ModifyJudgement &J, const Op &Step) {
  if (Step.Calls.empty() || Step.Calls.front().Callees.empty())
    return false;
  const bool Given = isGivenAmount(J.Flow.function(), *J.Site.Operation, Step);
  if (J.Guarded.Named && restoredElsewhere(J, Step, J.Guarded.Field, Given))
    return true;
  return Given &&
         llvm::any_of(J.Program_.changedIn(J.Guarded.Info->Record),
                      [&](const std::string &Member) {
                        return (Member == J.Guarded.Field ||
                                comparedWith(J, Member)) &&
                               restoredElsewhere(J, Step, Member, Given);
                      });
}

/// The step that fails behind a debit or the like that nothing makes good.
static const Op *losesAmount(const ModifyJudgement &J, Recovery &R) {
  const ModifySite &M = J.Site;
  const FunctionFacts &F = J.Flow.function();
  // A counter that only goes up has nothing to give back.
  if (M.How != Change::Relative || M.Operation->Inputs.empty())
    return nullptr;
  const Op *Fails = R.uncovered(M);
  if (!Fails)
    return nullptr;
  if (!J.Guarded.Named)
    return voidsElsewhere(J, *Fails) ? Fails : nullptr;
  // Only where the code shows that it thought of failure or of others: under
  // a guard, or with a handler, if only elsewhere. A bare debit may well be
  // meant to stay.
  const bool Guarded = llvm::any_of(J.State.Held, [&](const HeldLock &H) {
    return !H.Blocking && !(H.At.valid() && R.followsStep(M, H.At));
  });
  return Guarded || F.HasHandler || voidsElsewhere(J, *Fails) ? Fails : nullptr;
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
