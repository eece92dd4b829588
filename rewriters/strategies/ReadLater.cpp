// The fix for a value that is read, waited over and written back changed, where
// no guard can be held over the wait: the read moves behind it.
//
//     const long old = position.size;      co_await risk.check(quantity);
//     co_await risk.check(quantity);       const long old = position.size;
//     position.size = old + quantity;      position.size = old + quantity;
//
// Only for executors on which nobody comes between the read and the write.
#include "rewriters/base/Format.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

#include <set>

namespace interlock {

using namespace clang;

namespace {

/// Declarations of one block, and the statement that they move to.
struct Move {
  std::set<int> Declarations;
  int Block = -1;
  int Before = -1;
};

} // namespace

/// The declaration that a read initialises copies of the state in.
static int copyAt(const FunctionView &View, const SourceSpan &Read) {
  const int At = statementAt(View, Read);
  const auto *Decls = At < 0 ? nullptr : dyn_cast<DeclStmt>(View[At].S);
  if (!Decls || View.suspends(At) || !ownLines(View, At))
    return -1;
  for (const Decl *D : Decls->decls()) {
    const auto *Var = dyn_cast<VarDecl>(D);
    if (!Var || !Var->getInit() || isAlias(Var) || Var->isStaticLocal())
      return -1;
  }
  return At;
}

/// Where the first use of what is declared stands; -1 if there is none.
static int firstUse(const FunctionView &View, const Move &M) {
  for (int I = *M.Declarations.rbegin();
       I < static_cast<int>(View.nodes().size()); ++I)
    if (const auto *Ref = dyn_cast<DeclRefExpr>(View[I].S);
        Ref && M.Declarations.count(View.declarationOf(Ref->getDecl())) &&
        View[I].Begin >= View[*M.Declarations.rbegin()].End)
      return I;
  return -1;
}

/// Whether the initialisers mean the same at the new place: nothing that they
/// are spelled by changes or ends on the way.
static bool movable(const FunctionView &View, const Move &M) {
  for (const int At : M.Declarations) {
    if (!repeatable(View, At))
      return false;
    LockCode Names;
    for (const ValueDecl *Var : View.locals(At))
      if (!M.Declarations.count(View.declarationOf(Var)))
        Names.Uses.push_back(Var);
    if (settleKey(View, Names, View[At].End, View[M.Before].End))
      return false;
    // A handle must not come to be used over a wait that ended its use.
    for (const ValueDecl *Var : Names.Uses)
      if (isAlias(Var) && llvm::none_of(View.nodes(), [&](const Node &N) {
            const auto *Ref = dyn_cast<DeclRefExpr>(N.S);
            return Ref && Ref->getDecl() == Var &&
                   N.Begin >= View[M.Before].Begin;
          }))
        return false;
  }
  return true;
}

static std::optional<Move> moveFor(const FunctionView &View, const Finding &F) {
  if (F.Extent.Reads.empty() || F.Extent.Suspensions.empty() ||
      F.Extent.Modifies.size() != 1)
    return std::nullopt;
  Move M;
  for (const SourceSpan &Read : F.Extent.Reads) {
    const int At = copyAt(View, Read);
    if (At < 0 || (M.Block >= 0 && View[At].Parent != M.Block))
      return std::nullopt;
    M.Block = View[At].Parent;
    M.Declarations.insert(At);
  }
  const int Use = firstUse(View, M);
  const int Modify = statementAt(View, F.Extent.Modifies.front());
  if (Use < 0 || Modify < 0 || !View.inside(Modify, M.Block))
    return std::nullopt;
  M.Before = View.childTowards(M.Block, Use);
  const int Last = View.childTowards(M.Block, Modify);
  for (const int Child : View[M.Block].Children)
    if (M.Before <= Child && Child <= Last && View.suspends(Child))
      return std::nullopt;
  for (const SourceSpan &S : F.Extent.Suspensions)
    if (S.End > View[M.Before].Begin)
      return std::nullopt;
  const bool Lines = firstOnLine(View.content(), View[M.Before].Begin) &&
                     !View[M.Before].BeginInMacro;
  return Lines && !isSwitchBody(View, M.Block) && movable(View, M)
             ? std::optional(M)
             : std::nullopt;
}

/// Whether all that a finding reads is read later then.
static bool answered(const FunctionView &View, const Move &M,
                     const Finding &F) {
  return !F.Extent.Reads.empty() &&
         llvm::all_of(F.Extent.Reads,
                      [&](const SourceSpan &Read) {
                        return M.Declarations.count(statementAt(View, Read));
                      }) &&
         F.Extent.Modifies.front().Begin >= View[M.Before].Begin;
}

void fixByReadingLater(FunctionFixes &Fixes) {
  const FunctionView &View = Fixes.View;
  if (Fixes.Opts.ExecutorModel != Executor::SingleThreaded)
    return;
  for (const unsigned Index : Fixes.stillOpen()) {
    const Finding &F = Fixes.Findings[Index];
    if (!avoidsGuard(Fixes, F))
      continue;
    const auto M = moveFor(View, F);
    if (!M)
      continue;
    std::vector<Edit> Edits;
    std::string Text;
    for (const int At : M->Declarations) {
      const Lines Own = *ownLines(View, At);
      Edits.push_back({View.file(), Own.Begin, Own.End - Own.Begin, ""});
      Text += View.text(At) + gapBefore(View, M->Before);
    }
    Edits.push_back({View.file(), View[M->Before].Begin, 0, Text});
    FixPlan Plan;
    Plan.Strategy = "read-later";
    Plan.Description = fmt::format("read '{}' behind the wait in '{}'",
                                   F.State.Member, F.Function);
    Plan.Edits = formatted(Edits, View, View[*M->Declarations.begin()].Begin,
                           View[M->Before].Begin);
    for (const unsigned Other : Fixes.Open)
      if (answered(View, *M, Fixes.Findings[Other]))
        Plan.Repairs.push_back(Other);
    Fixes.add(std::move(Plan));
  }
}

} // namespace interlock
