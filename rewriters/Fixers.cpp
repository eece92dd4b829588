#include "rewriters/base/Planner.h"

#include "llvm/ADT/StringSwitch.h"

#include <algorithm>

namespace interlock {

/// Whether `Fixes.def` gives the check to the strategy.
static bool repairs(llvm::StringRef Check, llvm::StringRef Strategy) {
  static constexpr std::pair<llvm::StringLiteral, llvm::StringLiteral> Table[] =
      {
#define FIX(Check, Strategy) {Check, #Strategy},
#include "rewriters/Fixes.def"
      };
  return llvm::any_of(Table, [&](const auto &Row) {
    return Row.first == Check && Row.second == Strategy;
  });
}

/// Lets a strategy see those open findings that are its own.
static void run(FunctionFixes &Fixes, llvm::StringRef Strategy, Fixer Fix) {
  std::vector<unsigned> Own, Rest;
  for (const unsigned I : Fixes.Open)
    (repairs(Fixes.Findings[I].Check, Strategy) ? Own : Rest).push_back(I);
  if (Own.empty())
    return;
  Fixes.Open = Own;
  Fix(Fixes);
  Fixes.Open.insert(Fixes.Open.end(), Rest.begin(), Rest.end());
}

static void fixWithoutGuard(FunctionFixes &Fixes) {
  if (Fixes.WithoutGuard)
    run(Fixes, "KeySnapshot", fixByKeySnapshot);
  run(Fixes, "TakeOut", fixByTakingOut);
  run(Fixes, "ReadLater", fixByReadingLater);
  run(Fixes, "Reserve", fixByReserve);
  run(Fixes, "Recheck", fixByRecheck);
}

/// The names that are free again if the guards of a plan are not taken.
static std::set<std::string> namesWithout(const FixPlan &Plan,
                                          std::set<std::string> Names) {
  for (const Edit &E : Plan.Edits)
    std::erase_if(Names, [&](const std::string &Name) {
      return llvm::StringRef(E.Text).contains("auto " + Name + " =");
    });
  return Names;
}

/// Gives plans from `First` on what to do if they do not pass their proof: the
/// same findings repaired by others.
static void addOtherwise(FunctionFixes &Fixes, std::size_t First,
                         bool WithoutGuard, Fixer Others) {
  for (std::size_t P = First; P < Fixes.Result.Plans.size(); ++P) {
    FixPlan &Plan = Fixes.Result.Plans[P];
    FixResult Instead;
    FunctionFixes Again{Fixes.View,   Fixes.Findings,
                        Fixes.Opts,   Plan.Repairs,
                        Instead,      namesWithout(Plan, Fixes.Names),
                        WithoutGuard, /*AroundLoops=*/false};
    Others(Again);
    if (Instead.Plans.size() == 1 &&
        Instead.Plans.front().Repairs == Plan.Repairs &&
        Instead.Plans.front().Edits != Plan.Edits)
      Plan.Otherwise.push_back(std::move(Instead.Plans.front()));
  }
}

static void hold(FunctionFixes &Fixes) { run(Fixes, "Hold", fixByHold); }

/// One guard for all of the findings, if it is wider than what it stands in
/// for.
static void addWide(FunctionFixes &Fixes, FixPlan &Plan,
                    std::vector<unsigned> All) {
  if (All.size() == Plan.Repairs.size())
    return;
  FixResult Instead;
  FunctionFixes Again{Fixes.View,     Fixes.Findings, Fixes.Opts,
                      std::move(All), Instead,        Fixes.Names};
  hold(Again);
  for (FixPlan &Wide : Instead.Plans)
    if (Wide.Repairs.size() > Plan.Repairs.size() &&
        std::ranges::includes(Wide.Repairs, Plan.Repairs))
      Plan.Otherwise.push_back(std::move(Wide));
}

/// The same for a guard that others of the function need, for the same state
/// or around the same statements: one for all of them.
static void addTogether(FunctionFixes &Fixes, std::size_t First) {
  for (std::size_t P = First; P < Fixes.Result.Plans.size(); ++P) {
    FixPlan &Plan = Fixes.Result.Plans[P];
    const std::string &Member =
        Fixes.Findings[Plan.Repairs.front()].State.Member;
    std::vector<unsigned> Same = Plan.Repairs, All = Plan.Repairs;
    for (const unsigned I : Fixes.Open) {
      All.push_back(I);
      if (Fixes.Findings[I].State.Member == Member)
        Same.push_back(I);
    }
    if (Same.size() < All.size())
      addWide(Fixes, Plan, std::move(All));
    addWide(Fixes, Plan, std::move(Same));
  }
}

static void holdAroundLoops(FunctionFixes &Fixes) {
  Fixes.AroundLoops = true;
  hold(Fixes);
}

/// A guard where one can be held; where it cannot, what does without, and only
/// then the reason why it cannot.
static void holdOrDoWithout(FunctionFixes &Fixes) {
  FixResult Tried;
  FunctionFixes Guarded{Fixes.View, Fixes.Findings, Fixes.Opts,
                        Fixes.Open, Tried,          Fixes.Names};
  hold(Guarded);
  Fixes.Names = std::move(Guarded.Names);
  const std::size_t First = Fixes.Result.Plans.size();
  for (FixPlan &Plan : Tried.Plans)
    Fixes.add(std::move(Plan));
  addOtherwise(Fixes, First, false, holdAroundLoops);
  addOtherwise(Fixes, First, true, fixWithoutGuard);
  FunctionFixes Unguarded{Fixes.View,   Fixes.Findings, Fixes.Opts, {},
                          Fixes.Result, Fixes.Names,    true};
  // Who has the lock needs nothing in its place.
  for (const Refusal &R : Tried.Refusals)
    if (R.Id != "guard-unseen")
      Unguarded.Open.push_back(R.Finding);
  fixWithoutGuard(Unguarded);
  Fixes.Names = std::move(Unguarded.Names);
  Fixes.Result.Nameless.merge(Tried.Nameless);
  for (Refusal &R : Tried.Refusals) {
    Fixes.close(R.Finding);
    if (R.Id == "guard-unseen" || llvm::is_contained(Unguarded.Open, R.Finding))
      Fixes.Result.Refusals.push_back(std::move(R));
  }
}

void fixFunction(FunctionFixes &Fixes) {
  run(Fixes, "NameGuard", fixByNaming);
  run(Fixes, "KeepGuard", fixByKeepingGuard);
  run(Fixes, "MoveGuardUp", fixByMovingGuardUp);
  run(Fixes, "RekeyGuard", fixByRekeying);
  const std::size_t First = Fixes.Result.Plans.size();
  run(Fixes, "SplitHelper", fixBySplitting);
  run(Fixes, "RelativeUpdate", fixByRelativeUpdate);
  run(Fixes, "HoistAwait", fixByHoistedAwait);
  run(Fixes, "ExchangeDrain", fixByExchange);
  run(Fixes, "StrongCopy", fixByStrongCopy);
  run(Fixes, "KeySnapshot", fixByKeySnapshot);
  run(Fixes, "SecondLookup", fixBySecondLookup);
  run(Fixes, "WalkOn", fixByWalkingOn);
  run(Fixes, "LeaveHandler", fixByLeavingHandler);
  run(Fixes, "SetFirst", fixBySettingFirst);
  fixWithoutGuard(Fixes);
  addOtherwise(Fixes, First, false, hold);
  addTogether(Fixes, First);
  holdOrDoWithout(Fixes);
  run(Fixes, "AddRollback", fixByRollback);
  run(Fixes, "NarrowGuard", fixByNarrowing);
  for (const unsigned I : std::vector<unsigned>(Fixes.Open))
    Fixes.refuse(I,
                 {"no-fix", "findings of '" + Fixes.Findings[I].Check +
                                "' are not repaired automatically"},
                 {});
}

} // namespace interlock
