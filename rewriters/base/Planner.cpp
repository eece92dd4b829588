#include "rewriters/base/Planner.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace interlock {

std::string byHandFor(llvm::StringRef Refusal) {
#define REFUSAL(Id, ByHand)                                                    \
  if (Refusal == (Id))                                                         \
    return ByHand;
#include "rewriters/Refusals.def"
  assert(false && "a refusal that Refusals.def does not list");
  return {};
}

void FunctionFixes::refuse(unsigned Index, const Why &Reason,
                           std::string ByHand) {
  if (ByHand.empty())
    ByHand = byHandFor(Reason.Id);
  const StateRef &State = Findings[Index].State;
  if (Reason.Id == "unknown-key" || (Reason.Id == "key-late" && State.Sought))
    Result.Nameless.insert(State.Member);
  Result.Refusals.push_back(
      {Reason.Id, Reason.Reason, std::move(ByHand), Index});
  close(Index);
}

void FunctionFixes::close(unsigned Index) { llvm::erase(Open, Index); }

void FunctionFixes::add(FixPlan Plan) {
  llvm::sort(Plan.Repairs);
  for (const unsigned Done : Plan.Repairs)
    close(Done);
  Result.Plans.push_back(std::move(Plan));
}

std::vector<unsigned> repairedWith(const FunctionFixes &Fixes, unsigned Index,
                                   unsigned Begin, unsigned End) {
  std::vector<unsigned> All{Index};
  for (const unsigned Other : Fixes.Open) {
    const Finding &O = Fixes.Findings[Other];
    if (Other != Index &&
        O.State.Member == Fixes.Findings[Index].State.Member &&
        Begin <= O.At.Begin && O.At.End <= End)
      All.push_back(Other);
  }
  llvm::sort(All);
  return All;
}

std::vector<unsigned> companionsOf(llvm::ArrayRef<Finding> All,
                                   llvm::ArrayRef<unsigned> Findings) {
  std::vector<unsigned> Result;
  for (const unsigned Index : Findings)
    for (const Finding &C : All[Index].Companions)
      for (unsigned I = 0; I < All.size(); ++I)
        if (sameFinding(All[I], C) && !llvm::is_contained(Result, I))
          Result.push_back(I);
  return Result;
}

bool sameFinding(const Finding &A, const Finding &B) {
  return A.At == B.At && A.Check == B.Check &&
         A.Extent.FunctionId == B.Extent.FunctionId;
}

bool heldByCallers(const Finding &F) {
  return !F.HeldBy.empty() && !F.CalledUnheld;
}

/// Whether a callee is left as it is: it takes no lock of its own then, and
/// runs under the caller's. That it already takes one shows as a nested guard
/// when the result is judged.
static bool staysUnguarded(llvm::ArrayRef<Finding> All, const Obstacle &O) {
  return llvm::none_of(All, [&](const Finding &F) {
    return llvm::StringRef(F.Function).split('(').first == O.Name &&
           !heldByCallers(F) && !isToBeSplit(F);
  });
}

std::optional<Why> obstacleTo(llvm::ArrayRef<Finding> All, const Finding &F) {
  for (const Obstacle &O : F.Extent.Obstacles)
    switch (O.What) {
    case Obstacle::Kind::CalleeNeedsGuard:
      if (staysUnguarded(All, O))
        continue;
      return Why{"lock-split-needed",
                 fmt::format("'{}' is called in the region and needs the same "
                             "lock, so it would wait for its caller forever",
                             O.Name)};
    case Obstacle::Kind::CallerMayHold:
      return Why{"caller-holds-lock",
                 fmt::format("its caller '{}' already holds the lock", O.Name)};
    case Obstacle::Kind::SynchronousWriter:
      return Why{"sync-writer",
                 fmt::format("'{}' is not a coroutine and writes the same "
                             "state without the lock, so a guard here would "
                             "not keep it out",
                             O.Name)};
    case Obstacle::Kind::PeerWait:
      return Why{"peer-wait",
                 fmt::format("the region waits for '{}', and whoever completes "
                             "that may need the same lock",
                             O.Name)};
    case Obstacle::Kind::Recursion:
      return Why{"recursion",
                 fmt::format("the region calls its own function again through "
                             "'{}', which would wait for the lock forever",
                             O.Name)};
    case Obstacle::Kind::Detached:
      return Why{"detached-write",
                 fmt::format("the update happens in '{}', which nobody awaits, "
                             "so a guard here would end before it",
                             O.Name)};
    }
  return std::nullopt;
}

bool avoidsGuard(const FunctionFixes &Fixes, const Finding &F) {
  return Fixes.WithoutGuard ||
         llvm::any_of(Fixes.Findings, [&](const Finding &Other) {
           return Other.State.Member == F.State.Member &&
                  obstacleTo(Fixes.Findings, Other);
         });
}

} // namespace interlock
