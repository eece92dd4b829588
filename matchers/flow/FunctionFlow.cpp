#include "matchers/flow/FunctionFlow.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <set>

namespace interlock {

/// Reads of one state that a point of the flow remembers.
constexpr unsigned MaxReads = 24;

FunctionFlow::FunctionFlow(const Program &P, const FunctionFacts &F)
    : P(P), F(F), Predecessors(predecessorsOf(F.Blocks)),
      Control(F, Predecessors), Live(F, Predecessors) {
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops)
      if (O.PeerWait || (!O.Calls.empty() && O.Kind != OpKind::Start) ||
          (O.Kind == OpKind::Suspend && !O.Path.Steps.empty()))
        Activities.push_back({&O, unsigned(Activities.size())});
  for (unsigned B = 0; B < F.Blocks.size(); ++B)
    addParts(B);
  noteWritten();
  noteEntrances();
  llvm::sort(Activities, [](const auto &A, const auto &B) {
    return std::tie(A.first->At.Begin, A.second) <
           std::tie(B.first->At.Begin, B.second);
  });
}

std::vector<const Op *> FunctionFlow::activitiesBetween(unsigned First,
                                                        unsigned Last) const {
  const auto Begin = llvm::partition_point(
      Activities, [&](const auto &A) { return A.first->At.Begin < First; });
  auto End = Begin;
  while (End != Activities.end() && End->first->At.Begin <= Last)
    ++End;
  std::vector<std::pair<const Op *, unsigned>> Found(Begin, End);
  llvm::sort(Found, llvm::less_second());
  const auto Result = llvm::make_first_range(Found);
  return {Result.begin(), Result.end()};
}

bool FunctionFlow::relevant(const AccessPath &Path) const {
  if (F.OwnsThis && Path.Base == AccessPath::Root::This)
    return false;
  return P.guardedOrMarker(Path).has_value();
}

bool FunctionFlow::lent(const AccessPath &Path) const {
  return !F.OwnsThis && Path.Base == AccessPath::Root::Parameter &&
         Path.Var < F.InputCount;
}

unsigned FunctionFlow::readIndex(const void *Key, unsigned Sub,
                                 const ReadSite &Site) {
  const auto [Entry, New] = ReadIndex.try_emplace({Key, Sub}, Reads.size());
  if (New) {
    Reads.push_back(Site);
    const std::optional<StateInfo> G = P.guardedOrMarker(Site.Path);
    Reads.back().Group =
        Groups.try_emplace(G ? G->Field : "", Groups.size()).first->second;
  }
  return Entry->second;
}

unsigned FunctionFlow::pointIndex(const Op &O, const Summary *Through) {
  const auto [Entry, New] = PointIndex.try_emplace(&O, Points.size());
  if (New) {
    SuspensionSite Site{O.At, O.Kind == OpKind::Release, O.Text, "", {}};
    if (Through && Through->Suspends && !O.Calls.empty()) {
      Site.Through = O.Calls.front().Name;
      Site.ThroughAt = Through->SuspendsAt;
    }
    Points.push_back(std::move(Site));
  }
  return Entry->second;
}

bool FunctionFlow::controls(unsigned Branch, unsigned Block) const {
  const struct Block &Test = F.Blocks[Branch];
  return ((Test.EndsWait || Test.Disposes) && Block > Branch) ||
         Control.controls(Branch, Block);
}

bool meets(const ReadSite &R, const AccessPath &Path, unsigned Covered,
           std::uint32_t Made) {
  if (!overlaps(R.Path, Path))
    return false;
  if (!R.Shape)
    return true;
  const size_t Depth = R.Path.Steps.size();
  const bool OneElement =
      Depth > 0 && R.Path.Steps.back().What == PathStep::Kind::Element;
  // `map_[key].size = n;` after a look at what `map_` has.
  if (!R.Content && makes(Made, OneElement ? Depth : Depth + 1))
    return true;
  if (OneElement)
    return R.Content ? Path.Steps.size() <= Depth : Covered < Depth;
  if (Path.Steps.size() <= Depth)
    return true;
  // A handle to an element, or to the object that a pointer leads to.
  const bool AtHand =
      Covered > Depth ||
      (Covered == Depth && Path.Steps[Depth].What == PathStep::Kind::Field);
  return !AtHand && Path.Steps.size() == Depth + 1;
}

