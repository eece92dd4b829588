#include "matchers/checks/Judgement.h"

#include "llvm/ADT/STLExtras.h"

// Flags and entries that an activity sets, so that others keep out.
namespace interlock {

/// Whether nobody comes by the second claim while somebody has the first one.
static bool excludes(const LockName &A, const LockName &B) {
  const bool Excluded =
      A.ofGate() ? B.ofGate() && (A.Key == ClosedGate || B.Key == ClosedGate)
                 : A.Key == B.Key;
  const auto IsEntry = [](const LockName &L) {
    return !L.Path.Steps.empty() && isElement(L.Path.Steps.back());
  };
  return Excluded && IsEntry(A) == IsEntry(B) &&
         sameLockAnywhere({wholeOf(A.Path), "", "", false},
                          {wholeOf(B.Path), "", "", false});
}

/// Whether a writer relies himself on a look from before he gave up control: he
/// is told so where he writes.
static bool isToBlame(const Writer &W, const Program &P) {
  const Summary *Sum = P.summary(W.Function->Id);
  return Sum && llvm::any_of(Sum->Effects, [&](const Effect &E) {
           return E.At == W.At && E.AfterSuspension && E.Tested &&
                  !E.SelfChecked;
         });
}

/// Whether a flag or entry that this activity has set keeps out everybody who
/// could make its reads of the state untrue.
bool Judgement::honoured(
    const LockName &Claim, const AccessPath &Path, const StateInfo &G,
    llvm::function_ref<bool(const Writer &)> Matters) const {
  // What is claimed for one key says nothing of the others.
  AccessPath Owner = Claim.Path;
  if (!Owner.Steps.empty() &&
      Owner.Steps.back().What == PathStep::Kind::Element) {
    if (Owner.Steps.back().Name != G.Key)
      return false;
    Owner.Steps.pop_back();
  }
  // A variable that there is once keeps everybody out of everything.
  const bool Once =
      Owner.Base == AccessPath::Root::Global && Owner.Steps.empty();
  if (!Owner.Steps.empty())
    Owner.Steps.pop_back();
  if (!Once && !overlaps(Owner, Path))
    return false;
  // `if (order_) return; order_ = make(); ...; order_.reset();`: what is filled
  // in is itself the claim.
  const bool Content = Claim.Path == Path;
  if (Content && !G.Info->Holder)
    return false;
  return llvm::all_of(Program_.writers(G.Field), [&](const Writer &W) {
    if (Content && W.Claiming)
      return true;
    // What was absent stays so when somebody removes it.
    if ((!Content && !Claim.ofGate() &&
         (W.How == Change::Erase || W.How == Change::Clear)) ||
        !overlapsAnyObject(W.Path, Path) || !Matters(W) ||
        !Program_.canInterleave(Flow.function(), *W.Function))
      return true;
    // What continues a function runs under what that has claimed.
    if (excludes(Claim, Claim) && W.Function->Lambda &&
        W.Function->Parent == Flow.function().Id)
      return true;
    if (W.Function != &Flow.function() && isToBlame(W, Program_))
      return true;
    return llvm::any_of(W.Claims, [&](const LockName &Theirs) {
      return excludes(Claim, Theirs);
    });
  });
}

} // namespace interlock
