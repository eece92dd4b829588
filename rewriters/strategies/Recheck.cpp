// Strategy `recheck`: the check is made again after the last suspension, with
// the rejecting exit that the function itself takes. Never chosen by `auto`:
// what was awaited may not be revocable. Offered where no guard can be held.
//
//     if (balance_ < cost)                 if (balance_ < cost)
//       co_return false;                     co_return false;
//     co_await confirm(order);             co_await confirm(order);
//     balance_ -= cost;                    if (balance_ < cost)
//                                            co_return false;
//                                          balance_ -= cost;
#include "rewriters/base/Extent.h"
#include "rewriters/base/Format.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"
#include "rewriters/base/UnseenGuard.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

#include <map>
#include <vector>

namespace interlock {

using namespace clang;

namespace {

struct SecondLook {
  int Check = -1; ///< the statement to repeat
  int Place = -1; ///< the statement to repeat it before
  friend auto operator<=>(const SecondLook &, const SecondLook &) = default;
};

} // namespace

/// A check that does nothing but leave; -1 if it is another one.
static int rejectingCheck(const FunctionView &View, const SourceSpan &Read) {
  const int Inner = View.find(Read.Begin, Read.End);
  const int Check = Inner < 0 ? -1 : View.above<IfStmt>(Inner);
  if (Check < 0 || View[Check].Parent < 0 ||
      !isa<CompoundStmt>(View[View[Check].Parent].S))
    return -1;
  const auto *If = cast<IfStmt>(View[Check].S);
  // What is repeated must not open the next window.
  const bool Plain = !If->getElse() && !If->getInit() &&
                     !If->getConditionVariable() && leaves(If->getThen()) &&
                     !View.suspends(Check) && !View[Check].BeginInMacro &&
                     !View[Check].EndInMacro;
  return Plain ? Check : -1;
}

/// The first statement of the modify's slice that does something: the check
/// decides about all that is changed there. -1 if the slice begins within the
/// modify.
static int startOfSlice(const FunctionView &View, int Block, int Modify) {
  int Place = -1;
  for (const int Child : View[Block].Children) {
    const auto *If = dyn_cast<IfStmt>(View[Child].S);
    const bool Idle = isa<DeclStmt>(View[Child].S) ||
                      (If && !If->getElse() && leaves(If->getThen()));
    if (View.suspends(Child))
      Place = -1;
    else if (Place < 0 && (!Idle || Child == Modify))
      Place = Child;
    if (Child == Modify)
      return Place;
  }
  return -1;
}

/// Whether something that was computed from members between the check and the
/// wait is used behind it: it may be as old as the check, and stays so.
static bool leavesOldValues(const FunctionView &View, const SecondLook &Look) {
  const auto FromMembers = [&](int I) {
    return llvm::any_of(View.nodes(), [&](const Node &N) {
      const auto *Access = dyn_cast<MemberExpr>(N.S);
      return Access && isa<FieldDecl>(Access->getMemberDecl()) &&
             View[I].Begin <= N.Begin && N.End <= View[I].End;
    });
  };
  return llvm::any_of(View.nodes(), [&](const Node &N) {
    const auto *Ref = dyn_cast<DeclRefExpr>(N.S);
    const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    const int At = Var ? View.declarationOf(Var) : -1;
    return At >= 0 && View[Look.Place].Begin <= N.Begin &&
           View[Look.Check].End <= View[At].Begin &&
           View[At].End <= View[Look.Place].Begin && !View.suspends(At) &&
           FromMembers(At);
  });
}

/// Whether something that outlives the function is changed between the check
/// and the place: the exit would leave it half done, and the check would see
/// what this run has taken itself.
static bool changesMeanwhile(const FunctionView &View, const SecondLook &Look) {
  const auto IsOwn = [&](const Expr *Target) {
    for (const Expr *E = plain(Target); E;) {
      if (const auto *Access = dyn_cast<MemberExpr>(E))
        E = plain(Access->getBase());
      else if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
        return isa<VarDecl>(Ref->getDecl()) &&
               cast<VarDecl>(Ref->getDecl())->isLocalVarDeclOrParm() &&
               !isAlias(Ref->getDecl());
      else
        return false;
    }
    return false;
  };
  return llvm::any_of(View.nodes(), [&](const Node &N) {
    const Expr *Target = assignedTo(N.S);
    return Target && !N.Foreign && View[Look.Check].End <= N.Begin &&
           N.End <= View[Look.Place].Begin && !IsOwn(Target);
  });
}

static std::optional<SecondLook> secondLook(const FunctionView &View,
                                            const Finding &F) {
  if (F.Check != "stale-check" || F.Extent.Modifies.size() != 1 ||
      F.Extent.Reads.empty() || F.Extent.Suspensions.empty())
    return std::nullopt;
  const int Check = rejectingCheck(View, F.Extent.Reads.front());
  if (Check < 0 || unseenGuard(View, Check))
    return std::nullopt;
  const SourceSpan &M = F.Extent.Modifies.front();
  const int Block = View[Check].Parent;
  const int Inner = View.find(M.Begin, M.End);
  const int Modify = Inner < 0 ? -1 : View.childTowards(Block, Inner);
  if (Modify < 0 || !isa<Expr>(View[Modify].S) || View[Modify].BeginInMacro)
    return std::nullopt;
  const int Place = startOfSlice(View, Block, Modify);
  if (Place < 0 || View[Place].BeginInMacro ||
      !firstOnLine(View.content(), View[Place].Begin))
    return std::nullopt;
  const int Condition =
      nodeOf(View, Check, cast<IfStmt>(View[Check].S)->getCond());
  if (Condition < 0 || !repeatable(View, Condition))
    return std::nullopt;
  for (const SourceSpan &R : F.Extent.Reads)
    if (R.Begin < View[Condition].Begin || View[Condition].End < R.End)
      return std::nullopt;
  for (const SourceSpan &S : F.Extent.Suspensions)
    if (S.Begin < View[Check].End || View[Place].Begin < S.End)
      return std::nullopt;
  LockCode Inputs;
  Inputs.Uses = View.locals(Condition);
  if (settleKey(View, Inputs, View[Check].End, View[Modify].End))
    return std::nullopt;
  const SecondLook Look{Check, Place};
  return leavesOldValues(View, Look) || changesMeanwhile(View, Look)
             ? std::nullopt
             : std::optional(Look);
}

static FixPlan planFor(const FunctionFixes &Fixes, const SecondLook &Look,
                       std::vector<unsigned> Repairs) {
  const FunctionView &View = Fixes.View;
  const Finding &F = Fixes.Findings[Repairs.front()];
  FixPlan Plan;
  Plan.Strategy = "recheck";
  Plan.Description = fmt::format("check '{}' again after the wait in '{}'",
                                 F.State.Member, F.Function);
  Plan.Apply = Applicability::Review;
  Plan.Repairs = std::move(Repairs);
  Plan.Edits =
      formatted({{View.file(), View[Look.Place].Begin, 0,
                  View.text(Look.Check) + gapBefore(View, Look.Place)}},
                View, View[Look.Check].Begin, View[Look.Place].End);
  return Plan;
}

/// Whether all that the check decides about is a flag: it was asked so that the
/// step is not taken twice, and that has been taken by then.
static bool keepsStepUnique(const FunctionFixes &Fixes,
                            llvm::ArrayRef<unsigned> Repairs) {
  return llvm::all_of(Repairs, [&](unsigned Index) {
    const SourceSpan &M = Fixes.Findings[Index].Extent.Modifies.front();
    const int At = fullExpressionAt(Fixes.View, M);
    const auto *Op =
        At < 0 ? nullptr
               : dyn_cast_or_null<BinaryOperator>(plain(Fixes.View[At].S));
    return Op && Op->getOpcode() == BO_Assign &&
           isa<CXXBoolLiteralExpr>(Op->getRHS()->IgnoreParenImpCasts());
  });
}

/// Whether the check also decides about what it cannot be repeated for: a guard
/// for that covers all of it.
static bool decidesMore(const FunctionFixes &Fixes, const SecondLook &Look,
                        llvm::ArrayRef<unsigned> Others) {
  const Node &Check = Fixes.View[Look.Check];
  return llvm::any_of(Others, [&](unsigned Index) {
    return llvm::any_of(Fixes.Findings[Index].Extent.Reads,
                        [&](const SourceSpan &R) {
                          return R.File == Fixes.View.file() &&
                                 Check.Begin <= R.Begin && R.End <= Check.End;
                        });
  });
}

void fixByRecheck(FunctionFixes &Fixes) {
  if (Fixes.Opts.ExecutorModel != Executor::SingleThreaded)
    return;
  std::map<SecondLook, std::vector<unsigned>> Looks;
  std::vector<unsigned> Others;
  for (const unsigned Index : Fixes.Open) {
    const Finding &F = Fixes.Findings[Index];
    if (Fixes.Opts.Strategy != FixStrategy::Recheck && !avoidsGuard(Fixes, F))
      continue;
    if (const auto Look = secondLook(Fixes.View, F))
      Looks[*Look].push_back(Index);
    else
      Others.push_back(Index);
  }
  for (auto &[Look, Repairs] : Looks)
    if (!keepsStepUnique(Fixes, Repairs) && !decidesMore(Fixes, Look, Others))
      Fixes.add(planFor(Fixes, Look, std::move(Repairs)));
}

} // namespace interlock
