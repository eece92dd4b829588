#include "rewriters/base/SharedChange.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"

namespace interlock {

using namespace clang;

/// What a step of a path goes on from: `p` of `*p`, `m` of `m.at(k)`.
static const Expr *onwards(const Expr *E, bool &Pointed) {
  if (const auto *Index = dyn_cast<ArraySubscriptExpr>(E))
    return Index->getBase();
  if (const auto *Op = dyn_cast<UnaryOperator>(E);
      Op && Op->getOpcode() == UO_Deref) {
    Pointed = true;
    return Op->getSubExpr();
  }
  if (const auto *Op = dyn_cast<CXXOperatorCallExpr>(E)) {
    const OverloadedOperatorKind Kind = Op->getOperator();
    Pointed |= Kind == OO_Arrow || Kind == OO_Star;
    return Kind == OO_Arrow || Kind == OO_Star || Kind == OO_Subscript
               ? Op->getArg(0)
               : nullptr;
  }
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E))
    return Call->getImplicitObjectArgument();
  return nullptr;
}

/// The member, the global or the reference by which an expression reaches what
/// others can see; null if it stays within the function's own objects.
static const ValueDecl *sharedBehind(const Expr *E) {
  const ValueDecl *Found = nullptr;
  bool Pointed = false;
  for (E = plain(E); E; E = plain(E)) {
    if (isa<CXXThisExpr>(E))
      return Found;
    if (const auto *Access = dyn_cast<MemberExpr>(E)) {
      if (!Found)
        Found = dyn_cast<FieldDecl>(Access->getMemberDecl());
      Pointed |= Access->isArrow();
      E = Access->getBase();
      continue;
    }
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
      const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
      const bool Shared = (Var && Var->hasGlobalStorage()) || Pointed ||
                          isa<BindingDecl>(Ref->getDecl()) ||
                          Ref->getDecl()->getType()->isReferenceType();
      return !Shared ? nullptr : Found ? Found : Ref->getDecl();
    }
    E = onwards(E, Pointed);
  }
  return nullptr;
}

SharedChange changeAt(const FunctionView &View, int I) {
  const Stmt *S = View[I].S;
  if (const Expr *Target = assignedTo(S))
    return {sharedBehind(Target)};
  const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
  const CXXMethodDecl *Method = Call ? Call->getMethodDecl() : nullptr;
  if (!Method || Method->isConst() || Method->isStatic())
    return {};
  const CXXRecordDecl *Class = Method->getParent();
  return {sharedBehind(Call->getImplicitObjectArgument()),
          !Class->isInStdNamespace()};
}

} // namespace interlock
