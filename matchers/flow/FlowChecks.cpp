#include "matchers/flow/FunctionFlow.h"
#include "matchers/summary/FoundByCallers.h"

#include "llvm/ADT/STLExtras.h"

// Tests in the flow of a function: what they say, when they are repeated, and
// what uses them up.
namespace interlock {

/// Notes what a part of a condition reads.
void FunctionFlow::addParts(unsigned B) {
  const Block &Here = F.Blocks[B];
  constexpr size_t MaxParts = 8;
  if (Here.Group == NoIndex)
    return;
  for (const Op &O : Here.Ops)
    if (O.Kind == OpKind::Read && llvm::is_contained(Here.Condition, O.Result))
      if (std::vector<Part> &List = Parts[Here.Group]; List.size() < MaxParts)
        List.push_back({B, {O.Path, O.At, B, O.Text, false, O.Shape}});
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

/// Notes that the state which old checks looked at has been tested again.
void FunctionFlow::repeat(const ReadSite &Read, const Repetition &Again,
                          FlowState &S) {
  for (Check &Old : S.Checks)
    if (repeats(Read, Reads[Old.What.Read]) && Old.Repeated.size() < 4 &&
        !llvm::is_contained(Old.Repeated, Again)) {
      Old.Repeated.push_back(Again);
      llvm::sort(Old.Repeated);
    }
}

/// `find(key) != end()`
static bool isLookUp(const ReadSite &R) {
  return R.Shape && !R.Path.Steps.empty() &&
         R.Path.Steps.back().What == PathStep::Kind::Element;
}

/// Whether what was read is a container by whose keys an element is looked up,
/// or a key of it.
bool FunctionFlow::holdsKeys(const AccessPath &Read,
                             const AccessPath &LookedUp) const {
  AccessPath Container = LookedUp;
  Container.Steps.pop_back();
  const std::optional<StateInfo> G = P.guardedOrMarker(Container);
  return G && G->Info->Elements != Stability::NotContainer &&
         !inOrder(G->Info->Elements) &&
         Read.Steps.size() <= LookedUp.Steps.size() &&
         Read.Steps.size() >= Container.Steps.size() &&
         overlaps(Read, LookedUp);
}

/// Notes what is set to zero, where threads meet; and which variables are
/// written to some state as they are, if anything is compared at all.
void FunctionFlow::noteWritten() {
  Assigned.resize(F.Variables.size());
  std::vector<bool> First(F.Variables.size());
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops)
      if (O.Var != NoIndex &&
          (O.Kind == OpKind::Assign || O.Kind == OpKind::Bind ||
           O.Kind == OpKind::Move)) {
        Assigned[O.Var] =
            Assigned[O.Var] || O.Var < F.InputCount || First[O.Var];
        First[O.Var] = true;
      }
  if (P.options().ExecutorModel != Executor::SingleThreaded)
    for (const Block &B : F.Blocks)
      for (const Op &O : B.Ops)
        if (O.Kind == OpKind::Modify && O.How == Change::Constant &&
            llvm::StringRef(O.Written).starts_with("0"))
          Zeroed.insert(O.Path);
  const auto Sums = [](const Op &O) { return O.Sum; };
  if (llvm::none_of(F.Blocks, [&](const Block &B) {
        return B.Equality || llvm::any_of(B.Ops, Sums);
      }))
    return;
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops) {
      if (O.Kind == OpKind::Load)
        LoadedFrom[O.Result] = O.Var;
      if (O.Kind == OpKind::Modify &&
          (O.How == Change::Assign || O.How == Change::Exchange))
        for (const Register R : O.Inputs)
          if (const auto From = LoadedFrom.find(R); From != LoadedFrom.end())
            WrittenFrom[O.Path].insert(From->second);
    }
}