bool FunctionFlow::concerns(const ReadSite &Seen, const ModifySite &M) const {
  const AccessPath &Modified = M.Path;
  if (meets(Seen, Modified, M.Covered, M.Made))
    return true;
  const AccessPath &Read = Seen.Path;
  if (overlaps(Read, Modified))
    return false;
  if (Read.Base != Modified.Base || Read.Var != Modified.Var ||
      Read.Name != Modified.Name)
    return false;
  const std::optional<StateInfo> A = P.guarded(Read), B = P.guarded(Modified);
  return A && B && P.tied(A->Field, B->Field);
}

bool FunctionFlow::seemsTied(const AccessPath &Read,
                             const AccessPath &Modified) const {
  if (Read.Base != Modified.Base || Read.Var != Modified.Var ||
      Read.Name != Modified.Name)
    return false;
  const std::optional<StateInfo> A = P.guarded(Read), B = P.guarded(Modified);
  if (!A || !B)
    return false;
  if (A->Field != B->Field && P.changeTogether(A->Field, B->Field))
    return true;
  return areSiblings(Read, Modified) &&
         P.decideEachOther(Read.Steps.back().Name, Modified.Steps.back().Name);
}

TagList FunctionFlow::tagsOf(const std::vector<Register> &Rs,
                             const FlowState &S) const {
  TagList Result;
  for (const Register R : Rs) {
    const auto Known = S.Registers.find(R);
    if (Known != S.Registers.end())
      for (const Tag &T : Known->second)
        addTag(Result, T);
  }
  return Result;
}

bool FunctionFlow::solve() {
  if (F.Blocks.empty())
    return true;
  In.assign(F.Blocks.size(), FlowState());
  const bool OneThread = P.options().ExecutorModel == Executor::SingleThreaded;
  FlowState &Entry = In[0];
  Entry.Reached = true;
  for (const LockName &L : P.EntryLocks(F)) {
    if (L.Strand && OneThread)
      continue;
    if (L.Claim) {
      Entry.claim(lockIndex(L));
      ClaimedUnder[lockIndex(L)] = ~LockSet(0);
      continue;
    }
    HeldLock H;
    H.Mode = L.Strand ? LockMode::Slice : LockMode::Exclusive;
    H.Lock = lockIndex(L);
    // Of a guard that the function was given, and may give back.
    if (L.Category == "*" && L.Path.Base == AccessPath::Root::Parameter) {
      H.Var = L.Path.Var;
      LockOfGuard[H.Var] = H.Lock;
    }
    H.Entry = true;
    H.At = F.At;
    Entry.Held.push_back(H);
  }
  for (unsigned I = 0; I < F.InputCount; ++I) {
    Tag T;
    ReadSite Site;
    Site.Input = I;
    T.Read = readIndex(&F, I, Site);
    Entry.Variables[I] = {T};
  }
  forget(0, Entry);
  std::set<unsigned> Work{0};
  while (!Work.empty()) {
    const unsigned B = *Work.begin();
    Work.erase(Work.begin());
    FlowState S = In[B];
    limitReads(S);
    runOps(B, S, nullptr);
    branch(B, S);
    if (Steps > P.options().FunctionBudget)
      return false;
    for (const unsigned Next : F.Blocks[B].Successors) {
      FlowState Then;
      const bool Gains = Next == F.Blocks[B].GainsOn;
      const bool Counts = F.Blocks[B].AloneOn != NoIndex &&
                          (!Entrances.empty() || !S.Ended.empty());
      if (Gains || Counts)
        Then = S;
      if (Gains)
        for (const Op &A : F.Blocks[B].Gains)
          acquire(A, Then, nullptr);
      if (Counts)
        followCount(B, Next, Then);
      if (In[Next].join(Gains || Counts ? Then : S,
                        Next == F.Exit ? nullptr : &Live, Next))
        Work.insert(Next);
    }
  }
  for (unsigned B = 0; B < F.Blocks.size(); ++B)
    if (B != F.Exit)
      limitReads(In[B]);
  return true;
}

