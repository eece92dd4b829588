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
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

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
    const auto M = relativeModify(View, F.Extent.Modifies.front());
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
    const int Parent = View[Block].Parent;
    const bool InTry = Parent >= 0 && isa<CXXTryStmt>(View[Parent].S);
    if (!Straight || First < 0 || InTry || View[First].BeginInMacro ||
        isSwitchBody(View, Block))
      continue;
    const int Amount = nodeOf(View, M->Statement, M->Amount);
    const int State = nodeOf(View, M->Statement, M->State);
    if (Amount < 0 || State < 0 ||
        !settledAmount(View, Amount, View[First].Begin))
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
    // They were asked for by the strategy: `reserve`, or `auto` for what
    // blocks least.
    Plan.Apply = Applicability::Safe;
    Plan.Repairs = {Index};
    Plan.Edits =
        formatted(Edits, View.file(), Content, At, View[M->Statement].End);
    if (const auto Include =
            includeEdit(View.file(), Content, rollbackHeader(Fixes.Opts)))
      Plan.Edits.push_back(*Include);
    llvm::sort(Plan.Edits);
    Fixes.close(Index);
    Fixes.Result.Plans.push_back(std::move(Plan));
  }
}

} // namespace interlock
