// The fix for a guard that starts too late: its own declaration moves up, to
// before the first read. A second guard would wait for the first one.
//
//     if (balance_ < cost)               auto guard = co_await lock();
//       co_return false;                 if (balance_ < cost)
//     auto guard = co_await lock();        co_return false;
//     balance_ -= cost;                  balance_ -= cost;
#include "rewriters/base/Format.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/Insertion.h"
#include "rewriters/base/KeyCode.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

namespace {

/// A guard's declaration, and the findings that it comes too late for.
struct LateGuard {
  int Statement = -1;
  const VarDecl *Var = nullptr;
  std::vector<unsigned> Findings;
  std::vector<SourceSpan> Reads, Suspensions, Modifies;
};

} // namespace

static std::optional<LateGuard> guardAt(const FunctionView &View,
                                        const SourceSpan &Acquired) {
  LateGuard G;
  G.Statement = statementAt(View, Acquired);
  if (G.Statement < 0)
    return std::nullopt;
  const auto *Decls = dyn_cast<DeclStmt>(View[G.Statement].S);
  if (!Decls || !Decls->isSingleDecl())
    return std::nullopt;
  G.Var = dyn_cast<VarDecl>(Decls->getSingleDecl());
  return G.Var ? std::optional(G) : std::nullopt;
}

static void addFinding(LateGuard &G, const Finding &F, unsigned Index) {
  G.Findings.push_back(Index);
  G.Reads.insert(G.Reads.end(), F.Extent.Reads.begin(), F.Extent.Reads.end());
  G.Suspensions.insert(G.Suspensions.end(), F.Extent.Suspensions.begin(),
                       F.Extent.Suspensions.end());
  G.Modifies.insert(G.Modifies.end(), F.Extent.Modifies.begin(),
                    F.Extent.Modifies.end());
}

/// Whether the guard is named by anything outside the extent, where a wider
/// scope would change what that means, or is given away.
static bool usedElsewhere(const FunctionView &View, const LateGuard &G,
                          const Extent &E) {
  for (const Node &N : View.nodes())
    if (const auto *Ref = dyn_cast<DeclRefExpr>(N.S);
        Ref && Ref->getDecl() == G.Var) {
      const auto *Use = N.Parent < 0 ? nullptr : View[N.Parent].S;
      const bool Releases = isa_and_nonnull<MemberExpr>(Use);
      if (!Releases || N.Begin < beginOf(View, E) || N.End > endOf(View, E))
        return true;
    }
  return false;
}

namespace {

/// A statement that moves, with what goes with it.
struct Piece {
  std::string Text;
  std::optional<Lines> Gone;
};

} // namespace

/// A comment behind the declaration goes with it to a line of its own.
static Piece declarationAt(const FunctionView &View, int Statement,
                           unsigned Offset) {
  const llvm::StringRef Content = View.content();
  const Node &N = View[Statement];
  if (const auto Own = ownLines(View, Statement, true);
      Own && firstOnLine(Content, Offset))
    return {Content.slice(N.Begin, lineEnd(Content, N.End)).rtrim().str(), Own};
  return {View.text(Statement), removal(View, Statement)};
}

