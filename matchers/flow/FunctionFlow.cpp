#include "matchers/flow/FunctionFlow.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <set>

namespace interlock {

/// Reads of one state that a point of the flow remembers.
constexpr unsigned MaxReads = 24;

FunctionFlow::FunctionFlow(const Program &P, const FunctionFacts &F)
    : P(P), F(F), Predecessors(predecessorsOf(F.Blocks)), Control(F.Blocks),
      Live(F, Predecessors) {
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops)
      if (O.PeerWait || (!O.Calls.empty() && O.Kind != OpKind::Start))
        Activities.push_back({&O, unsigned(Activities.size())});
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

/// Whether a path leads into something that a caller has lent.
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
    SuspensionSite Site{O.At, O.Text, "", {}};
    if (Through && Through->Suspends && !O.Calls.empty()) {
      Site.Through = O.Calls.front().Name;
      Site.ThroughAt = Through->SuspendsAt;
    }
    Points.push_back(std::move(Site));
  }
  return Entry->second;
}

bool FunctionFlow::controls(unsigned Branch, unsigned Block) const {
  return (F.Blocks[Branch].EndsWait && Block > Branch) ||
         Control.controls(Branch, Block);
}

bool meets(const ReadSite &R, const AccessPath &Path, bool ThroughHandle) {
  if (!overlaps(R.Path, Path))
    return false;
  if (!R.Shape)
    return true;
  const bool OneElement = !R.Path.Steps.empty() &&
                          R.Path.Steps.back().What == PathStep::Kind::Element;
  return OneElement ? !ThroughHandle
                    : Path.Steps.size() <= R.Path.Steps.size() + !ThroughHandle;
}

/// Whether a test of `New` repeats one of `Old`: what an element holds says
/// nothing of which elements there are.
bool repeats(const ReadSite &New, const ReadSite &Old) {
  if (!overlaps(New.Path, Old.Path))
    return false;
  const size_t Tested = Old.Path.Steps.size(), Now = New.Path.Steps.size();
  const bool Content =
      Old.Shape &&
      (Tested == 0 || Old.Path.Steps.back().What == PathStep::Kind::Field);
  return !Content || Now <= Tested || (New.Shape && Now == Tested + 1);
}

bool FunctionFlow::concerns(const ReadSite &Seen, const AccessPath &Modified,
                            bool ThroughHandle) const {
  if (meets(Seen, Modified, ThroughHandle))
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

bool FunctionFlow::nameable(const AccessPath &Path) const {
  switch (Path.Base) {
  case AccessPath::Root::This:
  case AccessPath::Root::Global:
  case AccessPath::Root::Shared:
    return true;
  case AccessPath::Root::Parameter:
    return Path.Var < F.InputCount;
  default:
    return false;
  }
}

std::vector<Tag> FunctionFlow::tagsOf(const std::vector<Register> &Rs,
                                      const FlowState &S) const {
  std::vector<Tag> Result;
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
    HeldLock H;
    H.Mode = L.Strand ? LockMode::Slice : LockMode::Exclusive;
    H.Lock = lockIndex(L);
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
  std::set<unsigned> Work{0};
  while (!Work.empty()) {
    const unsigned B = *Work.begin();
    Work.erase(Work.begin());
    FlowState S = In[B];
    runBlock(B, S, nullptr);
    if (Steps > P.options().FunctionBudget)
      return false;
    for (const unsigned Next : F.Blocks[B].Successors) {
      FlowState Gained;
      const bool Gains = Next == F.Blocks[B].GainsOn;
      if (Gains) {
        Gained = S;
        for (const Op &A : F.Blocks[B].Gains)
          acquire(A, Gained, nullptr);
      }
      if (In[Next].join(Gains ? Gained : S, Next == F.Exit ? nullptr : &Live,
                        Next))
        Work.insert(Next);
    }
  }
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
    FlowState S = In[B];
    runBlock(B, S, &O);
  }
}

