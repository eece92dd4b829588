#include "matchers/checks/Judgement.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

#include <set>

namespace interlock {

namespace {

/// Looks for what can fail after a modify, and for what takes it back then.
class Recovery {
public:
  Recovery(const Program &P, const FunctionFacts &F, const ModifySite &M)
      : P(P), F(F), M(M) {}

  /// A suspension point behind the modify whose failure nothing makes good.
  const Op *uncovered() const {
    const Op *Result = nullptr;
    for (const unsigned B : reachable({M.Block}, /*Thrown=*/true))
      for (const Op &O : F.Blocks[B].Ops)
        if (fails(O, B) && !restored(B) &&
            (!Result || O.At.Begin < Result->At.Begin))
          Result = &O;
    return Result;
  }

  /// A closure that the function makes knows how to restore.
  bool closureRestores() const {
    return llvm::any_of(P.functions(), [&](const FunctionFacts *G) {
      return G->Parent == F.Id && llvm::any_of(G->Blocks, [&](const Block &B) {
               return changes(B, nullptr);
             });
    });
  }

private:
  /// Whether an operation can fail once the modify has happened.
  bool fails(const Op &O, unsigned B) const {
    if (O.Kind != OpKind::Suspend || O.Never)
      return false;
    // What stands before the modify is met again in the next pass of a loop:
    // then this one is complete.
    if (O.At.Begin < M.Operation->At.Begin)
      return false;
    return llvm::none_of(F.Blocks[B].Ops, [&](const Op &Other) {
      return Other.Kind == OpKind::Acquire && Other.At == O.At;
    });
  }

  bool changes(const Block &B, const Op *Except) const {
    return llvm::any_of(B.Ops, [&](const Op &O) {
      if (&O == Except)
        return false;
      if (O.Kind == OpKind::Modify)
        return overlapsAnyObject(O.Path, M.Path);
      return llvm::any_of(O.Calls, [&](const CallSite &C) {
        return llvm::any_of(P.summaries(C), [&](const Summary *S) {
          return llvm::any_of(S->Effects, [&](const Effect &E) {
            return overlapsAnyObject(E.Path, M.Path);
          });
        });
      });
    });
  }

  /// Whether the way of an exception out of a block, or the ordinary way
  /// that looks at the outcome, changes the state again.
  bool restored(unsigned B) const {
    const auto Restores = [&](unsigned Each) {
      return changes(F.Blocks[Each], M.Operation);
    };
    if (llvm::any_of(reachable(F.Blocks[B].Successors, /*Thrown=*/false),
                     Restores))
      return true;
    // The awaiter's own calls stand in the blocks that follow.
    std::vector<unsigned> Handlers;
    for (unsigned Each = B, Steps = 0; Steps < 8; ++Steps) {
      const Block &Here = F.Blocks[Each];
      Handlers.insert(Handlers.end(), Here.OnThrow.begin(), Here.OnThrow.end());
      unsigned Next = NoIndex;
      for (const unsigned S : Here.Successors)
        if (!llvm::is_contained(Here.OnThrow, S))
          Next = Next == NoIndex ? S : F.Exit;
      if (!Handlers.empty() || Next == NoIndex || Next == F.Exit)
        break;
      Each = Next;
    }
    return llvm::any_of(reachable(Handlers, /*Thrown=*/true), Restores);
  }

  std::set<unsigned> reachable(std::vector<unsigned> Work, bool Thrown) const {
    std::set<unsigned> Result;
    while (!Work.empty()) {
      const unsigned B = Work.back();
      Work.pop_back();
      if (!Result.insert(B).second)
        continue;
      for (const unsigned S : F.Blocks[B].Successors)
        if (Thrown || !llvm::is_contained(F.Blocks[B].OnThrow, S))
          Work.push_back(S);
    }
    return Result;
  }

  const Program &P;
  const FunctionFacts &F;
  const ModifySite &M;
};

} // namespace

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
  const Recovery R(J.Program_, F, M);
  const Op *Fails = R.uncovered();
  if (!Fails || R.closureRestores())
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
