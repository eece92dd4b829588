// The fix for a modify that stays although a later step fails: it is undone on
// every way out that does not come past the step.
//
//     balance_ -= cost;                  balance_ -= cost;
//     co_await venue.submit(order);      interlock::rollback undo([&] {
//                                          balance_ += cost;
//                                        });
//                                        co_await venue.submit(order);
//                                        undo.commit();
//
// That the step is what the modify was for is the owner's to say.
#include "rewriters/base/Format.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/Includes.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

/// Whether a guard that covers the modify ends between it and the step: the
/// undoing runs in a destructor, which cannot await the lock again.
static bool guardEnds(const FunctionView &View, int Modify, int Step) {
  for (int I = Modify + 1; I < Step; ++I)
    if (const auto *Call = dyn_cast<CXXMemberCallExpr>(View[I].S))
      if (const CXXMethodDecl *Method = Call->getMethodDecl();
          Method && Method->getDeclName().isIdentifier() &&
          (Method->getName() == "unlock" || Method->getName() == "release"))
        return true;
  return false;
}

/// The opposite of a modify, as an expression.
static std::string undoing(const FunctionView &View, const RelativeModify &M) {
  return fmt::format(
      "{} {} {}", View.text(nodeOf(View, M.Statement, M.State)),
      M.Adds ? "-=" : "+=", View.text(nodeOf(View, M.Statement, M.Amount)));
}

static std::string byHand(const std::string &Undo) {
  return fmt::format("std::exception_ptr failed;\n"
                     "try {{ <the step> }} catch (...) {{ failed = "
                     "std::current_exception(); }}\n"
                     "if (failed) {{ <take the guard>; {}; "
                     "std::rethrow_exception(failed); }}",
                     Undo);
}

static std::variant<std::vector<Edit>, Why>
undone(FunctionFixes &Fixes, const Finding &F, const RelativeModify &M) {
  const FunctionView &View = Fixes.View;
  const int Block = View[M.Statement].Parent;
  const SourceSpan &Fails = F.Extent.Suspensions.front();
  const int At = View.find(Fails.Begin, Fails.End);
  const int Step = At < 0 ? -1 : View.childTowards(Block, At);
  if (Step < 0 || View[Step].BeginInMacro || View[Step].EndInMacro ||
      isSwitchBody(View, Block))
    return Why{"guard-ends-first",
               "the step that can fail is outside of the modify's block, and "
               "a destructor cannot await the lock again"};
  if (guardEnds(View, M.Statement, Step))
    return Why{"guard-ends-first",
               "the guard is given back before the step that can fail, and a "
               "destructor cannot await the lock again"};
  if (leaves(View[Step].S))
    return Why{"leaves-with-step",
               "the step that can fail is also what leaves the block, so "
               "there is no place behind it where the modify stands"};
  const int Amount = nodeOf(View, M.Statement, M.Amount);
  if (Amount < 0 || nodeOf(View, M.Statement, M.State) < 0 ||
      !settledAmount(View, Amount, View[M.Statement].Begin))
    return Why{"amount-changes",
               "the amount is not the same at the end of the function"};
  const auto Own = ownLines(View, M.Statement), Last = ownLines(View, Step);
  if (!Own || !Last)
    return Why{"macro-body", "a statement does not stand on its own lines"};
  const std::string Name = freeName(View, "undo", Fixes.Names);
  return std::vector<Edit>{
      {View.file(), View[M.Statement].End, 0,
       fmt::format("{}interlock::rollback {}([&] {{ {}; }});",
                   gapBefore(View, M.Statement), Name, undoing(View, M))},
      {View.file(), View[Step].End, 0,
       gapBefore(View, Step) + Name + ".commit();"}};
}

void fixByRollback(FunctionFixes &Fixes) {
  const FunctionView &View = Fixes.View;
  for (const unsigned Index : Fixes.stillOpen()) {
    const Finding &F = Fixes.Findings[Index];
    if (F.Check != "missing-rollback")
      continue; // a wait that the guard is needed for, once it can be undone
    const auto M = relativeModify(View, F.At);
    if (!M || F.Extent.Suspensions.empty()) {
      Fixes.refuse(Index,
                   {"no-opposite", "what the modify does has no exact opposite "
                                   "that could be done on failure"},
                   byHand("<undo the modify>"));
      continue;
    }
    auto Edits = undone(Fixes, F, *M);
    if (std::holds_alternative<Why>(Edits)) {
      Fixes.refuse(Index, std::get<Why>(Edits), byHand(undoing(View, *M)));
      continue;
    }
    FixPlan Plan;
    Plan.Strategy = "add-rollback";
    Plan.Description =
        fmt::format("give '{}' back if the next step of '{}' fails",
                    F.State.Member, F.Function);
    Plan.Apply = Applicability::Review;
    Plan.Repairs = {Index};
    for (const unsigned Other : Fixes.Open)
      if (Fixes.Findings[Other].At == F.Extent.Suspensions.front())
        Plan.Repairs.push_back(Other);
    Plan.Edits = formatted(std::get<std::vector<Edit>>(Edits), View,
                           View[M->Statement].Begin, View[M->Statement].End);
    if (const auto Include = includeEdit(View.file(), View.content(),
                                         rollbackHeader(Fixes.Opts)))
      Plan.Edits.push_back(*Include);
    llvm::sort(Plan.Edits);
    Fixes.add(std::move(Plan));
  }
}

} // namespace interlock