/// Forgets what cannot matter from the start of a block on, and all but the
/// first few of many reads of one state: they tell the same story.
void FunctionFlow::forget(unsigned B, FlowState &S) const {
  const auto Dead = [B](auto &Map, const LiveRanges &Ranges) {
    LiveRanges::Ascending Live = Ranges.at(B);
    for (auto Each = Map.begin(); Each != Map.end();)
      Each = Live(Each->first) ? std::next(Each) : Map.erase(Each);
  };
  Dead(S.Variables, Live.Variables);
  Dead(S.Handles, Live.Variables);
  Dead(S.Registers, Live.Registers);
  llvm::erase_if(S.Checks, [&](const Check &C) {
    return C.Branch != NoIndex && !Live.Tests.live(B, C.Branch);
  });
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

void FunctionFlow::runBlock(unsigned B, FlowState &S, FlowObserver *O) {
  forget(B, S);
  for (const Op &Each : F.Blocks[B].Ops) {
    Steps += 1 + (S.Checks.size() + S.Variables.size()) / 16;
    apply(Each, B, S, O);
  }
  branch(B, S);
}

void FunctionFlow::branch(unsigned B, FlowState &S) {
  const Block &Here = F.Blocks[B];
  if (Here.Condition.empty())
    return;
  const std::vector<Tag> Tags = tagsOf(Here.Condition, S);
  // `if (version_ == seen)`: the old copy is compared with the state of now.
  unsigned Validated = NoIndex, Bounded = NoIndex;
  for (const Tag &Now : Tags)
    for (const Tag &Then : Tags)
      if (!Now.Stale && Then.Stale && Now.Read != Then.Read &&
          overlaps(Reads[Now.Read].Path, Reads[Then.Read].Path))
        (Here.Equality ? Validated : Bounded) = Then.Read;
  // A repeated run of the same test replaces what the last run found.
  llvm::erase_if(S.Checks, [&](const Check &C) { return C.Branch == B; });
  bool Repeats = false;
  for (const Tag &T : Tags) {
    if (T.Stale || T.claimed() || T.Implicit)
      continue;
    const Repetition Again{B, Reads[T.Read].Shape, S.exclusive(), false};
    for (Check &Old : S.Checks)
      if (repeats(Reads[T.Read], Reads[Old.What.Read]) &&
          Old.Repeated.size() < 4 && !llvm::is_contained(Old.Repeated, Again)) {
        Old.Repeated.push_back(Again);
        llvm::sort(Old.Repeated);
        Repeats = true;
      }
  }
  if (Repeats)
    sortChecks(S.Checks);
  for (const Tag &T : Tags) {
    if ((T.claimed() && !T.Stale) ||
        (T.Stale && (Validated != NoIndex || T.Read == Bounded)))
      continue;
    Check C;
    C.What = T;
    C.Validates = Validated;
    C.Bounds = Bounded;
    C.Branch = B;
    C.Group = Here.Group;
    C.Loop = Here.LoopCondition;
    addCheck(S.Checks, std::move(C));
  }
}

void FunctionFlow::apply(const Op &O, unsigned B, FlowState &S,
                         FlowObserver *Seen) {
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
    // A plain function may belong to a part of some guarded state, and what
    // is lent may be guarded state: callers know, through the summary.
    const bool Part = !F.Coroutine && !F.OwnsThis && hasName(O.Path) &&
                      O.Path.Base == AccessPath::Root::This;
    if (!Part && !lent(O.Path) && !relevant(O.Path))
      return;
    Tag T;
    T.Read =
        readIndex(&O, 0, {O.Path, O.At, B, O.Text, O.Unsequenced, O.Shape});
    T.Locks = S.exclusive();
    S.Registers[O.Result] = {T};
    return;
  }
  case OpKind::Load: {
    const auto Known = S.Variables.find(O.Var);
    if (Known != S.Variables.end())
      S.Registers[O.Result] = Known->second;
    return;
  }
  case OpKind::Assign: {
    std::vector<Tag> Tags = tagsOf(O.Inputs, S);
    // `found = true;` under a test: the variable remembers how it went out.
    const auto Given = [&](const Tag &T) {
      return Reads[T.Read].Input != NoIndex;
    };
    if (O.Implicit && llvm::all_of(Tags, Given))
      for (const Check &C : S.Checks)
        if (!C.What.Stale && C.Branch != NoIndex && controls(C.Branch, B) &&
            Tags.size() < 8) {
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
        S.Handles[O.Var] = std::vector<Handle>(From->second);
      return;
    }
    const auto [Entry, New] = BindingIndex.try_emplace(&O, Bindings.size());
    if (New)
      Bindings.push_back(
          {O.Path, O.At, O.Handle, O.Elements, O.Weak, O.Text, O.Var, O.Other});
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
  case OpKind::Start:
    if (Seen)
      for (const CallSite &C : O.Calls)
        Seen->call(O, C, S);
    return;
  case OpKind::Later: {
    // What runs later sees the state of now as it was before a suspension.
    FlowState Then = S;
    Then.suspend(pointIndex(O, nullptr));
    // The caller's locks cover what it waits for, and a guard outlives the
    // objects that were made under it.
    llvm::erase_if(Then.Held, [&](const HeldLock &H) {
      return !O.Implicit && (!H.Entry || !O.Chained);
    });
    const LockSet Kept = O.Chained || O.Implicit ? Then.exclusive() : 0;
    for (unsigned L = 0; L < Locks.size(); ++L)
      if (!(Kept >> L & 1))
        Then.release(L);
    for (const CallSite &C : O.Calls) {
      if (Seen)
        Seen->call(O, C, Then);
      applyCall(O, C, B, Then, Seen, /*Ages=*/true);
    }
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

/// A modify uses up the checks that were made in its slice: other activities
/// see its outcome before they run.
void FunctionFlow::claim(const AccessPath &Path, Change How, unsigned At,
                         FlowState &S) {
  std::vector<unsigned> Groups, Branches;
  for (const Check &C : S.Checks)
    if (!C.What.Stale && meets(Reads[C.What.Read], Path)) {
      Branches.push_back(C.Branch);
      if (C.Group != NoIndex)
        Groups.push_back(C.Group);
    }
  llvm::erase_if(S.Checks, [&](const Check &C) {
    return !C.What.Stale && (llvm::is_contained(Branches, C.Branch) ||
                             llvm::is_contained(Groups, C.Group));
  });
  bool Uses = false;
  for (Check &C : S.Checks)
    if (!C.Used && meets(Reads[C.What.Read], Path))
      C.Used = Uses = true;
  if (Uses)
    sortChecks(S.Checks);
  const auto Claimed = [&](const Tag &T) {
    return !T.Stale && !T.claimed() && meets(Reads[T.Read], Path);
  };
  const auto Claim = [&](std::vector<Tag> &Tags) {
    if (llvm::none_of(Tags, Claimed))
      return;
    std::vector<Tag> Result;
    for (Tag T : Tags) {
      if (Claimed(T))
        T.ClaimedAt = At;
      addTag(Result, T);
    }
    Tags = std::move(Result);
  };
  for (auto *Map : {&S.Variables, &S.Registers})
    for (auto &[Key, Tags] : *Map)
      Claim(Tags);
  for (const unsigned Lock : std::vector<unsigned>(S.Claims))
    if (overlaps(Locks[Lock].Path, Path))
      S.release(Lock);
  // What was handed out before is no longer what a reset would wipe.
  if (How == Change::Exchange || How == Change::Clear ||
      How == Change::Constant)
    llvm::erase_if(S.Drained, [&](const Tag &T) {
      return overlaps(Reads[T.Read].Path, Path);
    });
}

/// Whether a modify turns away others that look first, as this activity did:
/// a flag that is set, an entry that is made, a pointer that is filled in.
bool FunctionFlow::excludes(const Op &O, unsigned B, const FlowState &S) const {
  const std::optional<StateInfo> G = P.guardedOrMarker(O.Path);
  if (!G || !nameable(O.Path))
    return false;
  const bool Element = !O.Path.Steps.empty() &&
                       O.Path.Steps.back().What == PathStep::Kind::Element &&
                       O.Path.Steps.back().Name != "?";
  switch (O.How) {
  case Change::InsertIfAbsent:
    return Element;
  case Change::Exchange:
    return G->Info->Boolean && !O.Written.empty();
  case Change::Constant:
    break;
  case Change::Assign:
    if (!Element && !G->Info->Holder)
      return false;
    break;
  case Change::Insert:
    if (!Element)
      return false;
    break;
  default:
    return false;
  }
  return llvm::any_of(S.Checks, [&](const Check &C) {
    const ReadSite &R = Reads[C.What.Read];
    const bool Same = R.Shape ? R.Path == O.Path : overlaps(R.Path, O.Path);
    return !C.What.Stale && Same &&
           (C.Branch == NoIndex || controls(C.Branch, B));
  });
}

void FunctionFlow::applyModify(const Op &O, unsigned B, FlowState &S,
                               FlowObserver *Seen) {
  if (Seen) {
    ModifySite M;
    M.Path = O.Path;
    M.How = O.How;
    M.At = O.At;
    M.Operation = &O;
    M.Block = B;
    M.Via = O.Other;
    M.Inputs = tagsOf(O.Inputs, S);
    // A stale index or key writes to the wrong element.
    for (const PathStep &Step : O.Path.Steps)
      if (Step.What == PathStep::Kind::Element && Step.Name.size() > 1 &&
          Step.Name[0] == '$') {
        const auto V = S.Variables.find(std::stoul(Step.Name.substr(1)));
        if (V != S.Variables.end())
          for (const Tag &T : V->second)
            if (overlaps(Reads[T.Read].Path, O.Path))
              addTag(M.Keys, T);
      }
    Seen->modify(M, S);
  }
  if (O.Other != NoIndex) {
    const auto H = S.Handles.find(O.Other);
    if (H != S.Handles.end())
      for (Handle &Each : H->second)
        Each.Stale = false;
  }
  const bool Exclusive = excludes(O, B, S);
  claim(O.Path, O.How, O.At.Begin, S);
  if (Exclusive) {
    LockName Claimed;
    Claimed.Path = O.Path;
    Claimed.Key = O.Written;
    Claimed.Claim = true;
    S.claim(lockIndex(Claimed));
  }
}

} // namespace interlock