void FunctionFlow::walk(FlowObserver &O) {
  for (unsigned B = 0; B < F.Blocks.size(); ++B) {
    if (In.empty() || !In[B].Reached)
      continue;
    if (B == F.Exit) {
      O.finish(nullptr, B, In[B]);
      continue;
    }
    if (F.Blocks[B].Ops.empty())
      continue;
    FlowState S = In[B];
    Walking = B;
    runOps(B, S, &O);
  }
}

/// Forgets what cannot matter from the start of a block on.
void FunctionFlow::forget(unsigned B, FlowState &S) const {
  const auto Dead = [B](auto &Map, const LiveRanges &Ranges) {
    LiveRanges::Ascending Live = Ranges.at(B);
    std::erase_if(Map, [&](const auto &E) { return !Live(E.first); });
  };
  Dead(S.Variables, Live.Variables);
  Dead(S.Handles, Live.Variables);
  Dead(S.Registers, Live.Registers);
  llvm::erase_if(S.Checks, [&](const Check &C) {
    return C.Branch != NoIndex && !Live.Tests.live(B, C.Branch);
  });
}

/// Forgets all but the first few of many reads of one state: they tell the
/// same story.
void FunctionFlow::limitReads(FlowState &S) const {
  llvm::SmallDenseMap<unsigned, unsigned, 16> Seen;
  const auto TooMany = [&](const Tag &T) {
    return ++Seen[Reads[T.Read].Group * 2 + T.Stale] > MaxReads;
  };
  if (S.Checks.size() > MaxReads)
    llvm::erase_if(S.Checks, [&](const Check &C) { return TooMany(C.What); });
  Seen.clear();
  if (S.Drained.size() > MaxReads)
    llvm::erase_if(S.Drained, TooMany);
}

void FunctionFlow::runOps(unsigned B, FlowState &S, FlowObserver *O) {
  for (const Op &Each : F.Blocks[B].Ops) {
    Steps += 1 + (S.Checks.size() + S.Variables.size()) / 16;
    apply(Each, B, S, O);
  }
}

/// `n = free_ > 0 ? std::exchange(free_, 0) : 0;`: where anything is left of
/// what an expression has tested, the same expression has taken it.
void FunctionFlow::dropTaken(const SourceSpan &Whole, TagList &Tags) const {
  llvm::SmallVector<unsigned, 4> Taken;
  for (const Tag &T : Tags)
    if (T.claimed() && !T.Stale)
      Taken.push_back(T.Read);
  if (!Taken.empty())
    llvm::erase_if(Tags, [&](const Tag &T) {
      return !T.claimed() && Whole.contains(Reads[T.Read].At) &&
             llvm::is_contained(Taken, T.Read);
    });
}

/// Whether another test of the same state decides about a block as well.
bool FunctionFlow::repeatedLater(const Check &C, unsigned B) const {
  return llvm::any_of(C.Repeated, [&](const Repetition &R) {
    return R.Branch != NoIndex && R.Branch != C.Branch &&
           (C.Group == NoIndex || F.Blocks[R.Branch].Group != C.Group) &&
           controls(R.Branch, B);
  });
}

/// What a part of a local object depends on: of the state that this is a copy
/// of, the same part.
TagList FunctionFlow::partOf(TagList Whole, const Op &Load) {
  if (Load.Path.Steps.empty())
    return Whole;
  TagList Result;
  for (Tag &T : Whole) {
    if (T.Copy) {
      ReadSite Part = Reads[T.Read];
      Part.Path.Steps.insert(Part.Path.Steps.end(), Load.Path.Steps.begin(),
                             Load.Path.Steps.end());
      T.Read = readIndex(&Load, T.Read + 1, Part);
      T.Copy = false;
    }
    addTag(Result, T);
  }
  return Result;
}

