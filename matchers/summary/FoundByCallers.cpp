#include "matchers/summary/FoundByCallers.h"

#include "llvm/ADT/STLExtras.h"

namespace interlock {

/// The block of a caller that does a call.
static unsigned blockOf(const CallerSite &S) {
  const std::vector<Block> &Blocks = S.Caller->Blocks;
  for (unsigned B = 0; B < Blocks.size(); ++B)
    for (const Op &O : Blocks[B].Ops)
      for (const CallSite &C : O.Calls)
        if (&C == S.Site)
          return B;
  return NoIndex;
}

/// Whether a branch that decides about a call looks at the state, and nothing
/// that could give up control stands in between.
static bool looksBefore(const CallerSite &S, const AccessPath &State) {
  const std::vector<Block> &Blocks = S.Caller->Blocks;
  const unsigned Here = blockOf(S);
  if (Here == NoIndex)
    return false;
  const auto RunsBetween = [&](const Op &Look) {
    return llvm::any_of(Blocks, [&](const Block &B) {
      return llvm::any_of(B.Ops, [&](const Op &O) {
        return (O.Kind == OpKind::Suspend || O.Kind == OpKind::Call) &&
               O.At.Begin >= Look.At.End && O.At.End <= S.Site->At.Begin;
      });
    });
  };
  return llvm::any_of(Blocks[Here].ControlledBy, [&](unsigned Branch) {
    const auto Looks = [&](const Op &O) {
      return O.Kind == OpKind::Read && overlaps(O.Path, State) &&
             llvm::is_contained(Blocks[Branch].Condition, O.Result) &&
             O.At.End <= S.Site->At.Begin && !RunsBetween(O);
    };
    return llvm::any_of(
        Blocks, [&](const Block &B) { return llvm::any_of(B.Ops, Looks); });
  });
}

bool foundByCallers(const FunctionFacts &F, const AccessPath &State,
                    const Program &P) {
  const bool Member = State.Base == AccessPath::Root::This;
  const bool Variable = State.Base == AccessPath::Root::Global;
  const std::vector<CallerSite> &Sites = P.callers(F);
  if (F.Callable || F.Lambda || Sites.empty() || !(Member || Variable))
    return false;
  return llvm::all_of(Sites, [&](const CallerSite &S) {
    const std::optional<AccessPath> &On = S.Site->Receiver;
    const bool Same = Variable || (On && On->Base == State.Base &&
                                   On->Steps.empty() && !S.Caller->Lambda);
    return Same && !S.Starts && !S.Later && !S.Concurrent &&
           looksBefore(S, State);
  });
}

} // namespace interlock
