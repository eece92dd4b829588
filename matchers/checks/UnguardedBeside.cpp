#include "matchers/checks/Judgement.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

// Modifies that break the guard which a stale check or value of the same state
// would get.
namespace interlock {

/// How many steps lead to the element of the guarded member, or to the member
/// itself; none if the path does not go through it, or to which one is open.
static std::size_t stepsToElement(const AccessPath &P,
                                  const std::string &Field) {
  const auto Member = llvm::find_if(
      P.Steps, [&](const PathStep &S) { return S.Name == Field; });
  if (Member == P.Steps.end())
    return 0;
  const auto Next = Member + 1;
  const bool Element =
      Next != P.Steps.end() && Next->What == PathStep::Kind::Element;
  if (Element && Next->Name == "?")
    return 0;
  return static_cast<std::size_t>(Next - P.Steps.begin()) + (Element ? 1 : 0);
}

static bool inSameElement(const AccessPath &A, const AccessPath &B,
                          const std::string &Field) {
  const std::size_t N = stepsToElement(A, Field);
  return N > 0 && N == stepsToElement(B, Field) &&
         std::tie(A.Base, A.Var, A.Name) == std::tie(B.Base, B.Var, B.Name) &&
         std::equal(A.Steps.begin(),
                    A.Steps.begin() + static_cast<std::ptrdiff_t>(N),
                    B.Steps.begin());
}

/// Whether an operation changes the element that the modify is about, itself or
/// through a helper, or looks at it before the modify.
static bool touches(const Op &O, const ModifyJudgement &J) {
  const bool Before = O.At.Begin < J.Site.At.Begin;
  const auto Same = [&](const AccessPath &P) {
    return inSameElement(P, J.Site.Path, J.Guarded.Field);
  };
  if (O.Kind == OpKind::Modify)
    return Same(O.Path);
  if (O.Kind == OpKind::Read || O.Kind == OpKind::Bind)
    return Before && Same(O.Path);
  if (O.Kind != OpKind::Call)
    return false;
  const auto Inside = [&](const auto &Each, const CallSite &C) {
    const std::optional<AccessPath> P = translate(Each.Path, C);
    return P && Same(*P);
  };
  for (const CallSite &C : O.Calls)
    for (const Summary *Sum : J.Program_.summaries(C))
      if (llvm::any_of(Sum->Effects,
                       [&](const Effect &E) { return Inside(E, C); }) ||
          (Before && llvm::any_of(Sum->Returned, [&](const Observation &R) {
             return Inside(R, C);
           })))
        return true;
  return false;
}

/// Whether what is awaited may want a guard of its own, which must not be taken
/// under another.
static bool wantsGuard(const Op &O, const Program &P) {
  return llvm::any_of(O.Calls, [&](const CallSite &C) {
    return llvm::any_of(P.summaries(C), [&](const Summary *Sum) {
      return !Sum->Locks.empty() ||
             llvm::any_of(Sum->Effects, [&](const Effect &E) {
               const std::optional<AccessPath> Path = translate(E.Path, C);
               return Sum->Suspends && Path && P.guarded(*Path);
             });
    });
  });
}

/// The blocks that one run can come by as well as the given one.
static std::vector<bool> onOneWay(const FunctionFlow &Flow, unsigned With) {
  std::vector<bool> Result(Flow.function().Blocks.size());
  const auto Spread = [&](const auto &Next) {
    std::vector<bool> Seen(Result.size());
    std::vector<unsigned> Work{With};
    while (!Work.empty()) {
      const unsigned B = Work.back();
      Work.pop_back();
      if (Seen[B])
        continue;
      Seen[B] = Result[B] = true;
      Work.insert(Work.end(), Next(B).begin(), Next(B).end());
    }
  };
  Spread([&](unsigned B) -> const auto & {
    return Flow.function().Blocks[B].Successors;
  });
  Spread([&](unsigned B) -> const auto & { return Flow.predecessors()[B]; });
  return Result;
}

/// Lets the finding cover all that its function does with the element, where a
/// guard can be held over that: what is looked at before a wait and changed
/// behind it belongs together, and so do two changes.
static void coverElement(const ModifyJudgement &J, Finding &F) {
  Finding Wider = F;
  const std::vector<bool> Near = onOneWay(J.Flow, J.Site.Block);
  const auto &Blocks = J.Flow.function().Blocks;
  for (unsigned B = 0; B < Blocks.size(); ++B)
    for (const Op &O : Blocks[B].Ops)
      if (Near[B] && O.At.File == F.At.File &&
          O.InLoop == J.Site.Operation->InLoop && touches(O, J))
        Wider.Extent.Reads.push_back(O.At);
  unsigned First = F.At.Begin, Last = F.At.End;
  for (const SourceSpan &S : Wider.Extent.Reads) {
    First = std::min(First, S.Begin);
    Last = std::max(Last, S.End);
  }
  for (const Block &B : J.Flow.function().Blocks)
    for (const Op &O : B.Ops)
      if (First <= O.At.Begin && O.At.Begin <= Last &&
          ((O.Kind == OpKind::Suspend &&
            O.InLoop != J.Site.Operation->InLoop) ||
           (O.Kind != OpKind::Start && wantsGuard(O, J.Program_))))
        return;
  J.addObstacles(Wider, J.Guarded);
  if (Wider.Extent.Obstacles.size() == F.Extent.Obstacles.size())
    F = std::move(Wider);
}

/// Whether a modify inside a plain function is guarded where that is called.
static bool guardedAtCall(const ModifyJudgement &J,
                          const std::vector<StaleRegion> &Regions) {
  const FunctionFacts *Self = &J.Flow.function();
  if (!J.Site.Callee || llvm::any_of(Regions, [&](const StaleRegion &R) {
        return R.Function == Self; // its own guard covers the call
      }))
    return false;
  for (const CallSite &C : J.Site.Operation->Calls)
    for (const FunctionFacts *Callee : J.Program_.callees(C))
      if (Callee->Definition.contains(J.Site.Callee->At))
        return coveredByCallers(*Callee, *Self, J.Program_);
  return false;
}

std::optional<Finding>
unguardedBeside(const ModifyJudgement &J,
                const std::vector<StaleRegion> &Regions) {
  if (!(J.judgedHere() || guardedAtCall(J, Regions)) ||
      !J.Flow.function().Coroutine ||
      J.guarded(J.State.exclusive(), J.Site.Path, J.Guarded))
    return std::nullopt;
  const auto Breaks = [&](const StaleRegion &R) {
    return !(R.At == J.Site.At) && overlapsAnyObject(R.Path, J.Site.Path) &&
           J.Program_.canInterleave(*R.Function, J.Flow.function());
  };
  if (llvm::none_of(Regions, Breaks))
    return std::nullopt;
  Finding F = J.finding("unguarded-modification", J.Site, J.Guarded);
  F.Message =
      fmt::format("'{}' is modified outside its guard", J.Guarded.Info->Name);
  J.addObstacles(F, J.Guarded);
  coverElement(J, F);
  return F;
}

} // namespace interlock
