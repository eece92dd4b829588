#include "matchers/facts/Branching.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;

namespace interlock {
namespace {

/// A condition of several parts whose value a block has before it branches.
struct Joined {
  const BinaryOperator *Whole = nullptr;
  bool Not = false; ///< the branch is by the opposite
};

const BinaryOperator *logical(const Stmt *S) {
  const auto *B = dyn_cast_or_null<BinaryOperator>(S);
  return B && B->isLogicalOp() ? B : nullptr;
}

/// Found only where the block does nothing else, so that it can be passed by.
Joined joinedIn(const CFGBlock &B) {
  const Stmt *Terminator = B.getTerminatorStmt();
  if (!Terminator || isa<CXXTryStmt>(Terminator) || B.succ_size() != 2)
    return {};
  Joined Result;
  llvm::SmallVector<const Stmt *, 4> Steps;
  const auto *E =
      dyn_cast_or_null<Expr>(B.getTerminatorCondition(/*StripParens=*/false));
  while (E && !logical(E)) {
    Steps.push_back(E);
    if (const auto *P = dyn_cast<ParenExpr>(E))
      E = P->getSubExpr();
    else if (const auto *C = dyn_cast<ImplicitCastExpr>(E))
      E = C->getSubExpr();
    else if (const auto *F = dyn_cast<FullExpr>(E))
      E = F->getSubExpr();
    else if (const auto *U = dyn_cast<UnaryOperator>(E);
             U && U->getOpcode() == UO_LNot) {
      Result.Not = !Result.Not;
      E = U->getSubExpr();
    } else
      return {};
  }
  bool Ends = false; // what comes together does so here
  for (const CFGElement &Each : B) {
    const auto S = Each.getAs<CFGStmt>();
    Ends |= S && S->getStmt() == E;
    if (!S || (S->getStmt() != E && !llvm::is_contained(Steps, S->getStmt())))
      return {};
  }
  if (Ends)
    Result.Whole = logical(E);
  return Result;
}

bool isPartOf(const BinaryOperator *Part, const BinaryOperator *Whole) {
  return Whole && (Part == Whole ||
                   isPartOf(Part, logical(Whole->getLHS()->IgnoreParens())) ||
                   isPartOf(Part, logical(Whole->getRHS()->IgnoreParens())));
}

const CFGBlock *successor(const CFGBlock &From, unsigned Way) {
  return (From.succ_begin() + Way)->getReachableBlock();
}

/// Where a way out of a block leads in the end: a part that decides the whole
/// alone makes it what it is itself.
const CFGBlock *target(const CFGBlock &From, unsigned Way) {
  const CFGBlock *At = &From, *To = successor(From, Way);
  while (const BinaryOperator *Part = logical(At->getTerminatorStmt())) {
    const Joined Next = To ? joinedIn(*To) : Joined();
    if (!isPartOf(Part, Next.Whole))
      break;
    const bool Holds = (Way == 0) != Next.Not;
    Way = Holds ? 0 : 1;
    At = std::exchange(To, successor(*To, Way));
  }
  return To;
}

const Expr *lastPart(const BinaryOperator *Whole) {
  const Expr *Last = Whole->getRHS()->IgnoreParens();
  const BinaryOperator *Inner = logical(Last);
  return Inner ? lastPart(Inner) : Last;
}

} // namespace

Branching::Branching(const CFGBlock &From) {
  for (unsigned Way = 0; Way < From.succ_size(); ++Way)
    To.push_back(target(From, Way));
  const Stmt *Terminator = From.getTerminatorStmt();
  if (!Terminator || isa<CXXTryStmt>(Terminator))
    return;
  const Joined J = joinedIn(From);
  // A call that can throw ends its block, and leaves the branch without one.
  Condition = J.Whole ? lastPart(J.Whole) : From.getLastCondition();
  if (!Condition)
    Condition = dyn_cast_or_null<Expr>(From.getTerminatorCondition());
  if (Condition && To.size() == 2 && !isa<SwitchStmt>(Terminator)) {
    Yes = To[J.Not ? 1 : 0];
    No = To[J.Not ? 0 : 1];
  }
}

} // namespace interlock
