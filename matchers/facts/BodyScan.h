#pragma once

#include "clang/AST/RecursiveASTVisitor.h"

#include <functional>

namespace interlock {

/// Collects what has to be known of a body before it is lowered in order.
class BodyScan : public clang::RecursiveASTVisitor<BodyScan> {
public:
  bool HasHandler = false;
  std::function<void(const clang::CoroutineSuspendExpr *)> OnAwait;
  std::function<void(const clang::CoreturnStmt *)> OnPromiseCall;
  std::function<void(const clang::VarDecl *, const clang::Expr *)> OnTarget;
  std::function<void(const clang::VarDecl *, const clang::Expr *)> OnReassigned;
  std::function<void(const clang::Expr *)> OnDiscarded;
  std::function<void(const clang::CXXMemberCallExpr *)> OnMemberCall;
  std::function<void(const clang::Stmt *, const clang::Expr *, bool Loop)>
      OnCondition;
  std::function<void(const clang::Expr *, const clang::Expr *)> OnUnsequenced;
  std::function<void(const clang::IfStmt *)> OnIf;

  bool shouldVisitImplicitCode() const { return false; }
  bool TraverseLambdaExpr(clang::LambdaExpr *L) {
    // Captures with initialisers are evaluated here; the body is not.
    for (clang::Expr *Init : L->capture_inits())
      if (Init)
        TraverseStmt(Init);
    return true;
  }
  bool TraverseDecl(clang::Decl *D) {
    return !D || llvm::isa<clang::CXXRecordDecl>(D) ||
           RecursiveASTVisitor::TraverseDecl(D);
  }
  bool VisitCoroutineSuspendExpr(clang::CoroutineSuspendExpr *E) {
    OnAwait(E);
    return true;
  }
  bool VisitCXXTryStmt(clang::CXXTryStmt *) {
    HasHandler = true;
    return true;
  }
  bool VisitCoreturnStmt(clang::CoreturnStmt *S) {
    OnPromiseCall(S);
    return true;
  }
  bool VisitVarDecl(clang::VarDecl *VD) {
    if (VD->getInit())
      OnTarget(VD, VD->getInit());
    return true;
  }
  static const clang::VarDecl *variableOf(const clang::Expr *E) {
    const auto *D =
        llvm::dyn_cast<clang::DeclRefExpr>(E->IgnoreParenImpCasts());
    return D ? llvm::dyn_cast<clang::VarDecl>(D->getDecl()) : nullptr;
  }
  bool VisitBinaryOperator(clang::BinaryOperator *B) {
    if (B->isAssignmentOp()) {
      if (const clang::VarDecl *VD = variableOf(B->getLHS()))
        OnReassigned(VD, B->getRHS());
    } else if (!B->isLogicalOp() && !B->isCommaOp() && !B->isShiftOp()) {
      OnUnsequenced(B->getLHS(), B->getRHS());
    }
    return true;
  }
  bool VisitUnaryOperator(clang::UnaryOperator *U) {
    if (U->isIncrementDecrementOp())
      if (const clang::VarDecl *VD = variableOf(U->getSubExpr()))
        OnReassigned(VD, nullptr);
    return true;
  }
  bool VisitCXXOperatorCallExpr(clang::CXXOperatorCallExpr *O) {
    if (O->isAssignmentOp() || O->getOperator() == clang::OO_PlusPlus ||
        O->getOperator() == clang::OO_MinusMinus) {
      if (const clang::VarDecl *VD = variableOf(O->getArg(0))) {
        const bool Assigns = O->getOperator() == clang::OO_Equal;
        if (Assigns)
          OnTarget(VD, O->getArg(1));
        OnReassigned(VD, Assigns ? O->getArg(1) : nullptr);
      }
    } else if (O->isInfixBinaryOp() && O->getNumArgs() == 2 &&
               O->getOperator() != clang::OO_LessLess &&
               O->getOperator() != clang::OO_GreaterGreater &&
               O->getOperator() != clang::OO_AmpAmp &&
               O->getOperator() != clang::OO_PipePipe &&
               O->getOperator() != clang::OO_Comma) {
      OnUnsequenced(O->getArg(0), O->getArg(1));
    }
    return true;
  }
  bool VisitCXXMemberCallExpr(clang::CXXMemberCallExpr *MC) {
    // `held.emplace(co_await m.lock())` fills an optional guard.
    const clang::CXXMethodDecl *MD = MC->getMethodDecl();
    if (MD && MD->getIdentifier() && MD->getName() == "emplace" &&
        MC->getNumArgs() == 1)
      if (const clang::VarDecl *VD =
              variableOf(MC->getImplicitObjectArgument()))
        OnTarget(VD, MC->getArg(0));
    OnMemberCall(MC);
    return true;
  }
  bool VisitCallExpr(clang::CallExpr *CE) {
    if (llvm::isa<clang::CXXOperatorCallExpr>(CE))
      return true;
    // `if (a > b) std::swap(a, b);`
    const clang::FunctionDecl *Callee = CE->getDirectCallee();
    if (Callee && Callee->getIdentifier() && Callee->getName() == "swap" &&
        CE->getNumArgs() == 2)
      for (unsigned I = 0; I < 2; ++I)
        if (const clang::VarDecl *VD = variableOf(CE->getArg(I)))
          OnReassigned(VD, nullptr);
    for (unsigned I = 0; I + 1 < CE->getNumArgs(); ++I)
      for (unsigned J = I + 1; J < CE->getNumArgs(); ++J)
        OnUnsequenced(CE->getArg(I), CE->getArg(J));
    return true;
  }
  void discard(const clang::Stmt *S) {
    if (const auto *E = llvm::dyn_cast_or_null<clang::Expr>(S))
      OnDiscarded(E);
  }
  bool VisitCompoundStmt(clang::CompoundStmt *B) {
    for (const clang::Stmt *S : B->body())
      discard(S);
    return true;
  }
  bool VisitIfStmt(clang::IfStmt *S) {
    discard(S->getThen());
    discard(S->getElse());
    OnIf(S);
    OnCondition(S, S->getCond(), false);
    return true;
  }
  bool VisitWhileStmt(clang::WhileStmt *S) {
    discard(S->getBody());
    OnCondition(S, S->getCond(), true);
    return true;
  }
  bool VisitDoStmt(clang::DoStmt *S) {
    OnCondition(S, S->getCond(), true);
    return true;
  }
  bool VisitForStmt(clang::ForStmt *S) {
    discard(S->getBody());
    discard(S->getInc());
    OnCondition(S, S->getCond(), true);
    return true;
  }
  bool VisitCXXForRangeStmt(clang::CXXForRangeStmt *S) {
    if (const auto *Range = llvm::dyn_cast_or_null<clang::VarDecl>(
            S->getRangeStmt() ? S->getRangeStmt()->getSingleDecl() : nullptr);
        Range && Range->getInit())
      OnTarget(Range, Range->getInit());
    discard(S->getBody());
    OnCondition(S, S->getCond(), true);
    return true;
  }
  bool VisitSwitchStmt(clang::SwitchStmt *S) {
    OnCondition(S, S->getCond(), false);
    return true;
  }
  bool VisitAbstractConditionalOperator(clang::AbstractConditionalOperator *S) {
    OnCondition(S, S->getCond(), false);
    return true;
  }
};

} // namespace interlock
