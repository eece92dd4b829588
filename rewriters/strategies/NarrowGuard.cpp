// The fix for a guard that is held over a slow step which it protects nothing
// in: it is given back before the step, or taken after it.
//
//     auto guard = co_await lock();        auto guard = co_await lock();
//     balance_ -= cost;                    balance_ -= cost;
//     co_await notify();                   guard.unlock();
//                                          co_await notify();
//
// Whether others may come in between is the owner's to say: the order of
// notifications can matter.
#include "rewriters/base/Format.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

static bool namesGuard(const FunctionView &View, const VarDecl *Guard,
                       unsigned From, unsigned To) {
  return llvm::any_of(View.nodes(), [&](const Node &N) {
    const auto *Ref = dyn_cast<DeclRefExpr>(N.S);
    return Ref && Ref->getDecl() == Guard && From <= N.Begin && N.End <= To;
  });
}

static bool canUnlock(const VarDecl *Guard) {
  const auto *Record = Guard->getType()->getAsCXXRecordDecl();
  if (!Record || !Record->hasDefinition())
    return false;
  auto Has = [](const CXXRecordDecl *R) {
    return llvm::any_of(R->methods(), [](const CXXMethodDecl *M) {
      return M->getDeclName().isIdentifier() && M->getName() == "unlock" &&
             M->getMinRequiredArguments() == 0 && M->getAccess() == AS_public;
    });
  };
  return Has(Record->getDefinition());
}

/// The innermost statement around the slow step that comes behind everything
/// the guard protects, and is reached once for each acquisition.
static int lastBefore(const FunctionView &View, const Finding &F, int Guard) {
  const SourceSpan &Slow = F.Extent.Suspensions.front();
  const int Block = View[Guard].Parent;
  int At = statementAt(View, Slow), Best = -1;
  while (At >= 0 && View.inside(At, Block)) {
    const bool Behind =
        llvm::all_of(F.Extent.Reads, [&](const SourceSpan &Protected) {
          return Protected.End <= View[At].Begin;
        });
    if (Behind && !View[At].BeginInMacro && Best < 0)
      Best = At;
    const int Outer = statementAt(View, View[At].Parent);
    if (Outer >= 0 && View.inside(Outer, Block) &&
        isa<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt>(View[Outer].S))
      Best = -1; // every pass but the first would give back nothing
    if (View[At].Parent == Block)
      break;
    At = Outer;
  }
  return Best;
}

static std::variant<std::vector<Edit>, Why> narrowed(const FunctionView &View,
                                                     const Finding &F,
                                                     int Guard,
                                                     const VarDecl *Var) {
  const llvm::StringRef Content = View.content();
  const int Block = View[Guard].Parent;
  const int Step =
      View.childTowards(Block, View.find(F.Extent.Suspensions.front().Begin,
                                         F.Extent.Suspensions.front().End));
  const std::string Name = Var->getNameAsString();
  if (Step < 0)
    return Why{"not-found", "the slow step is not in the guard's block"};
  const bool NothingYet =
      llvm::all_of(F.Extent.Reads, [&](const SourceSpan &Protected) {
        return View[Step].End <= Protected.Begin;
      });
  if (NothingYet) {
    // Nothing is protected before the step: the guard begins behind it.
    const auto Old = ownLines(View, Guard), Slow = ownLines(View, Step);
    if (!Old || !Slow || namesGuard(View, Var, View[Guard].End, View[Step].End))
      return Why{"guard-in-use",
                 fmt::format("'{}' is used before the step ends", Name)};
    return std::vector<Edit>{
        {View.file(), Old->Begin, Old->End - Old->Begin, ""},
        {View.file(), Slow->End, 0, Content.slice(Old->Begin, Old->End).str()}};
  }
  const int Before = lastBefore(View, F, Guard);
  if (Before < 0)
    return Why{"guard-still-needed",
               fmt::format("'{}' protects something in the same pass or "
                           "statement as the slow step",
                           Name)};
  if (namesGuard(View, Var, View[Before].Begin, View[Block].End))
    return Why{"guard-in-use",
               fmt::format("'{}' is used behind the slow step", Name)};
  if (!canUnlock(Var))
    return Why{"guard-in-use",
               fmt::format("'{}' is of a type that cannot be given back "
                           "early: its block has to end before the step",
                           Name)};
  return std::vector<Edit>{{View.file(), View[Before].Begin, 0,
                            Name + ".unlock();" + gapBefore(View, Before)}};
}

void fixByNarrowing(FunctionFixes &Fixes) {
  const FunctionView &View = Fixes.View;
  std::set<int> Narrowed;
  for (const unsigned Index : Fixes.stillOpen()) {
    const Finding &F = Fixes.Findings[Index];
    const int Guard =
        F.Path.empty() ? -1 : statementAt(View, F.Path.front().At);
    const auto *Decls = Guard < 0 ? nullptr : dyn_cast<DeclStmt>(View[Guard].S);
    const auto *Var = Decls && Decls->isSingleDecl()
                          ? dyn_cast<VarDecl>(Decls->getSingleDecl())
                          : nullptr;
    if (!Var || F.Extent.Suspensions.empty() || F.Extent.Reads.empty()) {
      Fixes.refuse(Index,
                   {"guard-not-declared",
                    "the guard is no variable of this function, or nothing in "
                    "view says what it protects"},
                   {});
      continue;
    }
    auto Edits = narrowed(View, F, Guard, Var);
    if (std::holds_alternative<Why>(Edits)) {
      Fixes.refuse(Index, std::get<Why>(Edits),
                   fmt::format("{{ {} ... }} // ends before line {}",
                               View.text(Guard), F.At.Line));
      continue;
    }
    FixPlan Plan;
    Plan.Strategy = "narrow-guard";
    Plan.Description =
        fmt::format("hold '{}' only where it protects something in '{}'",
                    Var->getNameAsString(), F.Function);
    Plan.Apply = Applicability::Review;
    Plan.Edits =
        formatted(std::get<std::vector<Edit>>(Edits), View,
                  View[View[Guard].Parent].Begin, View[View[Guard].Parent].End);
    // One end of the guard answers for all slow steps behind it.
    for (const unsigned Other : Fixes.Open)
      if (const Finding &O = Fixes.Findings[Other];
          !O.Path.empty() && O.Path.front().At == F.Path.front().At)
        Plan.Repairs.push_back(Other);
    Fixes.add(std::move(Plan));
  }
}

} // namespace interlock
