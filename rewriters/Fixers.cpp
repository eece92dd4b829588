#include "rewriters/base/Planner.h"

#include "llvm/ADT/StringSwitch.h"

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

/// Gives plans that take no lock, or one for a moment, the guard that `hold`
/// would take as what to do if they do not pass their proof.
static void addGuardsOtherwise(FunctionFixes &Fixes, std::size_t First) {
  for (std::size_t P = First; P < Fixes.Result.Plans.size(); ++P) {
    FixResult Guarded;
    FunctionFixes Again{Fixes.View, Fixes.Findings,
                        Fixes.Opts, Fixes.Result.Plans[P].Repairs,
                        Guarded,    Fixes.Names};
    run(Again, "Hold", fixByHold);
    if (Guarded.Plans.size() == 1 &&
        Guarded.Plans.front().Repairs == Fixes.Result.Plans[P].Repairs)
      Fixes.Result.Plans[P].Otherwise = std::move(Guarded.Plans);
  }
}

void fixFunction(FunctionFixes &Fixes) {
  run(Fixes, "NameGuard", fixByNaming);
  run(Fixes, "MoveGuardUp", fixByMovingGuardUp);
  const std::size_t First = Fixes.Result.Plans.size();
  run(Fixes, "SplitHelper", fixBySplitting);
  run(Fixes, "RelativeUpdate", fixByRelativeUpdate);
  run(Fixes, "HoistAwait", fixByHoistedAwait);
  run(Fixes, "ExchangeDrain", fixByExchange);
  run(Fixes, "StrongCopy", fixByStrongCopy);
  run(Fixes, "KeySnapshot", fixByKeySnapshot);
  run(Fixes, "SecondLookup", fixBySecondLookup);
  run(Fixes, "LeaveHandler", fixByLeavingHandler);
  addGuardsOtherwise(Fixes, First);
  run(Fixes, "Reserve", fixByReserve);
  run(Fixes, "Recheck", fixByRecheck);
  run(Fixes, "Hold", fixByHold);
  run(Fixes, "NarrowGuard", fixByNarrowing);
  run(Fixes, "AddRollback", fixByRollback);
  for (const unsigned I : std::vector<unsigned>(Fixes.Open))
    Fixes.refuse(I,
                 {"no-fix", "findings of '" + Fixes.Findings[I].Check +
                                "' are not repaired automatically"},
                 {});
}

} // namespace interlock
