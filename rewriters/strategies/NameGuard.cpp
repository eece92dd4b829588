// The fix for a guard that is destroyed at once: it gets a name. A lock
// operation that nobody awaits is awaited.
//
//     co_await state.atomic_balance_update();   auto guard = co_await ...;
//     state.atomic_balance_update();            auto guard = co_await ...;
//     auto guard = state.atomic_...();          auto guard = co_await ...;
#include "rewriters/base/Format.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

/// Whether the expression constructs the object itself:
/// `std::scoped_lock(m);` is a declaration that needs a name in another place.
static bool isConstruction(const Expr *E) {
  return isa<CXXConstructExpr, CXXFunctionalCastExpr, InitListExpr>(E);
}

/// The finding, and those whose region the guard covers once it lives on.
static std::vector<unsigned> answeredBy(const FunctionFixes &Fixes,
                                        unsigned Index, int Acquisition) {
  const FunctionView &View = Fixes.View;
  std::vector<unsigned> All{Index};
  for (const unsigned Other : Fixes.Open) {
    const Finding &O = Fixes.Findings[Other];
    if (Other == Index || O.Check == "discarded-guard" ||
        O.State.Category != Fixes.Findings[Index].State.Category)
      continue;
    bool Covered = true;
    for (const auto *Group : {&O.Extent.Reads, &O.Extent.Modifies})
      for (const SourceSpan &S : *Group)
        Covered &= View[Acquisition].End <= S.Begin &&
                   S.End <= View[View[Acquisition].Parent].End;
    if (Covered)
      All.push_back(Other);
  }
  llvm::sort(All);
  return All;
}

void fixByNaming(FunctionFixes &Fixes) {
  const FunctionView &View = Fixes.View;
  for (const unsigned Index : Fixes.stillOpen()) {
    const Finding &F = Fixes.Findings[Index];
    if (F.Check != "discarded-guard")
      continue; // another that a named guard may answer
    const int At = statementAt(View, F.At);
    if (At < 0 || View[At].BeginInMacro || View[At].EndInMacro) {
      Fixes.refuse(Index,
                   {"macro-body", "the guard is acquired in a macro or in the "
                                  "head of a statement"},
                   "auto guard = <the acquisition>;");
      continue;
    }
    std::vector<Edit> Edits;
    const unsigned Begin = View[At].Begin;
    auto Insert = [&](unsigned Offset, const std::string &Text) {
      Edits.push_back({View.file(), Offset, 0, Text});
    };
    const bool Coroutine = isa<CoroutineBodyStmt>(View.function().getBody());
    if (const auto *Decls = dyn_cast<DeclStmt>(View[At].S)) {
      // A named operation that was never awaited.
      const auto *Var = Decls->isSingleDecl()
                            ? dyn_cast<VarDecl>(Decls->getSingleDecl())
                            : nullptr;
      const Expr *Init = Var ? plain(Var->getInit()) : nullptr;
      const bool Deduced =
          Var && Var->getTypeSourceInfo() &&
          Var->getTypeSourceInfo()->getType()->getContainedAutoType();
      if (Init && Deduced && Coroutine && !isa<CoawaitExpr>(Init))
        Insert(View.context().getSourceManager().getFileOffset(
                   Init->getBeginLoc()),
               "co_await ");
    } else if (const Expr *E = plain(View[At].S)) {
      unsigned Start = Begin;
      const Expr *Silenced = nullptr;
      // `(void)acquire();` was silenced on purpose, but is no less wrong.
      if (const auto *Cast = dyn_cast<CStyleCastExpr>(E);
          Cast && Cast->getType()->isVoidType()) {
        Silenced = plain(Cast->getSubExpr());
        Start = View.context().getSourceManager().getFileOffset(
            Silenced->getBeginLoc());
        Edits.push_back({View.file(), Begin, Start - Begin, ""});
        E = Silenced;
      }
      if (!isConstruction(E)) {
        const std::string Name = guardName(
            View, F.State.Category.empty() ? "lock" : F.State.Category,
            Fixes.Names);
        std::string Text = fmt::format("auto {} = ", Name);
        if (Coroutine && !isa<CoawaitExpr>(E))
          Text += "co_await ";
        if (Silenced)
          Edits.back().Text = Text;
        else
          Insert(Start, Text);
      } else if (Silenced) {
        Edits.clear();
      } else if (const auto *Made = dyn_cast<CXXFunctionalCastExpr>(E);
                 Made && Made->getLParenLoc().isValid()) {
        Insert(View.context().getSourceManager().getFileOffset(
                   Made->getLParenLoc()),
               " " + guardName(View, "lock", Fixes.Names));
      } else if (const auto *Made = dyn_cast<CXXTemporaryObjectExpr>(E)) {
        Insert(View.context().getSourceManager().getFileOffset(
                   Made->getParenOrBraceRange().getBegin()),
               " " + guardName(View, "lock", Fixes.Names));
      }
    }
    if (Edits.empty()) {
      Fixes.refuse(
          Index,
          {"not-a-statement", "the acquisition is not a statement of its own"},
          "auto guard = <the acquisition>;");
      continue;
    }
    FixPlan Plan;
    Plan.Strategy = "name-guard";
    Plan.Description = fmt::format(
        "keep the guard in '{}' until the end of its block", F.Function);
    Plan.Repairs = answeredBy(Fixes, Index, At);
    Plan.Needs = companionsOf(Fixes.Findings, Plan.Repairs);
    Plan.Edits = formatted(Edits, View, Begin, View[At].End);
    Fixes.add(std::move(Plan));
  }
}

} // namespace interlock
