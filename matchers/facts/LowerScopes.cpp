#include "matchers/facts/Lowering.h"

using namespace clang;

// Local objects that change state when they are made and when their scope
// ends: `Busy busy(flag_);`, `scope_exit reset([&] { flag_ = false; });`.
namespace interlock {

/// The lambda that a scope's object is made from, also through its maker.
const LambdaExpr *Lowering::exitLambda(const Expr *Init, unsigned Depth) {
  if (const LambdaExpr *L = lambdaOf(Init))
    return L;
  Init = strip(Init);
  llvm::SmallVector<const Expr *, 2> Arguments;
  if (const auto *CE = dyn_cast_or_null<CallExpr>(Init))
    Arguments.append(CE->arg_begin(), CE->arg_end());
  else if (const auto *Made = dyn_cast_or_null<CXXConstructExpr>(Init))
    Arguments.append(Made->arg_begin(), Made->arg_end());
  else if (const auto *List = dyn_cast_or_null<InitListExpr>(Init))
    Arguments.append(List->inits().begin(), List->inits().end());
  for (const Expr *Argument : Arguments)
    if (const LambdaExpr *L =
            Depth < 3 ? exitLambda(Argument, Depth + 1) : nullptr)
      return L;
  return nullptr;
}

/// How a plain expression changes what it designates, and by which value.
namespace {
struct PlainChange {
  const Expr *Target = nullptr;
  const Expr *Source = nullptr; ///< null: in place
  Change How = Change::Relative;
  const Expr *Key = nullptr;
};
} // namespace

static std::optional<PlainChange> plainChange(const Expr *E,
                                              const LoweringContext &C) {
  E = strip(E);
  if (const auto *B = dyn_cast_or_null<BinaryOperator>(E);
      B && B->isAssignmentOp())
    return PlainChange{B->getLHS(), B->getRHS(),
                       B->isCompoundAssignmentOp() ? Change::Relative
                                                   : Change::Assign};
  if (const auto *U = dyn_cast_or_null<UnaryOperator>(E);
      U && U->isIncrementDecrementOp())
    return PlainChange{U->getSubExpr(), nullptr, Change::Relative};
  const auto *CE = dyn_cast_or_null<CallExpr>(E);
  if (!CE || !CE->getDirectCallee())
    return std::nullopt;
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(CE)) {
    if (!O->isAssignmentOp())
      return std::nullopt;
    return PlainChange{O->getArg(0), O->getArg(1),
                       O->getOperator() == OO_Equal ? Change::Assign
                                                    : Change::Relative};
  }
  const auto *MC = dyn_cast<CXXMemberCallExpr>(CE);
  if (!MC) {
    if (CE->getNumArgs() == 2 &&
        C.Words.Exchanges.matches(C.N.qualified(CE->getDirectCallee())))
      return PlainChange{CE->getArg(0), CE->getArg(1), Change::Exchange};
    return std::nullopt;
  }
  const Expr *Object = MC->getImplicitObjectArgument();
  const QualType T = objectType(Object);
  const auto *MD = MC->getMethodDecl();
  if (!MD || MD->isConst() || !MD->getIdentifier() ||
      !(C.Types.isContainer(T) || C.Types.isHolder(T)))
    return std::nullopt;
  const Expr *First = MC->getNumArgs() > 0 ? MC->getArg(0) : nullptr;
  switch (C.Words.effect(MD->getName())) {
  case MethodEffect::Insert:
  case MethodEffect::InsertIfAbsent:
    return PlainChange{Object, nullptr, Change::Insert, First};
  case MethodEffect::Erase:
    return PlainChange{Object, nullptr, Change::Erase, First};
  case MethodEffect::Clear:
    return PlainChange{Object, nullptr, Change::Clear};
  case MethodEffect::Assign:
    return PlainChange{Object, First, Change::Assign};
  case MethodEffect::Exchange:
    return PlainChange{Object, First, Change::Exchange};
  case MethodEffect::Relative:
    return PlainChange{Object, nullptr, Change::Relative};
  default:
    return std::nullopt;
  }
}

/// Emits what a statement in the body of a scope object's constructor or
/// destructor does to state of the function that has the object.
void Lowering::lowerInScope(const Stmt *S, const Stmt *At, bool Undo) {
  if (!S)
    return;
  if (isa<CompoundStmt, IfStmt>(S)) {
    for (const Stmt *Child : S->children())
      lowerInScope(Child, At, Undo);
    return;
  }
  const auto *E = dyn_cast<Expr>(S);
  const std::optional<PlainChange> Plain = E ? plainChange(E, C) : std::nullopt;
  if (!Plain)
    return;
  Place P = place(Plain->Target);
  if (Plain->Key)
    P = elementOf(std::move(P), Plain->Key);
  if (!P.Path || !hasName(*P.Path) ||
      (P.Path->Base == AccessPath::Root::Parameter && P.Path->Steps.empty() &&
       P.Var != NoIndex))
    return;
  Op &M = emit(OpKind::Modify, At);
  M.Path = *P.Path;
  M.How = Plain->How;
  M.Implicit = Undo;
  M.Text = C.N.text(Plain->Target);
  if (Plain->Source && isConstant(Plain->Source)) {
    M.Written = C.N.text(Plain->Source);
    if (M.How == Change::Assign)
      M.How = Change::Constant;
  }
}

