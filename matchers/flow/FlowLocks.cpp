#include "matchers/flow/FunctionFlow.h"

#include "llvm/ADT/STLExtras.h"

// Locks in the flow of a function: which they are, and who holds them.
namespace interlock {

unsigned FunctionFlow::lockIndex(const LockName &L) {
  const auto Known = llvm::find(Locks, L);
  if (Known != Locks.end())
    return Known - Locks.begin();
  Locks.push_back(L);
  return Locks.size() - 1;
}

std::vector<LockName> FunctionFlow::claimNames(const FlowState &S) const {
  std::vector<LockName> Result;
  Result.reserve(S.Claims.size());
  for (const unsigned Lock : S.Claims)
    Result.push_back(Locks[Lock]);
  return Result;
}

std::vector<LockName> FunctionFlow::heldNames(const FlowState &S,
                                              bool OnlyExclusive) const {
  std::vector<LockName> Result;
  for (const HeldLock &H : S.Held)
    if (!OnlyExclusive || interlock::excludes(H.Mode))
      Result.push_back(Locks[H.Lock]);
  return Result;
}

std::optional<unsigned> FunctionFlow::lockOf(const Op &O) {
  if (O.Kind == OpKind::Return ? !O.Weak : O.Lock.Path.Name == "again") {
    const auto Known = LockOfGuard.find(O.Var);
    if (O.Var == NoIndex || Known == LockOfGuard.end())
      return std::nullopt;
    return Known->second;
  }
  for (const CallSite &C : O.Calls)
    for (const Summary *Sum : P.summaries(C))
      if (!Sum->HandedOut.empty())
        return lockIndex(translate(Sum->HandedOut.front(), C));
  return lockIndex(O.Lock);
}

/// What an activity has of a gate, as a claim.
static LockName gateClaim(LockName Gate, LockMode Mode) {
  Gate.Claim = true;
  Gate.Key = Mode == LockMode::Closed ? ClosedGate : InsideGate;
  return Gate;
}

void FunctionFlow::acquire(const Op &O, FlowState &S, FlowObserver *Seen) {
  if (O.Mode == LockMode::Slice &&
      P.options().ExecutorModel == Executor::SingleThreaded)
    return; // everything runs like on one strand
  if (O.Mode == LockMode::Inside || O.Mode == LockMode::Closed) {
    S.claim(lockIndex(gateClaim(O.Lock, O.Mode)));
    return;
  }
  const std::optional<unsigned> Known = lockOf(O);
  if (!Known)
    return;
  const unsigned Lock = *Known;
  if (Seen)
    Seen->acquire(O, Lock, S);
  if (O.Var != NoIndex) {
    LockOfGuard[O.Var] = Lock;
    // A guard that is assigned gives back what it held, except for the other
    // locks of the same combined acquisition.
    for (const HeldLock &H : S.Held)
      if (H.Var == O.Var && !(H.At == O.At))
        S.release(H.Lock);
    llvm::erase_if(S.Held, [&](const HeldLock &H) {
      return H.Var == O.Var && !(H.At == O.At);
    });
  }
  HeldLock H;
  H.Lock = Lock;
  H.Var = O.Var;
  H.Mode = O.Mode;
  H.Blocking = O.Blocking;
  H.At = O.At;
  if (!llvm::is_contained(S.Held, H))
    S.Held.push_back(H);
}

void FunctionFlow::release(const Op &O, FlowState &S) {
  std::vector<unsigned> Given;
  if (O.Var != NoIndex) {
    for (const HeldLock &H : S.Held)
      if (H.Var == O.Var)
        Given.push_back(H.Lock);
  } else {
    for (const HeldLock &H : S.Held)
      if (Locks[H.Lock] == O.Lock && H.Var == NoIndex)
        Given.push_back(H.Lock);
  }
  // Where there are several threads, this is where others get in: what was
  // copied so far, a later reset would wipe together with what is new.
  if (!Given.empty() && P.options().ExecutorModel != Executor::SingleThreaded)
    for (const auto &[Variable, Tags] : S.Variables)
      for (const Tag &T : Tags)
        if (const ReadSite &R = Reads[T.Read];
            !T.claimed() &&
            ((T.Locks && isContent(R)) || (R.Under && Zeroed.count(R.Path))))
          addTag(S.Drained, T);
  LockSet Gone = 0;
  for (const unsigned Lock : Given) {
    S.release(Lock);
    if (Lock < 64)
      Gone |= LockSet(1) << Lock;
  }
  llvm::erase_if(S.Held, [&](const HeldLock &H) {
    return llvm::is_contained(Given, H.Lock) && H.Var == O.Var;
  });
  if (P.options().ExecutorModel != Executor::MultiThreaded)
    return;
  ageHandles(O, Gone & ~S.locked(), S);
  for (const unsigned Claim : std::vector<unsigned>(S.Ended))
    if (!(ClaimedUnder[Claim] & S.locked())) {
      llvm::erase(S.Ended, Claim);
      S.release(Claim);
    }
}

/// Whether a lock is that of a guard which a function is given.
static bool isAnyLock(const LockName &L) { return L.Category == "*"; }

/// The locks whose guards what runs later is given.
LockSet FunctionFlow::handedTo(const Op &Later, unsigned B,
                               const FlowState &S) const {
  LockSet Result = 0;
  const auto HasGuard = [&](const CallSite &C) {
    return llvm::any_of(P.callees(C), [](const FunctionFacts *Callee) {
      return llvm::any_of(Callee->Requires, isAnyLock);
    });
  };
  // One that was given is the one that is given on.
  if (llvm::any_of(Later.Calls, HasGuard))
    for (const HeldLock &H : S.Held)
      if (H.Entry && H.Lock < 64 && isAnyLock(Locks[H.Lock]))
        Result |= LockSet(1) << H.Lock;
  for (const Op &O : F.Blocks[B].Ops)
    if (O.Kind == OpKind::Release && O.Var != NoIndex &&
        llvm::any_of(Later.Calls,
                     [&](const CallSite &C) { return C.At.contains(O.At); }))
      if (const auto Known = LockOfGuard.find(O.Var);
          Known != LockOfGuard.end() && Known->second < 64)
        Result |= LockSet(1) << Known->second;
  return Result;
}

/// Flags and entries that stay set until what runs later resets them: the
/// function that has set them leaves them alone from here on.
LockSet FunctionFlow::lastingClaims(const Op &Later, const FlowState &S) const {
  LockSet Result = 0;
  for (const unsigned Lock : S.Claims) {
    const auto Resets = [&](const Op &O) {
      return O.Kind == OpKind::Modify && Later.At.End <= O.At.Begin &&
             overlaps(O.Path, Locks[Lock].Path);
    };
    if (llvm::none_of(F.Blocks, [&](const Block &B) {
          return llvm::any_of(B.Ops, Resets);
        }))
      Result |= LockSet(1) << Lock;
  }
  return Result;
}

/// Where a lock is given back, other threads get at what it protects: a
/// reference that was taken under it can lead nowhere from now on.
void FunctionFlow::ageHandles(const Op &Release, LockSet Given, FlowState &S) {
  for (auto &[Var, List] : S.Handles)
    for (Handle &Each : List)
      if (!Each.Stale && (Bindings[Each.Bound].Under & Given)) {
        Each.Stale = true;
        Each.Crossed = pointIndex(Release, nullptr);
      }
}

} // namespace interlock
