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
#include "rewriters/base/Format.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

void fixByRecheck(FunctionFixes &Fixes) {
  const FunctionView &View = Fixes.View;
  if (Fixes.Opts.ExecutorModel != Executor::SingleThreaded)
    return;
  for (const unsigned Index : Fixes.stillOpen()) {
    const Finding &F = Fixes.Findings[Index];
    if (F.Check != "stale-check" || F.Extent.Modifies.size() != 1 ||
        F.Extent.Reads.empty() || F.Extent.Suspensions.empty() ||
        (Fixes.Opts.Strategy != FixStrategy::Recheck && !avoidsGuard(Fixes, F)))
      continue;
    const SourceSpan &M = F.Extent.Modifies.front();
    const SourceSpan &R = F.Extent.Reads.front();
    int Check = View.find(R.Begin, R.End);
    Check = Check < 0 ? -1 : View.above<IfStmt>(Check);
    if (Check < 0 || View[Check].Parent < 0 ||
        !isa<CompoundStmt>(View[View[Check].Parent].S))
      continue;
    const auto *If = cast<IfStmt>(View[Check].S);
    if (If->getElse() || If->getInit() || If->getConditionVariable() ||
        !leaves(If->getThen()) || View[Check].BeginInMacro ||
        View[Check].EndInMacro)
      continue;
    const int Block = View[Check].Parent;
    const int Inner = View.find(M.Begin, M.End);
    const int Modify = Inner < 0 ? -1 : View.childTowards(Block, Inner);
    if (Modify < 0 || !isa<Expr>(View[Modify].S) || View[Modify].BeginInMacro ||
        View.suspends(Modify))
      continue;
    int Condition = -1;
    for (const int Child : View[Check].Children)
      if (View[Child].S == If->getCond())
        Condition = Child;
    bool Fits = Condition >= 0 && repeatable(View, Condition);
    for (const SourceSpan &Other : F.Extent.Reads)
      Fits &= View[Condition].Begin <= Other.Begin &&
              Other.End <= View[Condition].End;
    for (const SourceSpan &S : F.Extent.Suspensions)
      Fits &= View[Check].End <= S.Begin && S.End <= View[Modify].Begin;
    LockCode Inputs;
    Inputs.Uses = Condition < 0 ? Inputs.Uses : View.locals(Condition);
    if (!Fits || settleKey(View, Inputs, View[Check].End, View[Modify].End))
      continue;
    const llvm::StringRef Content = View.content();
    const unsigned At = View[Modify].Begin;
    if (!firstOnLine(Content, At))
      continue;
    FixPlan Plan;
    Plan.Strategy = "recheck";
    Plan.Description = fmt::format("check '{}' again after the wait in '{}'",
                                   F.State.Member, F.Function);
    Plan.Apply = Applicability::Review;
    Plan.Repairs = {Index};
    Plan.Edits = formatted({{View.file(), At, 0,
                             View.text(Check) + layoutOf(Content).LineEnd +
                                 indentationAt(Content, At).str()}},
                           View, View[Check].Begin, View[Modify].End);
    Fixes.close(Index);
    Fixes.Result.Plans.push_back(std::move(Plan));
  }
}

} // namespace interlock
