#include "matchers/checks/Judgement.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace interlock {

/// `while (open_) { ...; if (done) open_ = false; }`: the loop's own flag, also
/// where a handler goes round by calling its function again.
static bool endsItsLoop(const ModifyJudgement &J, const Check &C) {
  const bool GoesRound = J.Site.Later &&
                         J.Flow.function().Definition.contains(J.Site.At) &&
                         !J.Site.Operation->At.contains(J.Site.At);
  return J.Site.How == Change::Constant && J.Guarded.Info->Boolean &&
         (GoesRound || (C.Loop && J.Site.Operation->InLoop));
}

/// Who makes the checks old: who changes the state that is modified, or that of
/// its invariant which was tested.
static std::vector<const Writer *> makeOld(const ModifyJudgement &J,
                                           const TagList &Tags) {
  std::vector<const Writer *> Result = J.others();
  for (const Tag &T : Tags) {
    const AccessPath &Tested = J.Flow.reads()[T.Read].Path;
    const std::optional<StateInfo> G = J.Program_.guarded(Tested);
    if (!Result.empty() || !G || overlaps(Tested, J.Site.Path))
      continue;
    Result = J.interferers(Tested, *G, {}, [](const Writer &) { return true; });
  }
  return Result;
}

/// Whether the callee that modifies tests the state for himself: he is told so
/// where he does, which is here only if he calls himself.
static bool testedThere(const ModifyJudgement &J) {
  const Effect *Callee = J.Site.Callee;
  return Callee &&
         (Callee->SelfChecked ||
          (Callee->Tested &&
           !J.Flow.function().Definition.contains(Callee->At))) &&
         !J.late(LateUse::Kind::Check);
}

/// Whether an awaited callee changes the state without a look of its own.
static bool changes(const ModifyJudgement &J, const Op &O) {
  return llvm::any_of(O.Calls, [&](const CallSite &C) {
    return llvm::any_of(J.Program_.summaries(C), [&](const Summary *Sum) {
      return Sum->Suspends && llvm::any_of(Sum->Effects, [&](const Effect &E) {
               const std::optional<AccessPath> Path = translate(E.Path, C);
               return Path && overlaps(*Path, J.Site.Path) && !E.Tested &&
                      !E.SelfChecked && E.Held.empty();
             });
    });
  });
}

/// Later calls that change the state on the strength of the same check: the
/// first of all is reported, and the check was made for each.
static void addLaterCalls(const ModifyJudgement &J, Finding &F) {
  const std::vector<Check> Checks = J.deciding(/*Stale=*/true);
  for (const auto &[Await, Block] : J.Flow.changingAwaits()) {
    const bool Later = J.Site.Operation->At.End <= Await->At.Begin &&
                       Await->At.File == F.Extent.Modifies.front().File;
    const auto Decides = [&, Block = Block](const Check &C) {
      return C.Branch != NoIndex && J.Flow.controls(C.Branch, Block) &&
             !J.Flow.testedBeside(C.Branch, Block, J.Site.Path);
    };
    if (Later && changes(J, *Await) && llvm::any_of(Checks, Decides))
      F.Extent.Modifies.push_back(Await->At);
  }
}

/// Whether what is written was awaited: `page = co_await fetch(url);`.
static bool writesAwaited(const ModifyJudgement &J) {
  std::set<Register> Awaited;
  std::set<unsigned> Variables;
  const std::vector<Block> &Blocks = J.Flow.function().Blocks;
  for (const Block &B : Blocks)
    for (const Op &O : B.Ops)
      if ((O.Kind == OpKind::Suspend && !O.Never && O.Result != NoIndex) ||
          (O.Kind == OpKind::Load && Variables.count(O.Var)))
        Awaited.insert(O.Result);
      else if (O.Kind == OpKind::Assign &&
               llvm::any_of(O.Inputs,
                            [&](Register R) { return Awaited.count(R) != 0; }))
        Variables.insert(O.Var);
  return llvm::any_of(J.Site.Operation->Inputs,
                      [&](Register R) { return Awaited.count(R) != 0; });
}

