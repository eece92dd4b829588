// The fix for a flag that keeps others out, but is set only after a wait: it is
// set first, and reset whichever way the function is left.
//
//     if (busy_)                           if (busy_)
//       co_return;                           co_return;
//     co_await connect();                  busy_ = true;
//     busy_ = true;                        interlock::rollback reset([&] {
//     co_await work();                       busy_ = false;
//     busy_ = false;                       });
//                                          co_await connect();
//                                          co_await work();
//                                          reset.restore_now();
//
// A flag that stays set says that something is done, and must not say so
// early: that is not for here.
#include "rewriters/base/Earlier.h"
#include "rewriters/base/Format.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/Includes.h"
#include "rewriters/base/KeyCode.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

namespace {

/// `flag = true;`, where it could stand, and `flag = false;` behind it.
struct Claim {
  Earlier Place;
  int Reset = -1;
  std::string Flag;
};

} // namespace

/// The flag that a statement sets to a literal, with the literal.
static std::optional<std::pair<std::string, bool>>
flagSet(const FunctionView &View, int Statement) {
  const auto *Op = dyn_cast_or_null<BinaryOperator>(plain(View[Statement].S));
  const auto *Value =
      Op && Op->getOpcode() == BO_Assign
          ? dyn_cast<CXXBoolLiteralExpr>(Op->getRHS()->IgnoreParenImpCasts())
          : nullptr;
  const int State = Value ? nodeOf(View, Statement, Op->getLHS()) : -1;
  if (State < 0 || !Op->getLHS()->getType()->isBooleanType() ||
      !repeatable(View, State) || !View.locals(State).empty())
    return std::nullopt;
  return std::pair(View.text(State), Value->getValue());
}

static std::optional<Claim> claim(const FunctionView &View, const Finding &F) {
  const int Modify = statementAt(View, F.Extent.Modifies.front());
  const auto Place = earlierPlace(View, F, Modify);
  const auto Set = Place ? flagSet(View, Modify) : std::nullopt;
  if (!Set || !Set->second || View[Modify].Parent != Place->Block ||
      !ownLines(View, Modify) ||
      mentionedMeanwhile(View, *Place, memberName(F)))
    return std::nullopt;
  for (const int Child : View[Place->Block].Children)
    if (Child > Modify)
      if (const auto Again = flagSet(View, Child);
          Again && Again->first == Set->first && !Again->second &&
          !View.content()
               .slice(View[Modify].End, View[Child].Begin)
               .contains(memberName(F)))
        return Claim{*Place, Child, Set->first};
  return std::nullopt;
}

static FixPlan planFor(FunctionFixes &Fixes, const Finding &F, const Claim &C) {
  const FunctionView &View = Fixes.View;
  const std::string Name = freeName(View, "reset", Fixes.Names);
  const std::string Gap = gapBefore(View, C.Place.Step);
  const unsigned At = View[C.Place.Step].Begin;
  const Node &Reset = View[C.Reset];
  const Lines Old = *ownLines(View, C.Place.Modify);
  FixPlan Plan;
  Plan.Strategy = "set-first";
  Plan.Description =
      fmt::format("set '{}' before the wait in '{}', and reset it on all ways "
                  "out",
                  F.State.Member, F.Function);
  Plan.Edits = formatted(
      {{View.file(), At, 0,
        fmt::format("{0} = true;{1}interlock::rollback {2}([&] {{ {0} = "
                    "false; }});{1}",
                    C.Flag, Gap, Name)},
       {View.file(), Old.Begin, Old.End - Old.Begin, ""},
       {View.file(), Reset.Begin, Reset.End - Reset.Begin,
        Name + ".restore_now();"}},
      View, At, Reset.End);
  if (const auto Include =
          includeEdit(View.file(), View.content(), rollbackHeader(Fixes.Opts)))
    Plan.Edits.push_back(*Include);
  llvm::sort(Plan.Edits);
  return Plan;
}

void fixBySettingFirst(FunctionFixes &Fixes) {
  if (Fixes.Opts.ExecutorModel != Executor::SingleThreaded)
    return;
  for (const unsigned Index : Fixes.stillOpen()) {
    const Finding &F = Fixes.Findings[Index];
    const auto C = claim(Fixes.View, F);
    if (!C)
      continue;
    FixPlan Plan = planFor(Fixes, F, *C);
    Plan.Repairs = repairedWith(Fixes, Index, Fixes.View[C->Place.Modify].Begin,
                                Fixes.View[C->Reset].End);
    Fixes.add(std::move(Plan));
  }
}

} // namespace interlock
