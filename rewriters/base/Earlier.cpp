#include "rewriters/base/Earlier.h"
#include "rewriters/base/Extent.h"
#include "rewriters/base/Format.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/StmtCXX.h"

#include <algorithm>

namespace interlock {

using namespace clang;

static bool reachedOnce(const FunctionView &View, int Modify, int Block) {
  for (int I = View[Modify].Parent; I != Block; I = View[I].Parent)
    if (!isa<IfStmt, CompoundStmt>(View[I].S) || View[I].BeginInMacro)
      return false;
  return !isSwitchBody(View, Block);
}

/// The outermost block with a step of its own that suspends behind the reads
/// and before the modify.
static Earlier outermost(const FunctionView &View, int Modify, unsigned Read) {
  Earlier Found{Modify, -1, -1};
  for (int Block = View[Modify].Parent; Block >= 0;
       Block = View[Block].Parent) {
    if (!isa<CompoundStmt>(View[Block].S))
      continue;
    for (const int Child : View[Block].Children) {
      if (View[Child].End > View[Modify].Begin)
        break;
      if (View[Child].Begin >= Read && View.suspends(Child)) {
        Found.Block = Block;
        Found.Step = Child;
        break;
      }
    }
  }
  return Found;
}

/// The locals that hold what the reads have found.
static llvm::SmallVector<const ValueDecl *>
answers(const FunctionView &View, llvm::ArrayRef<SourceSpan> Reads) {
  llvm::SmallVector<const ValueDecl *> Found;
  for (const SourceSpan &R : Reads) {
    const int At = statementAt(View, R);
    const Stmt *S = At < 0 ? nullptr : View[At].S;
    if (const auto *Decls = dyn_cast_or_null<DeclStmt>(S)) {
      for (const Decl *D : Decls->decls())
        if (const auto *Var = dyn_cast<VarDecl>(D))
          Found.push_back(Var);
    } else if (const auto *Op = dyn_cast_or_null<BinaryOperator>(plain(S));
               Op && Op->isAssignmentOp()) {
      if (const auto *Ref = dyn_cast_or_null<DeclRefExpr>(plain(Op->getLHS())))
        Found.push_back(Ref->getDecl());
    }
  }
  return Found;
}

/// What else is worked out from the answers before `End`.
static void addDerived(const FunctionView &View, unsigned End,
                       llvm::SmallVector<const ValueDecl *> &Answers) {
  const auto Holds = [&](int I) {
    return llvm::any_of(View.locals(I), [&](const ValueDecl *Var) {
      return llvm::is_contained(Answers, Var);
    });
  };
  const auto &Nodes = View.nodes();
  for (int I = 0; I < static_cast<int>(Nodes.size()); ++I)
    if (const auto *Decls = dyn_cast<DeclStmt>(Nodes[I].S);
        Decls && Nodes[I].End <= End && Holds(I))
      for (const Decl *D : Decls->decls())
        if (const auto *Var = dyn_cast<VarDecl>(D);
            Var && !llvm::is_contained(Answers, Var))
          Answers.push_back(Var);
}

/// Whether the answer of the check decides only behind the step: what it
/// rejects must not be done before.
static bool decidedLater(const FunctionView &View, const Earlier &E,
                         llvm::ArrayRef<SourceSpan> Reads) {
  auto Answers = answers(View, Reads);
  addDerived(View, View[E.Modify].Begin, Answers);
  const auto Decides = [&](int Condition) {
    return llvm::any_of(View.locals(Condition), [&](const ValueDecl *Var) {
      return llvm::is_contained(Answers, Var);
    });
  };
  for (const Node &N : View.nodes()) {
    const auto *If = dyn_cast<IfStmt>(N.S);
    const auto *Switch = dyn_cast<SwitchStmt>(N.S);
    if ((!If && !Switch) || N.Begin < View[E.Step].Begin ||
        View[E.Modify].Begin <= N.Begin)
      continue;
    const Expr *Condition = If ? If->getCond() : Switch->getCond();
    for (const int Child : N.Children)
      if (View[Child].S == Condition && Decides(Child))
        return true;
  }
  return false;
}

std::optional<Earlier> earlierPlace(const FunctionView &View, const Finding &F,
                                    int Modify) {
  if (Modify < 0 || F.Extent.Modifies.size() != 1 ||
      F.Extent.Suspensions.empty() || F.Extent.Reads.empty() ||
      View[Modify].BeginInMacro || View.suspends(Modify))
    return std::nullopt;
  unsigned Read = View.begin();
  for (const SourceSpan &R : F.Extent.Reads)
    Read = std::max(Read, R.End);
  const Earlier E = outermost(View, Modify, Read);
  if (E.Block < 0 || View[E.Step].BeginInMacro ||
      !firstOnLine(View.content(), View[E.Step].Begin) ||
      !reachedOnce(View, Modify, E.Block))
    return std::nullopt;
  for (const SourceSpan &S : F.Extent.Suspensions)
    if (S.Begin < View[E.Step].Begin || S.End > View[Modify].Begin)
      return std::nullopt;
  if (decidedLater(View, E, F.Extent.Reads))
    return std::nullopt;
  return E;
}

bool mentionedMeanwhile(const FunctionView &View, const Earlier &E,
                        llvm::StringRef Member) {
  const Node &Modify = View[E.Modify];
  const auto Names = [&](unsigned From, unsigned To) {
    return From < To && View.content().slice(From, To).contains(Member);
  };
  if (Names(View[E.Step].Begin, Modify.Begin) ||
      (Modify.Parent != E.Block && Names(Modify.End, View[E.Block].End)))
    return true;
  // A handler further out runs when the change has been undone; it may have
  // been written to do just that.
  for (int I = E.Block; I >= 0; I = View[I].Parent)
    if (isa<CXXTryStmt>(View[I].S))
      for (const int Handler : View[I].Children)
        if (isa<CXXCatchStmt>(View[Handler].S) &&
            Names(View[Handler].Begin, View[Handler].End))
          return true;
  return false;
}

} // namespace interlock
