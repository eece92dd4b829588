#include "rewriters/base/AwaitedCalls.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/AST/StmtCXX.h"

#include "llvm/ADT/DenseSet.h"

namespace interlock {

using namespace clang;

namespace {

/// Collects what names a function, or is a closure of it, and what of that is
/// a call that is awaited.
class CallSearch : public RecursiveASTVisitor<CallSearch> {
public:
  explicit CallSearch(const FunctionDecl &Function)
      : Function(Function.getCanonicalDecl()) {
    const auto *Method = dyn_cast<CXXMethodDecl>(&Function);
    if (Method && Method->getParent()->isLambda())
      Closure = Method->getParent()->getCanonicalDecl();
  }
  bool shouldVisitTemplateInstantiations() const { return true; }

  bool VisitExpr(const Expr *E) {
    if (isa<DeclRefExpr, MemberExpr, LambdaExpr, CXXThisExpr, CallExpr,
            CXXConstructExpr>(E) &&
        isClosure(E->getType()))
      Closures.push_back(E);
    const auto *Ref = dyn_cast<DeclRefExpr>(E);
    const auto *Access = dyn_cast<MemberExpr>(E);
    if ((Ref && isFunction(Ref->getDecl())) ||
        (Access && isFunction(Access->getMemberDecl())))
      Names.push_back(E);
    return true;
  }
  bool VisitCallExpr(const CallExpr *Call) {
    if (!isFunction(Call->getCalleeDecl()))
      return true;
    Calls.push_back(Call);
    Used.insert(plain(Call->getCallee()));
    if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call))
      allow(Operator->getArg(0));
    if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Call))
      allow(Member->getImplicitObjectArgument());
    return true;
  }
  bool VisitCoawaitExpr(const CoawaitExpr *E) {
    Awaited.insert(plain(E->getOperand()));
    return true;
  }
  bool VisitReturnStmt(const ReturnStmt *S) { return allow(S->getRetValue()); }
  bool VisitVarDecl(const VarDecl *D) {
    return !D->isLocalVarDecl() || !isClosure(D->getType()) ||
           allow(D->getInit());
  }
  bool VisitLambdaExpr(const LambdaExpr *L) {
    auto Init = L->capture_init_begin();
    for (const LambdaCapture &C : L->captures()) {
      if (C.getCaptureKind() == LCK_ByRef)
        allow(*Init);
      ++Init;
    }
    return true;
  }

  bool all() const {
    return !Calls.empty() && llvm::all_of(Calls, [&](const Expr *E) {
      return Awaited.contains(E);
    }) && llvm::all_of(Names, [&](const Expr *E) {
      return Used.contains(E);
    }) && llvm::all_of(Closures, [&](const Expr *E) {
      return Allowed.contains(E);
    });
  }

private:
  bool isFunction(const Decl *D) const {
    const auto *F = dyn_cast_or_null<FunctionDecl>(D);
    return F && F->getCanonicalDecl() == Function;
  }
  bool isClosure(QualType Type) const {
    const auto *Record = Type.getNonReferenceType()->getAsCXXRecordDecl();
    return Closure && Record && Record->getCanonicalDecl() == Closure;
  }
  /// Where an expression stands, a closure stays with whoever calls it.
  bool allow(const Expr *E) {
    while (E) {
      E = plain(E);
      Allowed.insert(E);
      const auto *Made = dyn_cast_or_null<CXXConstructExpr>(E);
      E = Made && Made->getNumArgs() == 1 && isClosure(Made->getType())
              ? Made->getArg(0)
              : nullptr;
    }
    return true;
  }

  const FunctionDecl *Function;
  const CXXRecordDecl *Closure = nullptr;
  std::vector<const Expr *> Calls, Names, Closures;
  llvm::DenseSet<const Expr *> Used, Awaited, Allowed;
};

} // namespace

bool alwaysAwaited(ASTContext &Ctx, const FunctionDecl &Function) {
  const auto *Method = dyn_cast<CXXMethodDecl>(&Function);
  const bool Lambda = Method && Method->getParent()->isLambda();
  if ((!Lambda && Function.isExternallyVisible()) || Function.isTemplated() ||
      (Method && Method->isVirtual()))
    return false;
  CallSearch Search(Function);
  Search.TraverseDecl(Ctx.getTranslationUnitDecl());
  return Search.all();
}

} // namespace interlock
