#include "rewriters/base/EarlyRelease.h"
#include "rewriters/base/Format.h"
#include "rewriters/base/KeyCode.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

namespace interlock {

using namespace clang;

/// Whether the block ends the function: not by a `break`, behind which the
/// extent may go on.
static bool returns(const Stmt *S) {
  if (const auto *Block = dyn_cast<CompoundStmt>(S))
    return !Block->body_empty() && returns(Block->body_back());
  if (const auto *Clean = dyn_cast<ExprWithCleanups>(S))
    return returns(Clean->getSubExpr());
  return isa<CoreturnStmt, CXXThrowExpr>(S);
}

/// Whether nothing of the extent comes behind the statement, or before it in
/// another pass of a loop.
static bool isLast(const FunctionView &View, const Extent &E, int Statement) {
  for (int I = Statement; View[I].Parent != E.Block; I = View[I].Parent) {
    const Node &Parent = View[View[I].Parent];
    if (isa<CompoundStmt>(Parent.S) ? Parent.Children.back() != I
                                    : !isa<IfStmt>(Parent.S))
      return false;
  }
  return View[Statement].End == endOf(View, E);
}

static bool touches(const FunctionView &View, int I,
                    llvm::ArrayRef<const Finding *> Findings) {
  const llvm::StringRef Text = View.content().slice(View[I].Begin, View[I].End);
  return llvm::any_of(Findings, [&](const Finding *F) {
    const auto Within = [&](const SourceSpan &S) {
      return S.File == View.file() && View[I].Begin <= S.Begin &&
             S.End <= View[I].End;
    };
    return Text.contains(memberName(*F)) ||
           llvm::any_of(F->Extent.Reads, Within) ||
           llvm::any_of(F->Extent.Modifies, Within);
  });
}

std::vector<int> releasedBranches(const FunctionView &View, const Extent &E,
                                  llvm::ArrayRef<const Finding *> Findings) {
  std::vector<int> Found;
  for (int I = 0; I < static_cast<int>(View.nodes().size()); ++I) {
    const int If = View[I].Parent;
    if (If < 0 || !isa<IfStmt>(View[If].S) || View[I].Foreign ||
        !isa<CompoundStmt>(View[I].S) || View[I].Children.empty() ||
        View[If].Begin < beginOf(View, E) || View[If].End > endOf(View, E))
      continue;
    const int First = View[I].Children.front();
    if (View.suspends(I) && !View[I].BeginInMacro &&
        !View[First].BeginInMacro &&
        firstOnLine(View.content(), View[First].Begin) &&
        (returns(View[I].S) || isLast(View, E, If)) &&
        View.above<CXXCatchStmt>(I) < 0 && !touches(View, I, Findings))
      Found.push_back(First);
  }
  return Found;
}

} // namespace interlock
