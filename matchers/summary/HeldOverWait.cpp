#include "matchers/summary/HeldOverWait.h"

#include "llvm/ADT/STLExtras.h"

namespace interlock {

/// Whether a coroutine touches the state under a lock on both sides of a
/// suspension point, as far as the order of the text tells.
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
  std::vector<const Op *> Touches, Waits, Taken;
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops) {
      const bool Direct = O.Kind == OpKind::Read || O.Kind == OpKind::Modify ||
                          O.Kind == OpKind::Bind;
      if ((Direct && overlapsAnyObject(O.Path, State)) ||
          llvm::any_of(O.Calls, Concerned))
        Touches.push_back(&O);
      if (O.Kind == OpKind::Suspend)
        Waits.push_back(&O);
      if (O.Kind == OpKind::Acquire)
        Taken.push_back(&O);
    }
  // A lock that is taken anew in each pass is not held from one to the next.
  const bool EachPass =
      llvm::any_of(Taken, [](const Op *O) { return O->InLoop; });
  return llvm::any_of(Waits, [&](const Op *W) {
    if (llvm::any_of(Taken, [&](const Op *T) { return T->At == W->At; }))
      return false;
    bool Before = false, After = false;
    for (const Op *T : Touches) {
      const bool Around = T->At.contains(W->At) || W->At.contains(T->At) ||
                          (W->InLoop && T->InLoop && !EachPass);
      Before |= Around || T->At.End <= W->At.Begin;
      After |= Around || T->At.Begin >= W->At.End;
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