/// Whether the function comes to its end behind the modify without doing
/// anything else, or telling of it.
static bool isLastAct(const ModifyJudgement &J) {
  const std::vector<Block> &Blocks = J.Flow.function().Blocks;
  const auto Acts = [](const Op &O) {
    return O.Kind == OpKind::Modify || O.Kind == OpKind::Call ||
           O.Kind == OpKind::Start || O.Kind == OpKind::Later ||
           O.Kind == OpKind::Throw || (O.Kind == OpKind::Suspend && !O.Never) ||
           (O.Kind == OpKind::Return && !O.Inputs.empty());
  };
  std::set<unsigned> Seen;
  std::vector<unsigned> Work{J.Site.Block};
  while (!Work.empty()) {
    const unsigned B = Work.back();
    Work.pop_back();
    const bool First = Seen.empty();
    if (!Seen.insert(B).second)
      continue;
    bool Behind = !First;
    for (const Op &O : Blocks[B].Ops) {
      if (Behind && Acts(O))
        return false;
      Behind |= &O == J.Site.Operation;
    }
    for (const unsigned S : Blocks[B].Successors)
      if (!llvm::is_contained(Blocks[B].OnThrow, S) && !Seen.count(S))
        Work.push_back(S);
  }
  return true;
}

/// `page = co_await fetch(url); pages_.insert({url, page});` at the end: where
/// there is one by then, all that was fetched is dropped.
static bool addsOrDrops(const ModifyJudgement &J, const TagList &Tags) {
  const AccessPath Whole = wholeOf(J.Site.Path);
  // `insert({url, page})` does not tell the key.
  const auto IsLookUp = [&](const Tag &T) {
    const AccessPath &Read = J.Flow.reads()[T.Read].Path;
    return J.Flow.reads()[T.Read].Shape && wholeOf(Read) == Whole &&
           Read.Steps.size() == Whole.Steps.size() + 1 &&
           overlaps(Read, J.Site.Path);
  };
  return !J.Guarded.Named && !J.Site.Callee && J.Site.How == Change::Insert &&
         !J.Site.Operation->InLoop && !inOrder(J.Guarded.Info->Elements) &&
         J.Site.Path.Steps.size() <= Whole.Steps.size() + 1 &&
         llvm::all_of(Tags, IsLookUp) && writesAwaited(J) && isLastAct(J);
}

std::optional<Finding> staleCheck(const ModifyJudgement &J) {
  if (J.settlesItself() || testedThere(J))
    return std::nullopt;
  TagList Tags;
  for (const Check &C : J.deciding(/*Stale=*/true))
    if (!endsItsLoop(J, C))
      addTag(Tags, C.What);
  // An amount that was limited by the state decides as well.
  if (J.Site.How == Change::Relative && J.deciding(/*Stale=*/false).empty())
    for (const Tag &T : J.written(/*Stale=*/true))
      if (!T.usedUp(J.Site.At.Begin))
        addTag(Tags, T);
  Tags = J.exposed(Tags);
  if (addsOrDrops(J, Tags))
    return std::nullopt;
  const bool Late = Tags.empty() && J.late(LateUse::Kind::Check);
  if (Tags.empty() && !Late)
    return std::nullopt;
  // A tie that is only inferred from how others change the two is a guess.
  const bool Certain =
      Late || llvm::any_of(Tags, [&](const Tag &T) { return J.concerns(T); });
  const std::vector<const Writer *> Others = makeOld(J, Tags);
  if (Others.empty())
    return std::nullopt;
  Finding F = J.finding("stale-check", J.Site, J.Guarded);
  if (!Certain)
    F.Severity = Level::Warning;
  F.Message = fmt::format("'{}' is modified on the strength of a check made "
                          "before a suspension point",
                          J.Guarded.Info->Name);
  J.tell(F, J.Site, J.Guarded, Tags, StepKind::Checked, Others);
  addLaterCalls(J, F);
  J.addObstacles(F, J.Guarded);
  return F;
}

} // namespace interlock
