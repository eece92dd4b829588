// The fix for a reference or pointer to what a shared_ptr member owns: a copy
// of the shared_ptr keeps the object alive over the suspension.
//
//     Session &s = *session_;              const auto kept = session_;
//     co_await s.send(order);              Session &s = *kept;
//     s.count += 1;                        co_await s.send(order);
//                                          s.count += 1;
//
//     co_await sessions_.at(id)->run();    const auto kept = sessions_.at(id);
//                                          co_await kept->run();
#include "rewriters/base/Format.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

static bool isSharedPtr(QualType Type) {
  const auto *Record = Type.getNonReferenceType()->getAsCXXRecordDecl();
  return Record && Record->getDeclName().isIdentifier() &&
         Record->getName() == "shared_ptr" && Record->isInStdNamespace();
}

/// Whether an expression of an owner can be evaluated before the statement that
/// it stands in: a member, or an element that is looked up.
static bool evaluatesEarly(const FunctionView &View, int I) {
  const auto *E = cast<Expr>(View[I].S);
  if (const auto *Access = dyn_cast<MemberExpr>(E))
    return isa<FieldDecl>(Access->getMemberDecl()) && repeatable(View, I);
  const auto *Call = dyn_cast<CallExpr>(E);
  const auto *Method =
      Call ? dyn_cast_or_null<CXXMethodDecl>(Call->getCalleeDecl()) : nullptr;
  const bool LooksUp = Method && E->isGLValue() &&
                       Method->getParent()->isInStdNamespace() &&
                       (Method->getOverloadedOperator() == OO_Subscript ||
                        (Method->getIdentifier() && Method->getName() == "at"));
  return LooksUp && llvm::all_of(Call->arguments(), [&](const Expr *A) {
           const int At = nodeOf(View, I, A);
           return At < 0 || repeatable(View, At);
         });
}

/// The places that name the shared_ptr that a handle goes through; none if
/// there is more than one such.
static std::vector<int> ownersIn(const FunctionView &View, int Within) {
  std::vector<int> Found;
  const bool Branches = isa<IfStmt>(View[Within].S);
  for (int I = Within; I < static_cast<int>(View.nodes().size()); ++I) {
    const auto *E = dyn_cast<Expr>(View[I].S);
    if (!E || !View.inside(I, Within) || !isa<MemberExpr, CallExpr>(E) ||
        !E->isGLValue() || !isSharedPtr(E->getType()) ||
        (isa<MemberExpr>(E) &&
         !isa<FieldDecl>(cast<MemberExpr>(E)->getMemberDecl())))
      continue;
    if (!evaluatesEarly(View, I) || View[I].BeginInMacro ||
        (Branches && !isa<MemberExpr>(E)) ||
        (!Found.empty() && View.text(I) != View.text(Found.front())))
      return {};
    Found.push_back(I);
  }
  return Found;
}

/// Where a copy of the owner is wanted: the declaration of a handle, or the
/// expression in which the object is called, which nothing of its statement
/// waits before.
static int placeOfCopy(const FunctionView &View, const SourceSpan &Read) {
  const int Statement = statementAt(View, Read);
  if (Statement < 0 || View[Statement].BeginInMacro ||
      !firstOnLine(View.content(), View[Statement].Begin))
    return -1;
  if (isa<DeclStmt, Expr, CoreturnStmt>(View[Statement].S))
    return Statement;
  const auto *If = dyn_cast<IfStmt>(View[Statement].S);
  const int Head = If && !If->getInit() && !If->hasVarStorage()
                       ? nodeOf(View, Statement, If->getCond())
                       : -1;
  if (Head < 0)
    return -1;
  if (View.inside(View.find(Read.Begin, Read.End), Head))
    return Head;
  return !View.suspends(Head) && !If->getElse() && isa<Expr>(If->getThen())
             ? Statement
             : -1;
}

/// The findings that the copy answers: of the handle, and what is done over the
/// wait to the object that a check has found there.
static std::vector<unsigned> repairedByCopy(const FunctionFixes &Fixes,
                                            unsigned Index, int Within) {
  const FunctionView &View = Fixes.View;
  const Finding &F = Fixes.Findings[Index];
  std::vector<unsigned> Result;
  for (const unsigned Other : Fixes.Open) {
    const Finding &O = Fixes.Findings[Other];
    const bool InCall =
        O.Check == "stale-check" && !O.Extent.Suspensions.empty() &&
        llvm::all_of(O.Extent.Suspensions, [&](const SourceSpan &S) {
          return S.File == View.file() && View[Within].Begin <= S.Begin &&
                 S.End <= View[Within].End;
        });
    if (O.Extent.Reads == F.Extent.Reads || InCall)
      Result.push_back(Other);
  }
  return Result;
}

void fixByStrongCopy(FunctionFixes &Fixes) {
  const FunctionView &View = Fixes.View;
  // Copying it while another thread resets it is a race of its own.
  if (Fixes.Opts.ExecutorModel == Executor::MultiThreaded)
    return;
  for (const unsigned Index : Fixes.stillOpen()) {
    const Finding &F = Fixes.Findings[Index];
    if (F.Check != "stale-reference" || F.Extent.Reads.empty())
      continue;
    const int Within = placeOfCopy(View, F.Extent.Reads.front());
    const std::vector<int> Owners =
        Within < 0 ? std::vector<int>() : ownersIn(View, Within);
    if (Owners.empty())
      continue;
    const int Statement = statementAt(View, Within);
    const std::string Name = freeName(View, "kept", Fixes.Names);
    const std::string Owner = View.text(Owners.front());
    FixPlan Plan;
    Plan.Strategy = "strong-copy";
    Plan.Description = fmt::format(
        "keep what '{}' owns alive over the wait in '{}'", Owner, F.Function);
    std::vector<Edit> Edits{{View.file(), View[Statement].Begin, 0,
                             fmt::format("const auto {} = {};{}", Name, Owner,
                                         gapBefore(View, Statement))}};
    for (const int At : Owners)
      Edits.push_back(
          {View.file(), View[At].Begin, View[At].End - View[At].Begin, Name});
    Plan.Edits = formatted(std::move(Edits), View, View[Statement].Begin,
                           View[Within].End);
    Plan.Repairs = repairedByCopy(Fixes, Index, Within);
    Fixes.add(std::move(Plan));
  }
}

} // namespace interlock