void FunctionFlow::apply(const Op &O, unsigned B, FlowState &S,
                         FlowObserver *Seen) {
  if (Seen && S.Suspended &&
      (O.Kind == OpKind::Read || O.Kind == OpKind::Modify)) {
    if (lent(O.Path))
      Seen->useLent(O, O.Path.Var);
    else if (O.Path.Base == AccessPath::Root::This)
      Seen->useLent(O, NoIndex);
  }
  const auto UseHandle = [&](unsigned Var) {
    if (Var == NoIndex)
      return;
    if (Seen)
      Seen->use(O, Var, S);
    // One report is enough for the slice.
    const auto H = S.Handles.find(Var);
    if (H != S.Handles.end())
      for (Handle &Each : H->second)
        Each.Stale = false;
  };
  switch (O.Kind) {
  case OpKind::Read: {
    UseHandle(O.Other);
    if (!O.Weak)
      S.Registers.erase(O.Result);
    // A plain function may belong to a part of some guarded state, and what
    // is lent may be guarded state: callers know, through the summary.
    const bool Part = !F.Coroutine && !F.OwnsThis && hasName(O.Path) &&
                      O.Path.Base == AccessPath::Root::This;
    if (!Part && !lent(O.Path) && !relevant(O.Path))
      return;
    if (Seen)
      Seen->read(O, S);
    Tag T;
    const bool AtHand = O.Other != NoIndex && S.Handles.count(O.Other) &&
                        coveredBy(O, S) >= O.Path.Steps.size();
    T.Read = readIndex(&O, 0,
                       {O.Path, O.At, B, O.Text, O.Unsequenced, O.Shape,
                        O.Extent, /*Content=*/O.Shape && AtHand});
    T.Locks = S.exclusive();
    Reads[T.Read].Under |= S.locked();
    // `if (++running_ > 4)`: counted and seen in one step.
    if (const Op *Before = &O == F.Blocks[B].Ops.data() ? nullptr : &O - 1;
        Before && Before->Kind == OpKind::Modify &&
        Before->How == Change::Relative && Before->Path == O.Path &&
        Before->At == O.At)
      T.ClaimedAt = Before->At.Begin;
    // A part of what was taken out before belongs to whoever has it.
    if (const auto From = S.Variables.find(O.Other);
        From != S.Variables.end() && !From->second.empty() &&
        llvm::all_of(From->second, [&](const Tag &Each) {
          return Each.Taken && !Each.Stale &&
                 overlaps(Reads[Each.Read].Path, O.Path);
        })) {
      T.Taken = true;
      T.ClaimedAt = From->second.front().ClaimedAt;
    }
    addTag(S.Registers[O.Result], T);
    // `report(hits_.load()); hits_.store(0);`: what comes in between goes.
    if (const FieldInfo *Info =
            O.Shape || !Zeroed.count(O.Path) ? nullptr : P.lastMember(O.Path);
        Info && Info->Atomic)
      addTag(S.Drained, T);
    return;
  }
  case OpKind::Load: {
    const auto Known = S.Variables.find(O.Var);
    if (Known != S.Variables.end())
      S.Registers[O.Result] = partOf(Known->second, O);
    return;
  }
  case OpKind::Assign: {
    TagList Tags;
    for (Tag T : tagsOf(O.Inputs, S)) {
      T.Copy = !O.Path.Steps.empty() && !O.Weak && Reads[T.Read].Path == O.Path;
      addTag(Tags, T);
    }
    dropTaken(O.At, Tags);
    // `found = true;` under a test: the variable remembers how it went out.
    const auto Given = [&](const Tag &T) {
      return Reads[T.Read].Input != NoIndex;
    };
    if (O.Implicit && llvm::all_of(Tags, Given))
      for (const Check &C : S.Checks)
        if (!C.What.Stale && C.Branch != NoIndex && controls(C.Branch, B) &&
            !repeatedLater(C, B) && Tags.size() < 8) {
          Tag T = C.What;
          T.Implicit = true;
          addTag(Tags, T);
        }
    if (Seen)
      Seen->assign(O, Tags);
    if (O.Weak) {
      for (const Tag &T : Tags)
        addTag(S.Variables[O.Var], T);
    } else if (Tags.empty()) {
      S.Variables.erase(O.Var);
    } else {
      S.Variables[O.Var] = std::move(Tags);
    }
    const auto H = S.Handles.find(O.Var);
    if (H != S.Handles.end() && !O.Weak)
      for (Handle &Each : H->second)
        Each.Stale = false; // refers to what it was assigned just now
    return;
  }
  case OpKind::Bind: {
    // It leads where the local does that it is taken from.
    if (O.Path.Base == AccessPath::Root::Local && O.Path.Steps.empty()) {
      const auto From = S.Handles.find(O.Path.Var);
      if (From != S.Handles.end() && O.Path.Var != O.Var)
        S.Handles[O.Var] = HandleList(From->second);
      return;
    }
    const auto [Entry, New] = BindingIndex.try_emplace(&O, Bindings.size());
    if (New)
      Bindings.push_back({O.Path, O.Lock.Path, O.At, O.Handle, O.Elements,
                          O.Weak, O.Text, O.Var, O.Other, 0, O.Made});
    Bindings[Entry->second].Under |= S.locked();
    UseHandle(O.Other);
    Handle H;
    H.Bound = Entry->second;
    H.Stale = O.Conditional &&
              llvm::any_of(P.callers(F), [](const auto &S) { return S.Later; });
    H.Locks = S.exclusive();
    if (!O.Implicit)
      S.Handles[O.Var].clear();
    addHandle(S.Handles[O.Var], H);
    return;
  }
  case OpKind::UseHandle:
    return UseHandle(O.Var);
  case OpKind::Modify:
    return applyModify(O, B, S, Seen);
  case OpKind::Suspend:
    return applySuspend(O, B, S, Seen);
  case OpKind::Call:
    if (Seen)
      Seen->call(O, O.Calls.front(), S);
    return applyCall(O, O.Calls.front(), B, S, Seen, /*Ages=*/true);
  case OpKind::Start: {
    if (!Seen)
      return;
    for (const CallSite &C : O.Calls)
      Seen->call(O, C, S);
    // What is started goes on by what was found here, and without the locks.
    FlowState Then = S;
    Then.Held.clear();
    for (unsigned L = 0; L < Locks.size(); ++L)
      if (!(Locks[L].Claim && handsOver(O, Locks[L])))
        Then.release(L);
    for (const CallSite &C : O.Calls)
      applyCall(O, C, B, Then, Seen, /*Ages=*/true);
    return;
  }
  case OpKind::Later: {
    // What runs later sees the state of now as it was before a suspension.
    FlowState Then = S;
    for (const Tag &T : tagsOf(O.Inputs, S))
      if (!T.claimed())
        addTag(Then.Drained, T);
    Then.suspend(pointIndex(O, nullptr));
    // The caller's locks cover what it waits for, and a guard outlives the
    // objects that were made under it.
    llvm::erase_if(Then.Held, [&](const HeldLock &H) {
      return !O.Implicit && (!H.Entry || !O.Chained);
    });
    LockSet Kept = O.Chained || O.Implicit ? Then.exclusive() : 0;
    if (!O.Implicit)
      for (const unsigned Lock : S.Claims)
        Kept &= ~(LockSet(1) << Lock);
    Kept |= handedTo(O, B, S) | lastingClaims(O, S);
    for (unsigned L = 0; L < Locks.size(); ++L)
      if (!(Kept >> L & 1) && !(Locks[L].Claim && handsOver(O, Locks[L])))
        Then.release(L);
    if (O.Lock.Strand &&
        P.options().ExecutorModel != Executor::SingleThreaded) {
      HeldLock H;
      H.Mode = LockMode::Slice;
      H.Lock = lockIndex(O.Lock);
      Then.Held.push_back(H);
    }
    for (const CallSite &C : O.Calls) {
      if (Seen)
        Seen->call(O, C, Then);
      applyCall(O, C, B, Then, Seen, /*Ages=*/true);
    }
    // What it comes to, the next continuation gets.
    if (const auto Known = Then.Registers.find(O.Result);
        O.Result != NoIndex && Known != Then.Registers.end())
      S.Registers[O.Result] = Known->second;
    return;
  }
  case OpKind::Acquire:
    return acquire(O, S, Seen);
  case OpKind::Release:
    return release(O, S);
  case OpKind::Move:
    for (HeldLock &H : S.Held)
      if (H.Var == O.Other)
        H.Var = O.Var;
    if (LockOfGuard.count(O.Other))
      LockOfGuard[O.Var] = LockOfGuard[O.Other];
    return;
  case OpKind::Misuse:
    if (Seen)
      Seen->misuse(O, S);
    return;
  case OpKind::Return:
    if (Seen)
      Seen->finish(&O, B, S);
    return;
  case OpKind::Throw:
    if (Seen)
      Seen->leave(B);
    return;
  }
}

