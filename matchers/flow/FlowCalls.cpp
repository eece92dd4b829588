#include "matchers/flow/FunctionFlow.h"

#include "llvm/ADT/STLExtras.h"

// Calls and awaits in the flow of a function: what a summary says happens
// there, in the caller's terms.
namespace interlock {

/// Notes what a later reset would wipe: what an operation that gives up control
/// was given, unless it was taken out in the slice in which it was read, and
/// what a local has a copy of, which is gone through now.
void FunctionFlow::handOut(const TagList &Given, FlowState &S) {
  for (const Tag &T : Given)
    if (!T.claimed())
      addTag(S.Drained, T);
  for (const auto &[Variable, Tags] : S.Variables)
    for (const Tag &T : Tags)
      if (!T.claimed() && !T.Stale && isContent(Reads[T.Read]))
        addTag(S.Drained, T);
}

void FunctionFlow::applySuspend(const Op &O, unsigned B, FlowState &S,
                                FlowObserver *Seen) {
  if (O.Never) {
    if (Seen)
      Seen->suspend(O, S, /*Suspends=*/false);
    return;
  }
  // Behind an interface without a body may stand what is out of view.
  bool Known = !O.Calls.empty(), Suspends = false, Open = false, Hops = false;
  const Summary *Through = nullptr;
  for (const CallSite &C : O.Calls) {
    const std::vector<const Summary *> Sums = P.summaries(C);
    Known &= !Sums.empty();
    Hops |= !C.On.empty();
    Open |= C.Callees.size() > 1 && !P.summary(C.Callees.front()) &&
            C.Callees.back() == virtualCall(C.Callees.front());
    for (const Summary *Sum : Sums)
      if (Sum->Suspends) {
        Suspends = true;
        Through = Sum;
      }
    if (Seen)
      Seen->call(O, C, S);
  }
  Known &= !Open || Suspends;
  const bool Ages = !Known || Suspends || Hops;
  if (Seen)
    Seen->suspend(O, S, Ages);
  if (Ages)
    handOut(tagsOf(O.Inputs, S), S);
  if (!Known) {
    const unsigned Point = pointIndex(O, Through);
    for (const CallSite &C : O.Calls)
      applyCall(O, C, B, S, Seen, /*Ages=*/false);
    S.suspend(Point);
    return;
  }
  if ((O.Concurrent && Ages) || Hops)
    S.suspend(pointIndex(O, Through));
  TagList Result;
  for (const CallSite &C : O.Calls) {
    applyCall(O, C, B, S, Seen, /*Ages=*/true);
    if (O.Result != NoIndex)
      for (const Tag &T : S.Registers[O.Result])
        addTag(Result, T);
  }
  if (O.Result != NoIndex && !Result.empty())
    S.Registers[O.Result] = std::move(Result);
}

llvm::ArrayRef<FunctionFlow::ChangingAwait>
FunctionFlow::changingAwaits() const {
  if (Changing)
    return *Changing;
  Changing.emplace();
  const auto Changes = [&](const CallSite &C) {
    return llvm::any_of(P.summaries(C), [](const Summary *Sum) {
      return Sum->Suspends && !Sum->Effects.empty();
    });
  };
  for (unsigned B = 0; B < F.Blocks.size(); ++B)
    for (const Op &O : F.Blocks[B].Ops)
      if (O.Kind == OpKind::Suspend && !O.Never &&
          llvm::any_of(O.Calls, Changes))
        Changing->push_back({&O, B});
  return *Changing;
}

bool FunctionFlow::isContent(const AccessPath &Path) const {
  if (!Path.Steps.empty() && isElement(Path.Steps.back()))
    return false;
  const FieldInfo *Info = P.lastMember(Path);
  return Info && Info->Elements != Stability::NotContainer;
}

/// The input of a function that picks an element, or a part of it does.
static std::optional<unsigned> inputOfKey(const PathStep &Step) {
  llvm::StringRef Key(Step.Name);
  unsigned Input = 0;
  if (!isElement(Step) || !Key.consume_front("$") ||
      Key.consumeInteger(10, Input))
    return std::nullopt;
  return Input;
}

/// Whether a call is given flags with which it does not come to a modify.
static bool ruledOut(const Effect &E, const CallSite &C) {
  for (unsigned I = 0; I < C.Arguments.size(); ++I)
    if (const std::optional<bool> Given = C.Arguments[I].Flag;
        Given && ((*Given ? E.IfUnset : E.IfSet) & inputBit(I)))
      return true;
  return false;
}

void FunctionFlow::applyEffects(const Op &O, const CallSite &C,
                                const Summary &Sum, bool After, unsigned B,
                                FlowState &S, FlowObserver *Seen,
                                const CalleeClaims &Claims) {
  for (const Effect &E : Sum.Effects) {
    if (E.AfterSuspension != After || ruledOut(E, C))
      continue;
    const std::optional<AccessPath> Path = translate(E.Path, C);
    if (!Path || !(relevant(*Path) || lent(*Path)))
      continue;
    const size_t Prefix = Path->Steps.size() - E.Path.Steps.size();
    const std::uint32_t Made = Prefix < 32 ? E.Made << Prefix : 0;
    if (Seen) {
      ModifySite M;
      M.Path = *Path;
      M.How = E.How;
      // The write itself, if it runs in a frame that gave up control or at
      // the end of a scope, or stands in a callable that is written here.
      M.Later = O.Kind == OpKind::Later;
      M.At =
          After || M.Later || O.Implicit || O.At.contains(E.At) ? E.At : O.At;
      M.Operation = &O;
      M.Callee = &E;
      M.Covered = E.Covered != 0 || E.Path.Base == AccessPath::Root::Parameter
                      ? Prefix + E.Covered
                      : O.Covered;
      M.Made = Made;
      M.Block = B;
      const auto Passed = [&](InputSet Inputs, TagList &To) {
        for (unsigned I = 0; I < C.Arguments.size(); ++I)
          if (Inputs & inputBit(I))
            for (const Tag &T : tagsOf(C.Arguments[I].Values, S))
              addTag(To, T);
      };
      Passed(E.Inputs, M.Inputs);
      Passed(E.Deciders, M.Deciders);
      Passed(E.Compared, M.Expected);
      for (const PathStep &Step : E.Path.Steps)
        if (const std::optional<unsigned> I = inputOfKey(Step);
            I && *I < C.Arguments.size())
          addKeys(M, tagsOf(C.Arguments[*I].Values, S));
      FlowState Inside = S;
      if (!C.On.empty())
        llvm::erase_if(Inside.Held, [](const HeldLock &H) {
          return H.Mode == LockMode::Slice;
        });
      for (const LockName &L : C.On) {
        HeldLock H;
        H.Lock = lockIndex(L);
        H.Mode = LockMode::Slice;
        Inside.Held.push_back(H);
      }
      for (const LockName &L : E.Held) {
        HeldLock H;
        H.Lock = lockIndex(translate(L, C));
        Inside.Held.push_back(H);
      }
      for (const auto &[Lock, Claim] : Claims)
        if (!llvm::is_contained(E.Claims, Claim))
          Inside.release(Lock);
      Seen->modify(M, Inside);
    }
    const bool Exclusive = !After && excludes(E, *Path, Sum);
    claim(*Path, E.How, E.At.Begin, S, Made);
    if (Exclusive)
      takeClaim(*Path, E.Written, S);
  }
}

/// Puts what was read in this slice under what a callee sets in it, before it
/// gives up control: `if (left_ < n) refill();`, which sets `refilling_`.
FunctionFlow::CalleeClaims
FunctionFlow::claimInside(const Summary &Sum, const CallSite &C, FlowState &S) {
  CalleeClaims Result;
  for (const Effect &E : Sum.Effects)
    for (const LockName &L : E.Claims) {
      const std::optional<AccessPath> Path = translate(L.Path, C);
      LockName Claim = L;
      if (!Path || !E.AfterSuspension)
        continue;
      Claim.Path = *Path;
      const unsigned Lock = lockIndex(Claim);
      if (Lock >= 64 || llvm::is_contained(S.Claims, Lock))
        continue;
      S.claim(Lock);
      llvm::erase(S.Claims, Lock);
      Result.push_back({Lock, L});
    }
  return Result;
}

void FunctionFlow::applyCall(const Op &O, const CallSite &C, unsigned B,
                             FlowState &S, FlowObserver *Seen, bool Ages) {
  const std::vector<const Summary *> Sums = P.summaries(C);
  if (Sums.empty()) {
    // A function out of view: it may change what it is called on.
    if (C.MutatesReceiver && C.Receiver && relevant(*C.Receiver)) {
      const std::optional<StateInfo> G = P.guarded(*C.Receiver);
      const bool Itself =
          G && !C.Receiver->Steps.empty() &&
          (C.Receiver->Steps.back().Name == G->Field ||
           C.Receiver->Steps.back().What == PathStep::Kind::Element);
      if (Itself && !G->Info->Opaque && !G->Info->Holder) {
        Op Modify = O;
        Modify.Path = *C.Receiver;
        Modify.How = Change::Mutate;
        Modify.Other = NoIndex;
        Modify.Inputs.clear();
        applyModify(Modify, B, S, nullptr);
      }
    }
    return;
  }
  for (const Summary *Sum : Sums) {
    applyEffects(O, C, *Sum, /*After=*/false, B, S, Seen, {});
    CalleeClaims Claims;
    if (Sum->Suspends && Ages) {
      Claims = claimInside(*Sum, C, S);
      if (O.Kind == OpKind::Call) {
        if (Seen)
          Seen->suspend(O, S, /*Suspends=*/true);
        for (const Argument &A : C.Arguments)
          handOut(tagsOf(A.Values, S), S);
      }
      S.suspend(pointIndex(O, Sum));
    }
    // What the callee has only set going comes after all that it does now.
    if (!Sum->Suspends)
      llvm::erase_if(S.Checks, [](const Check &C) { return C.Used; });
    applyEffects(O, C, *Sum, /*After=*/true, B, S, Seen, Claims);
    for (const auto &Each : Claims)
      S.release(Each.first);
    for (const LockName &L : Sum->ReleasedAtExit) {
      const LockName Name = translate(L, C);
      const unsigned Index = lockIndex(Name);
      S.release(Index);
      llvm::erase_if(S.Held,
                     [&](const HeldLock &H) { return H.Lock == Index; });
    }
    for (const LockName &L : Sum->HeldAtExit) {
      HeldLock H;
      H.Lock = lockIndex(translate(L, C));
      H.Mode = L.Strand ? LockMode::Slice : LockMode::Exclusive;
      H.At = O.At;
      S.Held.push_back(H);
    }
    // The outcome: what the result depends on, and what must have held for
    // the call to return.
    TagList Result;
    unsigned Sub = 1;
    const auto Import = [&](const Observation &Seen) -> std::optional<Tag> {
      const std::optional<AccessPath> Path = translate(Seen.Path, C);
      const unsigned Key = Sub++;
      if (!Path || !relevant(*Path))
        return std::nullopt;
      Tag T;
      T.Read = readIndex(
          &C, Key, {*Path, O.At, B, O.Text, false, Seen.Shape, Seen.Extent});
      T.Stale = Seen.Stale && Sum->Suspends;
      if (T.Stale)
        T.Crossed = pointIndex(O, Sum);
      T.Locks = S.exclusive();
      // By this call as a whole, whatever else comes to the same place in it.
      if (Seen.ClaimedAt != NoIndex)
        T.ClaimedAt = O.At.Begin;
      Reads[T.Read].Locked |= !Sum->Locks.empty();
      Reads[T.Read].Under |= S.locked();
      for (const Effect &E : Sum->Effects)
        if (overlaps(E.Path, Seen.Path)) {
          T.ClaimedAt = O.At.Begin;
          T.Taken |= takesOut(E.Path, E.How, Seen.Path);
        }
      return T;
    };
    for (const Observation &R : Sum->Returned)
      if (const std::optional<Tag> T = Import(R)) {
        addTag(Result, *T);
        // `snapshot()`: a copy from a critical section that ends inside.
        if (const ReadSite &Seen = Reads[T->Read];
            P.options().ExecutorModel == Executor::MultiThreaded &&
            Seen.Locked && !Seen.Extent && !T->claimed() && isContent(Seen))
          addTag(S.Drained, *T);
      }
    for (const Observation &E : Sum->Established)
      if (const std::optional<Tag> T = Import(E)) {
        if (!T->Stale)
          for (Check &Old : S.Checks)
            if (const Repetition Again{NoIndex, Reads[T->Read].Shape,
                                       S.exclusive(), false};
                repeats(Reads[T->Read], Reads[Old.What.Read]) &&
                !llvm::is_contained(Old.Repeated, Again)) {
              Old.Repeated.push_back(Again);
              llvm::sort(Old.Repeated);
            }
        Check New;
        New.What = *T;
        sortChecks(S.Checks);
        addCheck(S.Checks, New);
      }
    for (const Assignment &A : Sum->Assigned) {
      const std::optional<Tag> T = Import(A.From);
      if (T && A.Input < C.Arguments.size() &&
          C.Arguments[A.Input].Var != NoIndex)
        addTag(S.Variables[C.Arguments[A.Input].Var], *T);
    }
    // What the callee sees of state that it was lent is among the above.
    const auto Lent = [&](unsigned I) {
      const std::optional<AccessPath> &Path = C.Arguments[I].Path;
      return (Sum->LentInputs & inputBit(I)) && Path && relevant(*Path);
    };
    for (unsigned I = 0; I < C.Arguments.size(); ++I)
      if ((Sum->ReturnedInputs & inputBit(I)) && !Lent(I))
        for (const Tag &T : tagsOf(C.Arguments[I].Values, S))
          addTag(Result, T);
    if (O.Result != NoIndex)
      S.Registers[O.Result] = std::move(Result);
    // Callables that the callee runs, under the locks that it then holds.
    for (const ParameterCall &Call : Sum->ParameterCalls) {
      if (Call.Index >= C.Arguments.size())
        continue;
      for (const CallSite &Closure : C.Arguments[Call.Index].Closures) {
        std::vector<unsigned> Taken;
        for (const LockName &L : Call.Held) {
          HeldLock H;
          H.Lock = lockIndex(translate(L, C));
          H.Mode = L.Strand ? LockMode::Slice : LockMode::Exclusive;
          H.At = O.At;
          Taken.push_back(H.Lock);
          S.Held.push_back(H);
        }
        applyCall(O, calledBy(Closure, Call, C), B, S, Seen, Ages);
        for (const unsigned Lock : Taken) {
          S.release(Lock);
          const auto H = llvm::find_if(
              S.Held, [&](const HeldLock &Each) { return Each.Lock == Lock; });
          if (H != S.Held.end())
            S.Held.erase(H);
        }
      }
    }
  }
}

/// How many steps of the modified path the handle stands for that it goes
/// through; all if that is not known.
unsigned FunctionFlow::coveredBy(const Op &O, const FlowState &S) const {
  unsigned Result = O.Other != NoIndex ? NoIndex : O.Covered;
  const auto Known = S.Handles.find(O.Other);
  if (O.Other != NoIndex && Known != S.Handles.end())
    for (const Handle &H : Known->second)
      if (const HandleSite &Site = Bindings[H.Bound];
          Site.Path.Base == O.Path.Base)
        Result =
            std::min<unsigned>(Result, Site.Path.Steps.size() + Site.Content);
  return Result;
}

/// Which elements a modify makes on its way, or the handle that it goes through
/// has made in the same slice.
std::uint32_t FunctionFlow::madeBy(const Op &O, const FlowState &S) const {
  std::uint32_t Result = O.Made;
  const auto Known = S.Handles.find(O.Other);
  if (O.Other != NoIndex && Known != S.Handles.end())
    for (const Handle &H : Known->second)
      if (!H.Stale)
        Result |= Bindings[H.Bound].Made;
  return Result;
}

} // namespace interlock
