#include "matchers/flow/FunctionFlow.h"

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

/// Notes which variables are written to some state as they are, if anything is
/// compared at all.
void FunctionFlow::noteWritten() {
  if (llvm::none_of(F.Blocks, [](const Block &B) { return B.Equality; }))
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
unsigned FunctionFlow::expected(unsigned B, const std::vector<Tag> &Tags) {
  const bool Handed = llvm::any_of(
      Tags, [&](const Tag &T) { return Reads[T.Read].Input != NoIndex; });
  for (const Tag &T : Tags) {
    const AccessPath &Path = Reads[T.Read].Path;
    if (T.Stale || Path.Steps.empty())
      continue;
    if (Handed && P.isVersion(Path.Steps.back().Name))
      return T.Read;
    const auto Own = WrittenFrom.find(Path);
    if (Own != WrittenFrom.end() &&
        llvm::any_of(F.Blocks[B].Condition, [&](Register R) {
          const auto From = LoadedFrom.find(R);
          return From != LoadedFrom.end() && Own->second.count(From->second);
        }))
      return T.Read;
  }
  return NoIndex;
}

void FunctionFlow::branch(unsigned B, FlowState &S) {
  const Block &Here = F.Blocks[B];
  if (Here.Condition.empty())
    return;
  const std::vector<Tag> Tags = tagsOf(Here.Condition, S);
  // `if (version_ == seen)`: the old copy is compared with the state of now. To
  // look up an element that old content has led to compares nothing.
  std::vector<unsigned> Compared;
  for (const Tag &Now : Tags)
    for (const Tag &Then : Tags)
      if (!Now.Stale && Then.Stale && Now.Read != Then.Read &&
          (Reads[Then.Read].Shape || !isLookUp(Reads[Now.Read])) &&
          overlaps(Reads[Now.Read].Path, Reads[Then.Read].Path))
        Compared.push_back(Then.Read);
  const unsigned Last = Compared.empty() ? NoIndex : Compared.back();
  const unsigned Validated = !Here.Equality    ? NoIndex
                             : Last != NoIndex ? Last
                                               : expected(B, Tags);
  const unsigned Bounded = Here.Equality ? NoIndex : Last;
  // A repeated run of the same test replaces what the last run found.
  llvm::erase_if(S.Checks, [&](const Check &C) { return C.Branch == B; });
  bool Repeats = false;
  for (const Tag &T : Tags) {
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
  for (const Tag &T : Tags) {
    if ((T.claimed() && !T.Stale) ||
        (T.Stale &&
         (Validated != NoIndex || llvm::is_contained(Compared, T.Read))))
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

bool FunctionFlow::testedFor(unsigned Block, const AccessPath &Path) const {
  return llvm::any_of(Tests, [&](const auto &Each) {
    return controls(Each.first, Block) &&
           llvm::any_of(Each.second, [&](unsigned Read) {
             return meets(Reads[Read], Path);
           });
  });
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
    if (overlaps(Locks[Lock].Path, Path) &&
        Path.Steps.size() <= Locks[Lock].Path.Steps.size()) {
      if (P.options().ExecutorModel == Executor::MultiThreaded)
        S.release(Lock);
      else if (!llvm::is_contained(S.Ended, Lock))
        S.Ended.push_back(Lock);
    }
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

} // namespace interlock