/// The read that a comparison expects to give what the function was handed as
/// the version of now, or what it has written itself.
unsigned FunctionFlow::expected(unsigned B, const TagList &Tags,
                                const FlowState &S) {
  const bool Handed = llvm::any_of(
      Tags, [&](const Tag &T) { return Reads[T.Read].Input != NoIndex; });
  for (const Tag &T : Tags) {
    const AccessPath &Path = Reads[T.Read].Path;
    if (T.Stale || Path.Steps.empty())
      continue;
    // Also one for each key: `versions_[id]`.
    if (const AccessPath Of = wholeOf(Path);
        Handed && !Of.Steps.empty() && P.isVersion(Of.Steps.back().Name))
      return T.Read;
    // A walk through the copy, `it != end`, compares nothing with the state.
    const auto Own = WrittenFrom.find(Path);
    const auto IsOwn = [&](Register R) {
      const auto From = LoadedFrom.find(R);
      return From != LoadedFrom.end() && Own->second.count(From->second);
    };
    const auto IsNow = [&](Register R) {
      const auto Known = S.Registers.find(R);
      return !LoadedFrom.count(R) && Known != S.Registers.end() &&
             llvm::any_of(Known->second,
                          [&](const Tag &Each) { return Each.Read == T.Read; });
    };
    if (Own != WrittenFrom.end() &&
        llvm::any_of(F.Blocks[B].Condition, IsOwn) &&
        llvm::any_of(F.Blocks[B].Condition, IsNow))
      return T.Read;
  }
  return NoIndex;
}

/// Whether, where threads meet, a read was made under a lock that was given
/// back before the other one was made.
bool FunctionFlow::inEndedSection(const Tag &Then, const Tag &Now) const {
  return P.options().ExecutorModel == Executor::MultiThreaded && !Then.Locks &&
         Now.Locks && (Reads[Then.Read].Under || Reads[Then.Read].Locked);
}

void FunctionFlow::branch(unsigned B, FlowState &S) {
  const Block &Here = F.Blocks[B];
  if (Here.Condition.empty())
    return;
  const TagList Tags = tagsOf(Here.Condition, S);
  // Of one read in a loop: what this pass has seen, beside what the last one
  // has.
  const auto IsApart = [&](unsigned Read) {
    bool AllNow = false, AllThen = false;
    for (const Register R : Here.Condition) {
      unsigned Old = 0, Fresh = 0;
      if (const auto Known = S.Registers.find(R); Known != S.Registers.end())
        for (const Tag &T : Known->second)
          if (T.Read == Read)
            ++(T.Stale ? Old : Fresh);
      AllNow |= Fresh > 0 && Old == 0;
      AllThen |= Old > 0 && Fresh == 0;
    }
    return AllNow && AllThen;
  };
  // `if (version_ == seen)`: the old copy is compared with the state of now. To
  // look up an element that old content has led to compares nothing.
  std::vector<unsigned> Compared;
  for (const Tag &Now : Tags)
    for (const Tag &Then : Tags)
      if (!Now.Stale && (Then.Stale || inEndedSection(Then, Now)) &&
          (Now.Read != Then.Read || IsApart(Now.Read)) &&
          (Reads[Then.Read].Shape || !isLookUp(Reads[Now.Read])) &&
          overlaps(Reads[Now.Read].Path, Reads[Then.Read].Path))
        Compared.push_back(Then.Read);
  const unsigned Last = Compared.empty() ? NoIndex : Compared.back();
  const unsigned Validated = !Here.Equality    ? NoIndex
                             : Last != NoIndex ? Last
                                               : expected(B, Tags, S);
  const unsigned Bounded = Here.Equality ? NoIndex : Last;
  // A repeated run of the same test replaces what the last run found.
  llvm::erase_if(S.Checks, [&](const Check &C) { return C.Branch == B; });
  bool Repeats = false;
  for (const Tag &T : Tags) {
    if (!T.Stale && T.claimed() && Reads[T.Read].Input == NoIndex)
      LateTests[B].insert(T.Read);
    if (T.Stale || T.claimed() || T.Implicit)
      continue;
    Repeats = true;
    if (Reads[T.Read].Input == NoIndex)
      Tests[B].insert(T.Read);
    repeat(Reads[T.Read], {B, Reads[T.Read].Shape, S.exclusive(), false}, S);
  }
  // `if (part_ && part_->size < most)`: what the first part decides alone, the
  // others would not change.
  if (Repeats)
    if (const auto Others = Parts.find(Here.Group); Others != Parts.end())
      for (const Part &Each : Others->second)
        if (Each.Block != B)
          repeat(Each.Read, {B, Each.Read.Shape, S.exclusive(), false}, S);
  if (Repeats)
    sortChecks(S.Checks);
  // `if (it == end() || !fits(*it)) continue;`, or `if (!full()) break; if (it
  // == end()) continue;`, for a key that was picked under the same test.
  const auto Again = [&](const Tag &Now, const Tag &Old) {
    const ReadSite &R = Reads[Now.Read];
    return !Now.Stale && !Now.Implicit && !Now.claimed() &&
           R.Input == NoIndex && (Reads[Old.Read].Shape || !isLookUp(R)) &&
           repeats(R, Reads[Old.Read]);
  };
  const auto TestedHere = [&](const Tag &Old) {
    return Old.Implicit &&
           (llvm::any_of(Tags,
                         [&](const Tag &Now) { return Again(Now, Old); }) ||
            llvm::any_of(S.Checks, [&](const Check &Now) {
              return Again(Now.What, Old) &&
                     (Now.Branch == NoIndex || controls(Now.Branch, B));
            }));
  };
  const auto ComparedHere = [&](const Tag &Then) {
    return llvm::is_contained(Compared, Then.Read) &&
           (Then.Stale || llvm::any_of(Tags, [&](const Tag &Now) {
              return inEndedSection(Then, Now);
            }));
  };
  // `for (id : listed) { ...; if (it = orders_.find(id); it != end())`: a key
  // from then, is it still there? Not one that was picked under a test.
  const auto StillThere = [&](const Tag &Then) {
    return Then.Stale && !Then.Implicit &&
           llvm::any_of(Tags, [&](const Tag &T) {
             return !T.Stale && T.Read != Then.Read &&
                    isLookUp(Reads[T.Read]) &&
                    holdsKeys(Reads[Then.Read].Path, Reads[T.Read].Path);
           });
  };
  for (const Tag &T : Tags) {
    if ((T.claimed() && (!T.Stale || T.Kept)) || TestedHere(T) ||
        StillThere(T) || (T.Stale && Validated != NoIndex) || ComparedHere(T))
      continue;
    Check C;
    C.What = T;
    C.Validates = Validated;
    C.Bounds = Bounded;
    C.Branch = B;
    C.Group = Here.Group;
    C.Loop = Here.LoopCondition;
    addCheck(S.Checks, C);
  }
}