/// Remembers what ends with the scope of a local object, and does what its
/// constructor does.
void Lowering::declareScopeObject(const VarDecl *VD) {
  const QualType T = VD->getType();
  const CXXRecordDecl *R = recordOf(T);
  R = R ? R->getDefinition() : nullptr;
  if (!VD->getInit() || T->isReferenceType() || T->isPointerType() || !R ||
      C.Types.guard(T))
    return;
  if (C.Types.atScopeEnd(T) == ScopeEnd::Runs) {
    if (const LambdaExpr *L = exitLambda(VD->getInit(), 0))
      ScopeExits[VD->getCanonicalDecl()] = L;
    return;
  }
  const CXXDestructorDecl *End = R->getDestructor();
  if (!End || !End->hasBody() || C.Types.inSystemHeader(End))
    return;
  const Expr *Made = VD->getInit()->IgnoreImplicit();
  const auto *Ctor = dyn_cast<CXXConstructExpr>(Made);
  if (Ctor ? !Ctor->getConstructor()->hasBody() ||
                 Ctor->getConstructor()->isCopyOrMoveConstructor()
           : !isa<InitListExpr>(Made))
    return;
  ScopeObjects[VD->getCanonicalDecl()] = Made;
  if (Ctor)
    runInScope(Made, Ctor->getConstructor()->getBody(), VD->getInit(), false);
}

/// Runs a body of a scope object's class in terms of this function: its
/// members stand for what the object was made from.
void Lowering::runInScope(const Expr *Made, const Stmt *Body, const Stmt *At,
                          bool Undo) {
  if (Inside)
    return;
  Substitution S;
  const CXXConstructorDecl *Maker = nullptr;
  if (const auto *Ctor = dyn_cast<CXXConstructExpr>(Made)) {
    const FunctionDecl *Definition = nullptr;
    if (!Ctor->getConstructor()->hasBody(Definition))
      return;
    S.Callee = Definition;
    Maker = cast<CXXConstructorDecl>(Definition);
    for (unsigned I = 0; I < Maker->getNumParams() && I < Ctor->getNumArgs();
         ++I)
      S.Arguments[Maker->getParamDecl(I)->getCanonicalDecl()] = Ctor->getArg(I);
    for (const CXXCtorInitializer *Init : Maker->inits())
      if (const FieldDecl *Field = Init->getMember())
        S.Fields[Field] = Init->getInit();
  } else if (const auto *List = dyn_cast<InitListExpr>(Made)) {
    unsigned I = 0;
    for (const FieldDecl *Field : recordOf(List->getType())->fields())
      if (I < List->getNumInits())
        S.Fields[Field] = List->getInit(I++);
  }
  Inside = &S;
  if (Maker && !Undo)
    for (const CXXCtorInitializer *Init : Maker->inits())
      if (Init->isWritten())
        lowerInScope(Init->getInit(), At, Undo);
  lowerInScope(Body, At, Undo);
  Inside = nullptr;
}

/// What a member of `this` was made from, inside a scope object.
const Expr *Lowering::madeFrom(const MemberExpr *ME) const {
  const auto *Field = dyn_cast<FieldDecl>(ME->getMemberDecl());
  return Inside && Field &&
                 isa<CXXThisExpr>(ME->getBase()->IgnoreParenImpCasts())
             ? Inside->Fields.lookup(Field)
             : nullptr;
}

/// What happens where the scope of a local object ends.
void Lowering::leaveScope(const VarDecl *VD, const Stmt *At) {
  VD = VD->getCanonicalDecl();
  if (const auto Exit = ScopeExits.find(VD); Exit != ScopeExits.end()) {
    CallSite S = closure(Exit->second);
    Op &Call = emit(OpKind::Call, At);
    Call.At = C.N.span(VD->getSourceRange());
    Call.Implicit = true;
    Call.Text = VD->getNameAsString();
    Call.Result = fresh();
    Call.Calls.push_back(std::move(S));
  } else if (const auto Object = ScopeObjects.find(VD);
             Object != ScopeObjects.end()) {
    const CXXRecordDecl *R = recordOf(VD->getType())->getDefinition();
    runInScope(Object->second, R->getDestructor()->getBody(), At,
               /*Undo=*/true);
  }
}

/// What a statement does, and what ends with it.
void Lowering::lower(const Stmt *S) {
  lowerStatement(S);
  const auto Ends = EndsBehind.find(S);
  if (Ends == EndsBehind.end())
    return;
  for (const LockName &Lock : Ends->second)
    emit(OpKind::Release, S).Lock = Lock;
  EndsBehind.erase(Ends);
}

/// Whether all that a call in a loop is given lives in the same round of that,
/// so that the call of the next round knows nothing of it:
/// `for (...) { desk d; clerk(d); run(d); }`
bool Lowering::isOfOneRound(const CallExpr *CE) {
  const Stmt *Loop = CE;
  while (Loop &&
         !isa<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt, LambdaExpr>(Loop))
    Loop = parents().getParent(Loop);
  if (!Loop || isa<LambdaExpr>(Loop))
    return false;
  const SourceManager &Sources = C.Ctx.getSourceManager();
  bool Any = false;
  llvm::SmallVector<const Stmt *, 16> Work(CE->child_begin(), CE->child_end());
  while (!Work.empty()) {
    const Stmt *S = Work.pop_back_val();
    if (!S)
      continue;
    if (isa<CXXThisExpr, LambdaExpr>(S))
      return false;
    if (const auto *Value = dyn_cast<ImplicitCastExpr>(S);
        Value && Value->getCastKind() == CK_LValueToRValue &&
        Value->getType()->isArithmeticType())
      continue;
    if (const auto *D = dyn_cast<DeclRefExpr>(S))
      if (const auto *VD = dyn_cast<VarDecl>(D->getDecl())) {
        if (VD->getType()->isReferenceType() ||
            C.Types.isPointerLike(VD->getType()) ||
            !Sources.isPointWithin(VD->getLocation(), Loop->getBeginLoc(),
                                   Loop->getEndLoc()))
          return false;
        Any = true;
      }
    Work.append(S->child_begin(), S->child_end());
  }
  return Any;
}

} // namespace interlock
