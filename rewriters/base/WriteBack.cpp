#include "rewriters/base/WriteBack.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/DeclFriend.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

namespace interlock {

using namespace clang;

const Expr *bare(const Expr *E) {
  const Expr *Inner = plain(E);
  if (const auto *Copy = dyn_cast_or_null<CXXConstructExpr>(Inner);
      Copy && Copy->getNumArgs() == 1 &&
      Copy->getConstructor()->isCopyOrMoveConstructor())
    return bare(Copy->getArg(0));
  return Inner;
}

static bool hasOperator(QualType Type, OverloadedOperatorKind Kind) {
  const auto *Record = Type->getAsCXXRecordDecl();
  if (!Record || !Record->hasDefinition())
    return false;
  DeclarationName Name =
      Record->getASTContext().DeclarationNames.getCXXOperatorName(Kind);
  if (!Record->getDefinition()->lookup(Name).empty())
    return true;
  return llvm::any_of(Record->getDefinition()->friends(),
                      [&](const FriendDecl *F) {
                        const NamedDecl *D = F->getFriendDecl();
                        return D && D->getDeclName() == Name;
                      });
}

std::optional<WriteBack> writeBack(const FunctionView &View, int Statement) {
  WriteBack W;
  W.Statement = Statement;
  if (W.Statement < 0 || View[W.Statement].BeginInMacro ||
      View[W.Statement].EndInMacro)
    return std::nullopt;
  const Expr *E = plain(View[W.Statement].S), *Value = nullptr;
  if (const auto *Op = dyn_cast_or_null<BinaryOperator>(E);
      Op && Op->getOpcode() == BO_Assign) {
    W.State = Op->getLHS();
    Value = bare(Op->getRHS());
  } else if (const auto *Op = dyn_cast_or_null<CXXOperatorCallExpr>(E);
             Op && Op->getOperator() == OO_Equal && Op->getNumArgs() == 2) {
    W.State = Op->getArg(0);
    Value = bare(Op->getArg(1));
  }
  if (const auto *Op = dyn_cast_or_null<BinaryOperator>(Value);
      Op && (Op->getOpcode() == BO_Add || Op->getOpcode() == BO_Sub)) {
    // Narrowing on the way makes a difference only where the sum does not
    // fit; floating point rounds the same way in both forms.
    if (!W.State->getType()->isIntegerType() &&
        !W.State->getType()->isRealFloatingType())
      return std::nullopt;
    W.Old = bare(Op->getLHS());
    W.Amount = Op->getRHS();
    W.Operator = Op->getOpcode() == BO_Add ? "+=" : "-=";
    return W;
  }
  if (const auto *Op = dyn_cast_or_null<CXXOperatorCallExpr>(Value);
      Op && Op->getNumArgs() == 2 &&
      (Op->getOperator() == OO_Plus || Op->getOperator() == OO_Minus)) {
    const bool Adds = Op->getOperator() == OO_Plus;
    if (!hasOperator(W.State->getType(), Adds ? OO_PlusEqual : OO_MinusEqual))
      return std::nullopt;
    W.Old = bare(Op->getArg(0));
    W.Amount = Op->getArg(1);
    W.Operator = Adds ? "+=" : "-=";
    return W;
  }
  return std::nullopt;
}

bool sameText(const FunctionView &View, const Expr *A, const Expr *B) {
  const int I = nodeOf(View, 0, A), J = nodeOf(View, 0, B);
  return I >= 0 && J >= 0 && View.text(I) == View.text(J);
}

int copyOfState(const FunctionView &View, const WriteBack &W) {
  const auto *Ref = dyn_cast_or_null<DeclRefExpr>(W.Old);
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  const int At = Var ? View.declarationOf(Var) : -1;
  if (At < 0 || Var->getType()->isReferenceType() || !Var->getInit() ||
      !isa<DeclStmt>(View[At].S) ||
      !sameText(View, bare(Var->getInit()), W.State))
    return -1;
  LockCode Names;
  Names.Uses.push_back(Var);
  return settleKey(View, Names, View[At].End, View.end()) ? -1 : At;
}

} // namespace interlock
