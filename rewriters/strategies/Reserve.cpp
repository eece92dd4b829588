// Strategy `reserve`: the modify moves before the first suspension, and is
// undone on every way out that does not come by its old place. No guard is
// held while suspended, so writers that cannot take one are no obstacle.
//
//     if (balance_ < cost)                 if (balance_ < cost)
//       co_return false;                     co_return false;
//     co_await venue.submit(order);        balance_ -= cost;
//     balance_ -= cost;                    interlock::rollback reserved([&] {
//     balance_ += cost; });
//                                          co_await venue.submit(order);
//                                          reserved.commit();
//
// The undoing step runs in a destructor, which cannot await a lock: only for
// executors on which a slice needs none.
#include "rewriters/base/Earlier.h"
#include "rewriters/base/Format.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/Includes.h"
#include "rewriters/base/KeyCode.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"
#include "rewriters/base/UnseenGuard.h"
#include "rewriters/base/WriteBack.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

#include <map>
#include <vector>

namespace interlock {

using namespace clang;

namespace {

struct Reservation {
  unsigned Finding = 0;
  Earlier Place;
  std::string Undo; ///< a callable
};

} // namespace

/// The modify, if its opposite undoes it: one that writes back an old value
/// does, too, before anything has suspended.
static std::optional<RelativeModify> undoable(const FunctionView &View,
                                              int At) {
  if (const auto M = relativeModify(View, At))
    return M;
  const auto W = writeBack(View, At);
  if (!W || W->State->getType()->isRealFloatingType() ||
      !(sameText(View, W->Old, W->State) || copyOfState(View, *W) >= 0))
    return std::nullopt;
  RelativeModify M;
  M.Statement = W->Statement;
  M.State = W->State;
  M.Amount = W->Amount;
  M.Adds = llvm::StringRef(W->Operator) == "+=";
  return M;
}

/// What gives the amount back: as it is spelled, or as it was. Empty if that
/// cannot be said at the place where the amount is taken.
static std::string givingBack(FunctionFixes &Fixes, const RelativeModify &M,
                              unsigned At) {
  const FunctionView &View = Fixes.View;
  const int Amount = nodeOf(View, M.Statement, M.Amount);
  const int State = nodeOf(View, M.Statement, M.State);
  if (Amount < 0 || State < 0 || !sameFrom(View, Amount, At) ||
      !sameFrom(View, State, At))
    return {};
  const char *Opposite = M.Adds ? "-=" : "+=";
  if (settledAmount(View, Amount, At))
    return fmt::format("[&] {{ {} {} {}; }}", View.text(State), Opposite,
                       View.text(Amount));
  const std::string Kept = freeName(View, "amount", Fixes.Names);
  return fmt::format("[&, {0} = {1}] {{ {2} {3} {0}; }}", Kept,
                     View.text(Amount), View.text(State), Opposite);
}

/// What sets a flag back to what it was.
static std::string settingBack(FunctionFixes &Fixes, int Statement,
                               unsigned At) {
  const FunctionView &View = Fixes.View;
  const auto *Op = dyn_cast_or_null<BinaryOperator>(plain(View[Statement].S));
  if (!Op || Op->getOpcode() != BO_Assign || !Op->getType()->isBooleanType() ||
      !isa<CXXBoolLiteralExpr>(Op->getRHS()->IgnoreParenImpCasts()))
    return {};
  const int State = nodeOf(View, Statement, Op->getLHS());
  if (State < 0 || !sameFrom(View, State, At))
    return {};
  const std::string Was = freeName(View, "was", Fixes.Names);
  return fmt::format("[&, {0} = {1}] {{ {1} = {0}; }}", Was, View.text(State));
}

static std::optional<Reservation> reservation(FunctionFixes &Fixes,
                                              unsigned Index) {
  const FunctionView &View = Fixes.View;
  const Finding &F = Fixes.Findings[Index];
  int Modify = fullExpressionAt(View, F.Extent.Modifies.front());
  // What a function changes through a call to itself is found at the call.
  if (Modify >= 0 && View.suspends(Modify))
    Modify = fullExpressionAt(View, F.At);
  const auto Place = earlierPlace(View, F, Modify);
  if (!Place || mentionedMeanwhile(View, *Place, memberName(F)) ||
      unseenGuard(View, Place->Step))
    return std::nullopt;
  const unsigned At = View[Place->Step].Begin;
  const auto M = undoable(View, Modify);
  Reservation R{Index, *Place,
                M ? givingBack(Fixes, *M, At) : settingBack(Fixes, Modify, At)};
  return R.Undo.empty() ? std::nullopt : std::optional(R);
}

static bool asked(const FixOptions &Opts) {
  return Opts.Strategy == FixStrategy::Reserve ||
         Opts.Strategy == FixStrategy::Auto;
}

/// Takes the modify of a reservation to its new place, `Taken` growing by what
/// stands there, and leaves a commit at the old one.
static Edit moved(FunctionFixes &Fixes, const Reservation &R,
                  std::string &Taken) {
  const FunctionView &View = Fixes.View;
  const Node &Modify = View[R.Place.Modify];
  const std::string Gap = gapBefore(View, R.Place.Step);
  const std::string Name = freeName(View, "reserved", Fixes.Names);
  const std::string Text = View.text(R.Place.Modify);
  const bool Ends = llvm::StringRef(Text).ends_with(";");
  Taken += fmt::format("{}{}{}interlock::rollback {}({});{}", Text,
                       Ends ? "" : ";", Gap, Name, R.Undo, Gap);
  return {View.file(), Modify.Begin, Modify.End - Modify.Begin,
          Name + (Ends ? ".commit();" : ".commit()")};
}

/// One plan for all that is reserved for the same step: what was changed in
/// one slice is changed in one again.
static FixPlan planFor(FunctionFixes &Fixes, int Step,
                       llvm::ArrayRef<Reservation> All) {
  const FunctionView &View = Fixes.View;
  const unsigned At = View[Step].Begin;
  FixPlan Plan;
  std::string Taken, Members;
  std::vector<Edit> Edits;
  unsigned End = At;
  for (const Reservation &R : All) {
    const Node &Modify = View[R.Place.Modify];
    Edits.push_back(moved(Fixes, R, Taken));
    End = std::max(End, Modify.End);
    const std::string &Member = Fixes.Findings[R.Finding].State.Member;
    Members += fmt::format("{}'{}'", Members.empty() ? "" : " and ", Member);
    for (const unsigned I :
         repairedWith(Fixes, R.Finding, Modify.Begin, Modify.End))
      Plan.Repairs.push_back(I);
  }
  Edits.push_back({View.file(), At, 0, Taken});
  llvm::sort(Edits);
  Plan.Strategy = "reserve";
  Plan.Description = fmt::format(
      "change {} before the wait in '{}' and give it back on failure", Members,
      Fixes.Findings[All.front().Finding].Function);
  // Others may see the reservation before the step that it is for is done:
  // that was asked for with the strategy, or it is a reader's to say.
  Plan.Apply = asked(Fixes.Opts) ? Applicability::Safe : Applicability::Review;
  Plan.Edits = formatted(Edits, View, At, End);
  if (const auto Include =
          includeEdit(View.file(), View.content(), rollbackHeader(Fixes.Opts)))
    Plan.Edits.push_back(*Include);
  llvm::sort(Plan.Edits);
  return Plan;
}

/// Whether a step is what one of the findings waits for as well: their repairs
/// would overlap.
static bool waitsFor(const FunctionFixes &Fixes, int Step,
                     llvm::ArrayRef<unsigned> Findings) {
  const Node &N = Fixes.View[Step];
  return llvm::any_of(Findings, [&](unsigned Index) {
    return llvm::any_of(Fixes.Findings[Index].Extent.Suspensions,
                        [&](const SourceSpan &S) {
                          return S.File == Fixes.View.file() &&
                                 N.Begin <= S.Begin && S.End <= N.End;
                        });
  });
}

void fixByReserve(FunctionFixes &Fixes) {
  if (Fixes.Opts.ExecutorModel != Executor::SingleThreaded)
    return;
  std::map<int, std::vector<Reservation>> ByStep;
  std::vector<unsigned> Others;
  for (const unsigned Index : Fixes.Open) {
    if (!asked(Fixes.Opts) && !avoidsGuard(Fixes, Fixes.Findings[Index]))
      continue;
    const auto R = reservation(Fixes, Index);
    if (!R) {
      Others.push_back(Index);
      continue;
    }
    auto &Same = ByStep[R->Place.Step];
    if (!llvm::any_of(Same, [&](const Reservation &Other) {
          return Other.Place.Modify == R->Place.Modify;
        }))
      Same.push_back(*R);
  }
  for (auto &[Step, All] : ByStep) {
    if (waitsFor(Fixes, Step, Others))
      continue;
    llvm::sort(All, [](const Reservation &A, const Reservation &B) {
      return A.Place.Modify < B.Place.Modify;
    });
    Fixes.add(planFor(Fixes, Step, All));
  }
}

} // namespace interlock
