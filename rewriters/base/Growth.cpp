#include "rewriters/base/Growth.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/AST/StmtCXX.h"

namespace interlock {

using namespace clang;

namespace {

/// Counts what names the container, and what of that is harmless.
class Uses : public RecursiveASTVisitor<Uses> {
public:
  explicit Uses(const ValueDecl &Container) : Container(Container) {}

  bool VisitMemberExpr(MemberExpr *E) {
    All += E->getMemberDecl() == &Container;
    return true;
  }
  bool VisitDeclRefExpr(DeclRefExpr *E) {
    All += E->getDecl() == &Container;
    return true;
  }
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr *E) {
    static constexpr llvm::StringLiteral Appending[] = {
        "push_back", "emplace_back", "reserve", "at", "front", "back"};
    const CXXMethodDecl *Method = E->getMethodDecl();
    if (Method && (Method->isConst() ||
                   (Method->getDeclName().isIdentifier() &&
                    llvm::is_contained(Appending, Method->getName()))))
      Harmless += names(E->getImplicitObjectArgument());
    return true;
  }
  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr *E) {
    if (E->getOperator() == OO_Subscript)
      Harmless += names(E->getArg(0));
    return true;
  }
  bool VisitCXXForRangeStmt(CXXForRangeStmt *S) {
    Harmless += names(S->getRangeInit());
    return true;
  }

  bool onlyHarmless() const { return All == Harmless; }

private:
  bool names(const Expr *E) const {
    E = plain(E);
    if (const auto *Access = dyn_cast_or_null<MemberExpr>(E))
      return Access->getMemberDecl() == &Container;
    const auto *Ref = dyn_cast_or_null<DeclRefExpr>(E);
    return Ref && Ref->getDecl() == &Container;
  }

  const ValueDecl &Container;
  unsigned All = 0, Harmless = 0;
};

} // namespace

/// Whether a class has a member function whose body is in another TU.
static bool hasUnseenBody(const CXXRecordDecl &Class) {
  return llvm::any_of(Class.methods(), [](const CXXMethodDecl *M) {
    return M->isUserProvided() && !M->isDefined() && !M->isPureVirtual();
  });
}

bool onlyGrows(ASTContext &Ctx, const ValueDecl &Container) {
  if (const auto *Class = dyn_cast<CXXRecordDecl>(Container.getDeclContext());
      Class && hasUnseenBody(*Class))
    return false;
  Uses Found(Container);
  for (Decl *D : Ctx.getTranslationUnitDecl()->decls())
    if (!Ctx.getSourceManager().isInSystemHeader(D->getLocation()))
      Found.TraverseDecl(D);
  return Found.onlyHarmless();
}

} // namespace interlock