/// The edits that take the declaration from its line to the new place.
static std::variant<std::vector<Edit>, Why>
moved(const FunctionView &View, const LateGuard &G, const Extent &E) {
  const bool Conditional = View[G.Statement].Parent != E.Block;
  if (Conditional && usedElsewhere(View, G, E))
    return Why{"guard-conditional",
               fmt::format("'{}' is taken on some paths only and used by name, "
                           "so moving it up would change what it means",
                           G.Var->getNameAsString())};
  const auto At = insertionPoint(View, E);
  if (std::holds_alternative<Why>(At))
    return std::get<Why>(At);
  const unsigned Offset = std::get<unsigned>(At);
  LockCode Names;
  Names.Arguments = View.text(G.Statement);
  for (const ValueDecl *Var : View.locals(G.Statement))
    if (Var != G.Var)
      Names.Uses.push_back(Var);
  if (const auto Problem =
          settleKey(View, Names, Offset, View[G.Statement].End))
    return *Problem;
  // In its own block it lives to the end, as it did; taken out of an inner
  // one it must not live over more suspensions than before.
  std::variant<Form, Why> Chosen = Form::ToEndOfBlock;
  if (Conditional)
    Chosen = chooseForm(View, E, true);
  if (std::holds_alternative<Why>(Chosen))
    return std::get<Why>(Chosen);
  const Piece Taken = declarationAt(View, G.Statement, Offset);
  const auto &Old = Taken.Gone;
  if (!Old)
    return Why{"macro-body", "the guard's declaration comes out of a macro"};
  if (Offset >= View[G.Statement].Begin)
    return Why{"guard-conditional",
               fmt::format("'{}' is taken before the first read already, but "
                           "not for all that follows",
                           G.Var->getNameAsString())};
  std::vector<Edit> Edits =
      guardEdits(View, E, std::get<Form>(Chosen), Offset, Taken.Text,
                 G.Var->getNameAsString() + ".unlock();");
  // What a block of its own indents anew is not there any more.
  llvm::erase_if(Edits, [&](const Edit &Each) {
    return Old->Begin <= Each.Offset && Each.Offset < Old->End &&
           Each.Length == 0;
  });
  Edits.push_back({View.file(), Old->Begin, Old->End - Old->Begin, ""});
  llvm::sort(Edits);
  return formatted(Edits, View, beginOf(View, E), endOf(View, E));
}

static std::variant<FixPlan, Why> planFor(const FunctionFixes &Fixes,
                                          const LateGuard &G) {
  const FunctionView &View = Fixes.View;
  const Finding &First = Fixes.Findings[G.Findings.front()];
  for (const unsigned Index : G.Findings)
    if (const auto Problem = obstacleTo(Fixes.Findings, Fixes.Findings[Index]))
      return *Problem;
  const auto E =
      findExtent(View, G.Reads, G.Suspensions, G.Modifies, memberName(First));
  if (std::holds_alternative<Why>(E))
    return std::get<Why>(E);
  auto Edits = moved(View, G, std::get<Extent>(E));
  if (std::holds_alternative<Why>(Edits))
    return std::get<Why>(Edits);
  FixPlan Plan;
  Plan.Strategy = "move-guard-up";
  Plan.Description =
      fmt::format("take '{}' before '{}' is first read in '{}'",
                  G.Var->getNameAsString(), First.State.Member, First.Function);
  Plan.Repairs = G.Findings;
  llvm::sort(Plan.Repairs);
  Plan.Needs = companionsOf(Fixes.Findings, Plan.Repairs);
  Plan.Edits = std::get<std::vector<Edit>>(Edits);
  return Plan;
}

void fixByMovingGuardUp(FunctionFixes &Fixes) {
  const FunctionView &View = Fixes.View;
  std::vector<LateGuard> Guards;
  for (const unsigned Index : Fixes.Open) {
    const Finding &F = Fixes.Findings[Index];
    for (const SourceSpan &Acquired : F.Extent.LateGuards) {
      const auto G = guardAt(View, Acquired);
      // A lock of threads must not be held over a suspension.
      if (!G || (!View.suspends(G->Statement) && !F.Extent.Suspensions.empty()))
        continue;
      auto Known = llvm::find_if(Guards, [&](const LateGuard &Other) {
        return Other.Statement == G->Statement;
      });
      if (Known == Guards.end())
        Known = Guards.insert(Guards.end(), *G);
      addFinding(*Known, F, Index);
      break;
    }
  }
  for (const LateGuard &G : Guards) {
    auto Plan = planFor(Fixes, G);
    for (const unsigned Index : G.Findings) {
      if (std::holds_alternative<Why>(Plan))
        Fixes.refuse(Index, std::get<Why>(Plan),
                     fmt::format("{} // before line {}", View.text(G.Statement),
                                 G.Reads.empty() ? 0 : G.Reads.front().Line));
      else
        Fixes.close(Index);
    }
    if (std::holds_alternative<FixPlan>(Plan))
      Fixes.Result.Plans.push_back(std::get<FixPlan>(std::move(Plan)));
  }
}

} // namespace interlock
