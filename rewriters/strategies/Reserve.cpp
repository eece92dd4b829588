// Strategy `reserve`: the modify moves before the first suspension, and is
// undone on every way out that does not come by its old place. No guard is
// held while suspended.
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
#include "rewriters/base/Format.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/Includes.h"
#include "rewriters/base/Planner.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

namespace {

/// `state += amount` or `state -= amount` as a statement.
struct RelativeModify {
  int Statement = -1;
  const Expr *State = nullptr;
  const Expr *Amount = nullptr;
  bool Adds = false;
};

} // namespace

static int statementOf(const FunctionView &View, const SourceSpan &At) {
  int I = View.find(At.Begin, At.End);
  while (I >= 0 && View[I].Parent >= 0 &&
         !isa<CompoundStmt>(View[View[I].Parent].S))
    I = View[I].Parent;
  return I >= 0 && View[I].Parent >= 0 ? I : -1;
}

static std::optional<RelativeModify> relative(const FunctionView &View,
                                              const SourceSpan &At) {
  RelativeModify M;
  M.Statement = statementOf(View, At);
  if (M.Statement < 0 || View[M.Statement].BeginInMacro)
    return std::nullopt;
  const Stmt *S = View[M.Statement].S;
  if (const auto *Clean = dyn_cast<ExprWithCleanups>(S))
    S = Clean->getSubExpr();
  if (const auto *Op = dyn_cast<CompoundAssignOperator>(S)) {
    // Floating point gives back something else than it took.
    if (!Op->getType()->isIntegralOrEnumerationType())
      return std::nullopt;
    M.State = Op->getLHS();
    M.Amount = Op->getRHS();
    M.Adds = Op->getOpcode() == BO_AddAssign;
    return M.Adds || Op->getOpcode() == BO_SubAssign ? std::optional(M)
                                                     : std::nullopt;
  }
  if (const auto *Op = dyn_cast<CXXOperatorCallExpr>(S);
      Op && Op->getNumArgs() == 2 &&
      (Op->getOperator() == OO_PlusEqual ||
       Op->getOperator() == OO_MinusEqual)) {
    M.State = Op->getArg(0);
    M.Amount = Op->getArg(1);
    M.Adds = Op->getOperator() == OO_PlusEqual;
    return M;
  }
  return std::nullopt;
}

static int nodeOf(const FunctionView &View, int Root, const Expr *E) {
  for (unsigned I = static_cast<unsigned>(Root); I < View.nodes().size(); ++I)
    if (View[I].S == E)
      return static_cast<int>(I);
  return -1;
}

/// Whether the amount is a constant or a local that is fixed before `Offset`.
static bool settled(const FunctionView &View, int Amount, unsigned Offset) {
  const auto *E = cast<Expr>(View[Amount].S)->IgnoreParenImpCasts();
  if (E->isEvaluatable(View.context()))
    return true;
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  if (!Var || !Var->isLocalVarDeclOrParm() || Var->getType()->isReferenceType())
    return false;
  const int At = View.declarationOf(Var);
  if (At >= 0 && View[At].Begin >= Offset)
    return false;
  LockCode Probe;
  Probe.Uses.push_back(Var);
  return !settleKey(View, Probe, Offset, View.end());
}

void fixByReserve(FunctionFixes &Fixes) {
  const FunctionView &View = Fixes.View;
  if (Fixes.Opts.Strategy != FixStrategy::Reserve &&
      Fixes.Opts.Strategy != FixStrategy::Auto)
    return;
  if (Fixes.Opts.ExecutorModel != Executor::SingleThreaded)
    return;
  for (const unsigned Index : std::vector<unsigned>(Fixes.Open)) {
    const Finding &F = Fixes.Findings[Index];
    if (F.Check != "stale-check" || F.Extent.Modifies.size() != 1 ||
        F.Extent.Suspensions.empty())
      continue;
    const auto M = relative(View, F.Extent.Modifies.front());
    if (!M)
      continue;
    // Check, suspensions and modify are statements of one block, in this
    // order: then the modify is reached unless something leaves the block.
    const int Block = View[M->Statement].Parent;
    const auto &Children = View[Block].Children;
    int First = -1;
    bool Straight = true;
    for (const SourceSpan &S : F.Extent.Suspensions) {
      const int At = View.find(S.Begin, S.End);
      const int Child = At < 0 ? -1 : View.childTowards(Block, At);
      Straight &= Child >= 0 && View[Child].Begin < View[M->Statement].Begin;
      if (Straight && (First < 0 || Child < First))
        First = Child;
    }
    for (const SourceSpan &R : F.Extent.Reads)
      Straight &= First >= 0 && R.End <= View[First].Begin;
    const auto *Holder = dyn_cast<CXXTryStmt>(View[View[Block].Parent].S);
    if (!Straight || First < 0 || Holder || View[First].BeginInMacro ||
        isa<SwitchStmt>(View[View[Block].Parent].S))
      continue;
    const int Amount = nodeOf(View, M->Statement, M->Amount);
    const int State = nodeOf(View, M->Statement, M->State);
    if (Amount < 0 || State < 0 || !settled(View, Amount, View[First].Begin))
      continue;
    // Somebody else on the way reads or writes the state of the old order.
    bool Mentioned = false;
    for (const int Child : Children)
      if (Child >= First && Child < M->Statement)
        Mentioned |=
            llvm::StringRef(View.text(Child)).contains(View.text(State));
    if (Mentioned)
      continue;
    const llvm::StringRef Content = View.content();
    const unsigned At = View[First].Begin;
    if (!firstOnLine(Content, At))
      continue;
    const std::string Gap =
        layoutOf(Content).LineEnd + indentationAt(Content, At).str();
    const std::string Undo = freeName(View, "reserved", Fixes.Names);
    std::vector<Edit> Edits = {
        {View.file(), At, 0,
         fmt::format("{0}{5}interlock::rollback {1}([&] {{ {2} {3} {4}; "
                     "}});{5}",
                     View.text(M->Statement), Undo, View.text(State),
                     M->Adds ? "-=" : "+=", View.text(Amount), Gap)},
        {View.file(), View[M->Statement].Begin,
         View[M->Statement].End - View[M->Statement].Begin,
         Undo + ".commit();"}};
    FixPlan Plan;
    Plan.Strategy = "reserve";
    Plan.Description = fmt::format(
        "change '{}' before the wait in '{}' and give it back on failure",
        F.State.Member, F.Function);
    // Others may see the reservation before the step that it is for is done.
    Plan.Apply = Fixes.Opts.Strategy == FixStrategy::Reserve
                     ? Applicability::Safe
                     : Applicability::Review;
    Plan.Repairs = {Index};
    Plan.Edits =
        formatted(Edits, View.file(), Content, At, View[M->Statement].End);
    std::string Header = Fixes.Opts.IncludeSpelling;
    if (const std::size_t Name = Header.find("safe_state.hpp");
        Name != std::string::npos)
      Header = Header.substr(0, Name) + "rollback.hpp" + Header.back();
    if (const auto Include = includeEdit(View.file(), Content, Header))
      Plan.Edits.push_back(*Include);
    llvm::sort(Plan.Edits);
    Fixes.close(Index);
    Fixes.Result.Plans.push_back(std::move(Plan));
  }
}

} // namespace interlock