bool FunctionFlow::testedFor(unsigned Block, const AccessPath &Path) const {
  return testedBeside(NoIndex, Block, Path);
}

bool FunctionFlow::testedBeside(unsigned Branch, unsigned Block,
                                const AccessPath &Path) const {
  const auto Same = [&](unsigned Other) {
    return Branch != NoIndex &&
           (Other == Branch ||
            (F.Blocks[Branch].Group != NoIndex &&
             F.Blocks[Other].Group == F.Blocks[Branch].Group));
  };
  return llvm::any_of(Tests, [&](const auto &Each) {
    return !Same(Each.first) && controls(Each.first, Block) &&
           llvm::any_of(Each.second, [&](unsigned Read) {
             return meets(Reads[Read], Path);
           });
  });
}

bool FunctionFlow::admitted(unsigned Block, const AccessPath &Path) const {
  const auto Looks = [&](const auto &Each) {
    return !F.Blocks[Each.first].LoopCondition && decides(Each.first, Block) &&
           llvm::any_of(Each.second, [&](unsigned Read) {
             return overlaps(Reads[Read].Path, Path);
           });
  };
  return llvm::any_of(Tests, Looks) || llvm::any_of(LateTests, Looks);
}

bool FunctionFlow::own(const AccessPath &Path, const FlowState &S) const {
  if (Path.Base == AccessPath::Root::Local && F.Variables[Path.Var].Fresh)
    return true;
  for (const PathStep &Step : Path.Steps) {
    llvm::StringRef Key(Step.Name);
    unsigned Var;
    if (Step.What == PathStep::Kind::Element && Key.consume_front("$") &&
        !Key.getAsInteger(10, Var) && F.Variables[Var].Unique)
      return true;
  }
  return llvm::any_of(S.Claims, [&](unsigned Lock) {
    const AccessPath &Entry = Locks[Lock].Path;
    return !Entry.Steps.empty() &&
           Entry.Steps.back().What == PathStep::Kind::Element &&
           Entry.Steps.size() <= Path.Steps.size() && overlaps(Entry, Path);
  });
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

/// Others that look at what is written there keep out from here on.
void FunctionFlow::takeClaim(const AccessPath &Path, const std::string &Written,
                             FlowState &S) {
  LockName Claimed;
  Claimed.Path = Path;
  Claimed.Key = Written;
  Claimed.Claim = true;
  const unsigned Lock = lockIndex(Claimed);
  const auto [Under, New] = ClaimedUnder.try_emplace(Lock, S.locked());
  if (!New)
    Under->second &= S.locked();
  S.claim(Lock);
}

bool takesOut(const AccessPath &Path, Change How, const AccessPath &Read) {
  return How == Change::Erase && !Path.Steps.empty() &&
         Read.Steps.size() + isElement(Path.Steps.back()) > Path.Steps.size();
}

/// Whether a change of what a claim has set may give it up. Who was the first
/// to come is so as long as there is anything.
static bool endsClaim(const LockName &Claim, const AccessPath &Path,
                      Change How) {
  const bool First = Claim.Key == FirstToCome;
  const std::size_t Element = First && How == Change::Erase &&
                              !Path.Steps.empty() &&
                              isElement(Path.Steps.back());
  return overlaps(Claim.Path, Path) && !(First && adds(How)) &&
         Path.Steps.size() <= Claim.Path.Steps.size() + Element;
}

/// A modify uses up the checks that were made in its slice: other activities
/// see its outcome before they run. Under a lock that is held since the read,
/// the slice goes on over suspensions.
void FunctionFlow::claim(const AccessPath &Path, Change How, unsigned At,
                         FlowState &S, std::uint32_t Made) {
  // Who does something with an element leaves it where it is: others find it
  // there as well.
  // And who adds one changes nothing of those that are there.
  const auto Meets = [&](const ReadSite &R) {
    const bool Within = R.Path.Steps.size() > Path.Steps.size();
    return !(How == Change::Mutate && R.Shape) &&
           !(How == Change::Insert && Within && !R.Shape && !R.Extent) &&
           meets(R, Path, 0, Made);
  };
  std::vector<unsigned> Groups, Branches;
  for (const Check &C : S.Checks)
    if (!C.What.Stale && Meets(Reads[C.What.Read])) {
      Branches.push_back(C.Branch);
      if (C.Group != NoIndex)
        Groups.push_back(C.Group);
    }
  // `if (version_ != seen) return; ++version_; value_ = next;`: what a version
  // has said holds until control is given up.
  llvm::erase_if(S.Checks, [&](const Check &C) {
    return !C.What.Stale && C.Validates == NoIndex &&
           (llvm::is_contained(Branches, C.Branch) ||
            llvm::is_contained(Groups, C.Group));
  });
  bool Uses = false;
  for (Check &C : S.Checks)
    if (!C.Used && Meets(Reads[C.What.Read]))
      C.Used = Uses = true;
  if (Uses)
    sortChecks(S.Checks);
  const LockSet Locked = S.exclusive();
  const auto Claimed = [&](const Tag &T) {
    return (!T.Stale || (T.Locks & Locked)) && Meets(Reads[T.Read]) &&
           !(T.claimed() && (T.Taken || How != Change::Erase));
  };
  // What was read of an element goes with it, however old it is.
  const auto Taken = [&](const Tag &T) {
    const AccessPath &Read = Reads[T.Read].Path;
    const bool Element = !Path.Steps.empty() && isElement(Path.Steps.back());
    return How == Change::Erase && T.Stale && !T.Taken &&
           Read.Steps.size() + Element > Path.Steps.size() &&
           overlaps(Read, Path);
  };
  const auto Claim = [&](TagList &Tags) {
    if (llvm::none_of(Tags,
                      [&](const Tag &T) { return Claimed(T) || Taken(T); }))
      return;
    TagList Result;
    for (Tag T : Tags) {
      T.Taken |= Taken(T);
      if (Claimed(T)) {
        if (!T.claimed())
          T.ClaimedAt = At;
        T.Taken = takesOut(Path, How, Reads[T.Read].Path);
        T.Kept = T.Stale;
      }
      addTag(Result, T);
    }
    Tags = std::move(Result);
  };
  for (auto *Map : {&S.Variables, &S.Registers})
    for (auto &[Key, Tags] : *Map)
      Claim(Tags);
  for (const unsigned Lock : std::vector<unsigned>(S.Claims))
    if (endsClaim(Locks[Lock], Path, How)) {
      if (P.options().ExecutorModel == Executor::MultiThreaded &&
          !(ClaimedUnder[Lock] & S.locked()))
        S.release(Lock);
      else if (!llvm::is_contained(S.Ended, Lock))
        S.Ended.push_back(Lock);
    }
  // What was handed out before is no longer what a reset would wipe.
  if (How == Change::Exchange || How == Change::Clear ||
      How == Change::Constant)
    llvm::erase_if(S.Drained, [&](const Tag &T) {
      const AccessPath &Read = Reads[T.Read].Path;
      return Read.Steps.size() >= Path.Steps.size() && overlaps(Read, Path);
    });
}

/// `open = held_ + sent_; sent_ -= open;`: others that add the two up find
/// nothing left, so all that the sum was made from is used up.
void FunctionFlow::claimSum(const Op &Modify, FlowState &S) const {
  const auto Amount = LoadedFrom.find(Modify.Amount);
  if (Modify.Moves != Way::Down || Amount == LoadedFrom.end() ||
      Assigned[Amount->second])
    return;
  const auto Known = S.Variables.find(Amount->second);
  // Of numbers that were read together, all are as old as one.
  const auto IsPart = [&](const Op &O, const Op &Sum) {
    return O.Kind == OpKind::Read && O.Path == Modify.Path &&
           llvm::is_contained(Sum.Inputs, O.Result);
  };
  const auto IsSum = [&](const Op &Sum) {
    return Sum.Kind == OpKind::Assign && Sum.Var == Amount->second && Sum.Sum &&
           llvm::any_of(F.Blocks, [&](const Block &B) {
             return llvm::any_of(B.Ops,
                                 [&](const Op &O) { return IsPart(O, Sum); });
           });
  };
  if (Known == S.Variables.end() ||
      llvm::none_of(F.Blocks,
                    [&](const Block &B) { return llvm::any_of(B.Ops, IsSum); }))
    return;
  TagList Result;
  for (Tag T : Known->second) {
    if (!T.Stale && !T.claimed())
      T.ClaimedAt = Modify.At.Begin;
    llvm::erase_if(S.Checks, [&](const Check &C) {
      return !C.What.Stale && C.What.Read == T.Read && C.Branch != NoIndex &&
             llvm::any_of(F.Blocks[C.Branch].Condition, [&](Register R) {
               const auto From = LoadedFrom.find(R);
               return From != LoadedFrom.end() && From->second == Known->first;
             });
    });
    addTag(Result, T);
  }
  Known->second = std::move(Result);
}

/// Whether a change can turn away others that look first: a flag is set, an
/// entry is made, a pointer is filled in.
bool FunctionFlow::canExclude(const AccessPath &Path, Change How,
                              bool Written) const {
  const std::optional<StateInfo> G = P.guardedOrMarker(Path);
  if (!G || !nameable(Path))
    return false;
  const bool Element = !Path.Steps.empty() &&
                       Path.Steps.back().What == PathStep::Kind::Element &&
                       Path.Steps.back().Name != "?";
  switch (How) {
  case Change::InsertIfAbsent:
  case Change::Insert:
    return Element;
  case Change::Exchange:
    return G->Info->Boolean && Written;
  case Change::Validated: // `free.compare_exchange_strong(expected, true)`
    return G->Info->Boolean && G->Info->Atomic;
  case Change::Constant:
    return true;
  case Change::Assign:
    return Element || G->Info->Holder;
  default:
    return false;
  }
}

/// Whether a change looks itself at what was there.
static bool looksItself(Change How) {
  return How == Change::InsertIfAbsent || How == Change::Exchange ||
         How == Change::Validated;
}

bool FunctionFlow::excludes(const Op &O, unsigned B, const FlowState &S) const {
  if (!canExclude(O.Path, O.How, !O.Written.empty()))
    return false;
  return looksItself(O.How) || (!S.Suspended && foundByCallers(F, O.Path, P)) ||
         llvm::any_of(S.Checks, [&](const Check &C) {
           const ReadSite &R = Reads[C.What.Read];
           const bool Same =
               R.Shape ? R.Path == O.Path : overlaps(R.Path, O.Path);
           return !C.What.Stale && Same &&
                  (C.Branch == NoIndex || controls(C.Branch, B));
         });
}

/// The same for a modify inside a call that tells how it went: `if (!claim(id))
/// co_return;`. Who gets what is there, or was made for him, is told nothing.
bool FunctionFlow::excludes(const Effect &E, const AccessPath &Path,
                            const Summary &Sum) const {
  const auto Tells = [&](const Observation &Seen) {
    return overlaps(Seen.Path, E.Path);
  };
  return canExclude(Path, E.How, !E.Written.empty()) &&
         (looksItself(E.How) || E.SelfChecked) &&
         (llvm::any_of(Sum.Returned,
                       [&](const Observation &Seen) {
                         return Seen.Whether && Tells(Seen);
                       }) ||
          llvm::any_of(Sum.Established, Tells));
}

} // namespace interlock