/// Whether a read looks at the container that a modify picks an element of.
static bool looksInto(const AccessPath &Read, AccessPath Modified) {
  while (!Modified.Steps.empty() &&
         Modified.Steps.back().What != PathStep::Kind::Element)
    Modified.Steps.pop_back();
  if (Modified.Steps.empty())
    return false;
  Modified.Steps.pop_back();
  return Read.Steps.size() >= Modified.Steps.size() && overlaps(Read, Modified);
}

/// A stale index or key writes to the wrong element.
void FunctionFlow::addKeys(ModifySite &M, const TagList &Picking) const {
  for (const Tag &T : Picking)
    if (looksInto(Reads[T.Read].Path, M.Path))
      addTag(M.Keys, T);
}

void FunctionFlow::applyModify(const Op &O, unsigned B, FlowState &S,
                               FlowObserver *Seen) {
  const std::uint32_t Made = madeBy(O, S);
  if (Seen) {
    ModifySite M;
    M.Path = O.Path;
    M.How = O.How;
    M.At = O.At;
    M.Operation = &O;
    M.Block = B;
    M.Via = O.Other;
    M.Covered = coveredBy(O, S);
    M.Made = Made;
    M.Inputs = tagsOf(O.Inputs, S);
    M.Expected = tagsOf(O.Expected, S);
    addKeys(M, tagsOf(O.Keys, S));
    Seen->modify(M, S);
  }
  // What is added up elsewhere, a later reset would wipe.
  if (O.How == Change::Relative)
    for (const Tag &T : tagsOf(O.Inputs, S)) {
      const ReadSite &R = Reads[T.Read];
      const bool Alone = O.Inputs.size() == 1 ||
                         llvm::any_of(R.Path.Steps, [](const PathStep &Step) {
                           return Step.What == PathStep::Kind::Element;
                         });
      if (Alone && !T.claimed() && !R.Shape && R.Input == NoIndex &&
          !overlaps(R.Path, O.Path))
        addTag(S.Drained, T);
    }
  if (O.Other != NoIndex) {
    const auto H = S.Handles.find(O.Other);
    if (H != S.Handles.end())
      for (Handle &Each : H->second)
        Each.Stale = false;
  }
  const bool Exclusive = excludes(O, B, S);
  claimSum(O, S);
  claim(O.Path, O.How, O.At.Begin, S, Made);
  if (Exclusive)
    takeClaim(O.Path, O.Written, S);
}

} // namespace interlock
