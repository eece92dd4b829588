#include "matchers/summary/HeldOverWait.h"
#include "matchers/flow/ControlIndex.h"

#include "llvm/ADT/STLExtras.h"

namespace interlock {

/// Whether a coroutine touches the state under a lock on both sides of a
/// suspension point, on one way and in the order of the text: what the cases of
/// a `switch` do is no before and after.
static bool touchesOverWait(const FunctionFacts &F, const AccessPath &State,
                            const Program &P) {
  const auto Concerned = [&](const CallSite &C) {
    return llvm::any_of(P.summaries(C), [&](const Summary *Sum) {
      const auto Of = [&](const auto &Each) {
        return overlapsAnyObject(Each.Path, State);
      };
      return llvm::any_of(Sum->Returned, Of) || llvm::any_of(Sum->Effects, Of);
    });
  };
  using Placed = std::pair<const Op *, unsigned>; // and its block
  std::vector<Placed> Touches, Waits;
  std::vector<const Op *> Taken;
  for (unsigned B = 0; B < F.Blocks.size(); ++B)
    for (const Op &O : F.Blocks[B].Ops) {
      const bool Direct = O.Kind == OpKind::Read || O.Kind == OpKind::Modify ||
                          O.Kind == OpKind::Bind;
      if ((Direct && overlapsAnyObject(O.Path, State)) ||
          llvm::any_of(O.Calls, Concerned))
        Touches.push_back({&O, B});
      if (O.Kind == OpKind::Suspend)
        Waits.push_back({&O, B});
      if (O.Kind == OpKind::Acquire)
        Taken.push_back(&O);
    }
  // A lock that is taken anew in each pass is not held from one to the next.
  const bool EachPass =
      llvm::any_of(Taken, [](const Op *O) { return O->InLoop; });
  const auto Leads = [&](unsigned From, unsigned To) {
    return From == To || leadsTo(F.Blocks, From, To);
  };
  return llvm::any_of(Waits, [&](const Placed &Wait) {
    const auto [W, Here] = Wait;
    if (llvm::any_of(Taken, [At = W->At](const Op *T) { return T->At == At; }))
      return false;
    bool Before = false, After = false;
    for (const auto &[T, There] : Touches) {
      const bool Around = T->At.contains(W->At) || W->At.contains(T->At) ||
                          (W->InLoop && T->InLoop && !EachPass);
      Before =
          Before || Around || (T->At.End <= W->At.Begin && Leads(There, Here));
      After =
          After || Around || (T->At.Begin >= W->At.End && Leads(Here, There));
    }
    return Before && After;
  });
}

bool holdsOverWait(const Writer &W, const AccessPath &State, const Program &P) {
  if (W.Function->Coroutine)
    return touchesOverWait(*W.Function, State, P);
  return isPrivateHelper(*W.Function, P) &&
         llvm::any_of(P.callers(*W.Function), [&](const CallerSite &S) {
           return S.Caller->Coroutine && touchesOverWait(*S.Caller, State, P);
         });
}

} // namespace interlock
