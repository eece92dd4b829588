// The fix for a read and an await in one expression: the await goes into a
// statement of its own, so that the read comes after it. No lock is needed on
// a single-threaded executor; on others the guard follows the await.
//
//     balance_ = balance_ - co_await fee();
//
//     const auto awaited = co_await fee();
//     balance_ = balance_ - awaited;
#include "rewriters/base/Format.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/Includes.h"
#include "rewriters/base/Insertion.h"
#include "rewriters/base/KeyCode.h"
#include "rewriters/base/Planner.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

/// Whether the operands on the way from the await up to its full expression
/// are all evaluated: moving an await out of `a && co_await b` would run it
/// always.
static bool alwaysEvaluated(const FunctionView &View, int Await, int Full) {
  for (int I = Await; I != Full; I = View[I].Parent) {
    const Stmt *Parent = View[View[I].Parent].S;
    if (const auto *Op = dyn_cast<BinaryOperator>(Parent);
        Op && Op->isLogicalOp())
      return false;
    if (isa<AbstractConditionalOperator, LambdaExpr>(Parent))
      return false;
  }
  return true;
}

/// Whether evaluating the rest of the expression before or after the await
/// makes no difference but for the state itself: nothing in it has an effect
/// other than the outermost assignment.
static bool othersArePure(const FunctionView &View, int Await, int Full) {
  for (int At = 0; At < static_cast<int>(View.nodes().size()); ++At) {
    if (!View.inside(At, Full) || View.inside(At, Await) || At == Full)
      continue;
    const Stmt *S = View[At].S;
    if (const auto *Op = dyn_cast<UnaryOperator>(S);
        Op && Op->isIncrementDecrementOp())
      return false;
    if (const auto *Op = dyn_cast<BinaryOperator>(S);
        Op && Op->isAssignmentOp() && View[At].Parent != Full)
      return false;
    if (isa<CXXNewExpr, CXXDeleteExpr, CXXThrowExpr>(S))
      return false;
    if (const auto *Call = dyn_cast<CallExpr>(S)) {
      if (const auto *Op = dyn_cast<CXXOperatorCallExpr>(S);
          Op && (Op->getOperator() != OO_PlusPlus &&
                 Op->getOperator() != OO_MinusMinus))
        continue;
      const FunctionDecl *Callee = Call->getDirectCallee();
      const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee);
      if (!Callee || !(Method ? Method->isConst() : computes(*Callee)))
        return false;
    }
  }
  return true;
}

static bool changesState(const Finding &F) {
  return F.Check == "unspecified-read-order" || F.Check == "stale-value";
}

/// The statement and the await of a finding that is all in one expression.
static std::optional<std::pair<int, int>> place(const FunctionView &View,
                                                const Finding &F) {
  if (F.Extent.Suspensions.size() != 1 || F.Extent.Modifies.size() != 1 ||
      F.Extent.Reads.empty())
    return std::nullopt;
  const SourceSpan &S = F.Extent.Suspensions.front();
  const SourceSpan &M = F.Extent.Modifies.front();
  int Await = View.find(S.Begin, S.End);
  while (Await >= 0 && !isa<CoawaitExpr>(View[Await].S))
    Await = View[Await].Parent;
  if (Await < 0)
    return std::nullopt;
  int Full = Await;
  while (View[Full].Parent >= 0 &&
         !isa<CompoundStmt>(View[View[Full].Parent].S))
    Full = View[Full].Parent;
  if (View[Full].Parent < 0 || !isa<Expr>(View[Full].S))
    return std::nullopt;
  const auto Within = [&](const SourceSpan &Span) {
    return View[Full].Begin <= Span.Begin && Span.End <= View[Full].End;
  };
  if (!Within(M) || !llvm::all_of(F.Extent.Reads, Within))
    return std::nullopt;
  // Awaits that stand beside this one have an order among themselves.
  for (int I = 0; I < static_cast<int>(View.nodes().size()); ++I)
    if (isa<CoroutineSuspendExpr>(View[I].S) && View.inside(I, Full) &&
        !View.inside(I, Await))
      return std::nullopt;
  if (View[Full].BeginInMacro || View[Full].EndInMacro ||
      View[Await].BeginInMacro || View[Await].EndInMacro)
    return std::nullopt;
  return std::pair(Full, Await);
}

void fixByHoistedAwait(FunctionFixes &Fixes) {
  const FunctionView &View = Fixes.View;
  for (const unsigned Index : Fixes.stillOpen()) {
    const Finding &F = Fixes.Findings[Index];
    if (!changesState(F))
      continue;
    const auto Found = place(View, F);
    if (!Found || !alwaysEvaluated(View, Found->second, Found->first) ||
        !othersArePure(View, Found->second, Found->first))
      continue;
    const auto [Full, Await] = *Found;
    const auto *Type = cast<CoawaitExpr>(View[Await].S)->getType().getTypePtr();
    if (Type->isVoidType() || Type->isDependentType())
      continue;
    std::string Guard, Header;
    if (Fixes.Opts.ExecutorModel != Executor::SingleThreaded) {
      const auto Lock = lockCode(View, F, Fixes.Opts);
      if (!std::holds_alternative<LockCode>(Lock) || cannotAwait(View) ||
          !F.Extent.Obstacles.empty())
        continue;
      // The whole rest of the block would be held; `hold` knows better.
      const auto &Siblings = View[View[Full].Parent].Children;
      if (Siblings.back() != Full)
        continue;
      Guard = fmt::format("auto {} = co_await {};",
                          guardName(View, F.State.Category, Fixes.Names),
                          std::get<LockCode>(Lock).operation());
      if (std::get<LockCode>(Lock).Custom.empty())
        Header = headerFor(View, Fixes.Opts);
    }
    const std::string Name = freeName(View, "awaited", Fixes.Names);
    const llvm::StringRef Content = View.content();
    const unsigned At = View[Full].Begin;
    const bool Lines = firstOnLine(Content, At);
    const std::string Gap =
        Lines ? layoutOf(Content).LineEnd + indentationAt(Content, At).str()
              : " ";
    std::string Head =
        fmt::format("const auto {} = {};{}", Name, View.text(Await), Gap);
    if (!Guard.empty())
      Head += Guard + Gap;
    FixPlan Plan;
    Plan.Strategy = "hoist-await";
    Plan.Description = fmt::format(
        "await before the expression in '{}' that reads and writes '{}'",
        F.Function, F.State.Member);
    Plan.Repairs = repairedWith(Fixes, Index, View[Full].Begin, View[Full].End);
    Plan.Edits = formatted({{View.file(), At, 0, Head},
                            {View.file(), View[Await].Begin,
                             View[Await].End - View[Await].Begin, Name}},
                           View, View[Full].Begin, View[Full].End);
    if (!Header.empty())
      if (const auto Include = includeEdit(View.file(), Content, Header))
        Plan.Edits.push_back(*Include);
    llvm::sort(Plan.Edits);
    Fixes.add(std::move(Plan));
  }
}

} // namespace interlock
