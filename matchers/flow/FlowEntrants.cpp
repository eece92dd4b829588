#include "matchers/flow/FunctionFlow.h"

#include "llvm/ADT/STLExtras.h"

// Who was the first to come has what he came for to himself, until nobody is
// there any more: `waiting_.push_back(me); if (waiting_.size() > 1) return;`
namespace interlock {

/// Whether an operation puts something into a container, or counts up.
static bool enters(const Op &O) {
  return O.Kind == OpKind::Modify &&
         (adds(O.How) || (O.How == Change::Relative && O.Moves == Way::Up));
}

void FunctionFlow::noteEntrances() {
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops)
      if (enters(O))
        Entrances.insert(O.At.Begin);
}

/// Whether the function has come itself by the time that it counts who is
/// there, without having given anybody else the chance to come since.
bool FunctionFlow::entersBefore(const ReadSite &Count) const {
  const auto Between = [&](const SourceSpan &From) {
    return llvm::any_of(F.Blocks, [&](const Block &B) {
      return llvm::any_of(B.Ops, [&](const Op &O) {
        return ((O.Kind == OpKind::Suspend && !O.Never) ||
                O.Kind == OpKind::Release) &&
               From.End <= O.At.Begin && O.At.End <= Count.At.Begin;
      });
    });
  };
  for (unsigned B = 0; B < F.Blocks.size(); ++B)
    for (const Op &O : F.Blocks[B].Ops)
      if (enters(O) && O.At.End <= Count.At.Begin &&
          overlaps(O.Path, Count.Path) &&
          O.Path.Steps.size() <= Count.Path.Steps.size() + 1 &&
          (B == Count.Block || dominates(B, Count.Block)) && !Between(O.At))
        return true;
  return false;
}

/// Where the function comes first, if the branch finds that: it has come in
/// the slice in which it has looked who is there.
std::optional<AccessPath> FunctionFlow::enteredAlone(unsigned B,
                                                     const FlowState &S) const {
  if (Entrances.empty())
    return std::nullopt;
  for (const Tag &T : tagsOf(F.Blocks[B].Condition, S)) {
    const ReadSite &R = Reads[T.Read];
    if (T.Stale || T.Implicit || R.Input != NoIndex || !nameable(R.Path) ||
        !P.guardedOrMarker(R.Path))
      continue;
    if (F.Blocks[B].Counted ? !T.claimed() && entersBefore(R)
                            : T.claimed() && Entrances.count(T.ClaimedAt))
      return R.Path;
  }
  return std::nullopt;
}

/// What a branch that counts who is there says where control goes on.
void FunctionFlow::followCount(unsigned B, unsigned Next, FlowState &S) {
  const Block &Here = F.Blocks[B];
  if (Next == Here.AloneOn) {
    if (const std::optional<AccessPath> At = enteredAlone(B, S))
      takeClaim(*At, FirstToCome.str(), S);
    return;
  }
  // `while (!queue_.empty())`: what is there has kept others out so far.
  for (const Tag &T : tagsOf(Here.Condition, S))
    if (!T.Stale && !T.Implicit && !Here.Counted)
      llvm::erase_if(S.Ended, [&](unsigned Lock) {
        return Locks[Lock].Key == FirstToCome &&
               Locks[Lock].Path == Reads[T.Read].Path;
      });
}

/// Whether nothing else is started that would have the same claim.
static bool startsOnlyThis(const FunctionFacts &F, const Op &Start) {
  return llvm::all_of(F.Blocks, [&](const Block &B) {
    return llvm::all_of(B.Ops, [&](const Op &O) {
      const bool Goes = O.Kind == OpKind::Start ||
                        (O.Kind == OpKind::Later &&
                         Start.Kind == OpKind::Later && !O.Implicit);
      return !Goes || O.At.contains(Start.At) || Start.At.contains(O.At);
    });
  });
}

/// Whether a function writes something else where it has made a claim.
static bool givesUp(const FunctionFacts &F, const LockName &Claim) {
  return llvm::any_of(F.Blocks, [&](const Block &B) {
    return llvm::any_of(B.Ops, [&](const Op &O) {
      return O.Kind == OpKind::Modify &&
             (O.Written != Claim.Key || O.How == Change::Erase) &&
             overlaps(O.Path, Claim.Path) &&
             !(Claim.Key == FirstToCome && enters(O));
    });
  });
}

bool FunctionFlow::handsOver(const Op &O, const LockName &Claim) const {
  return (O.Kind == OpKind::Start ||
          (O.Kind == OpKind::Later && !O.Implicit && !O.Weak)) &&
         !O.InLoop && !Claim.ofGate() && startsOnlyThis(F, O) &&
         !givesUp(F, Claim);
}

} // namespace interlock
