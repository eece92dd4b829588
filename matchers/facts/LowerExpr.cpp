#include "matchers/facts/Lowering.h"

using namespace clang;

namespace interlock {

Op &Lowering::emit(OpKind Kind, const Stmt *At) {
  Op &Result = Current->Ops.emplace_back();
  Result.Kind = Kind;
  Result.At = C.N.span(At->getSourceRange());
  return Result;
}

static void addRegisters(Value &To, const Value &From) {
  for (const Register R : From.Registers)
    if (!llvm::is_contained(To.Registers, R) && To.Registers.size() < 16)
      To.Registers.push_back(R);
}

static void merge(Value &To, const Value &From) {
  addRegisters(To, From);
  To.Awaitable.append(From.Awaitable.begin(), From.Awaitable.end());
  To.Locks.insert(To.Locks.end(), From.Locks.begin(), From.Locks.end());
  To.Concurrent |= From.Concurrent;
  To.Monotone |= From.Monotone;
}

/// The value of an expression: what lowering it produced, or, for nodes that
/// only hand on, what their operands produced.
Value Lowering::valueOf(const Expr *E) {
  const auto Known = Values.find(E);
  if (Known != Values.end())
    return Known->second;
  Value Result;
  if (const auto *O = dyn_cast<OpaqueValueExpr>(E))
    return O->getSourceExpr() ? valueOf(O->getSourceExpr()) : Result;
  if (isa<LambdaExpr>(E) || isa<DeclRefExpr>(E))
    return Result;
  for (const Stmt *Child : E->children())
    if (const auto *Sub = dyn_cast_or_null<Expr>(Child))
      merge(Result, valueOf(Sub));
  return Result;
}

void Lowering::setValue(const Expr *E, Value V) { Values[E] = std::move(V); }

bool Lowering::isConstant(const Expr *E) const {
  E = E->IgnoreParenImpCasts();
  if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(E))
    return isConstant(M->getSubExpr());
  if (const auto *B = dyn_cast<CXXBindTemporaryExpr>(E))
    return isConstant(B->getSubExpr());
  if (const auto *F = dyn_cast<CXXFunctionalCastExpr>(E))
    return isConstant(F->getSubExpr());
  if (const auto *Ctor = dyn_cast<CXXConstructExpr>(E))
    return llvm::all_of(Ctor->arguments(),
                        [&](const Expr *A) { return isConstant(A); });
  if (const auto *D = dyn_cast<CXXDefaultInitExpr>(E))
    return isConstant(D->getExpr());
  if (const auto *L = dyn_cast<InitListExpr>(E))
    return llvm::all_of(L->inits(),
                        [&](const Expr *A) { return isConstant(A); });
  if (isa<clang::StringLiteral>(E) || isa<CXXDefaultArgExpr>(E) ||
      isa<CXXNullPtrLiteralExpr>(E) || isa<ImplicitValueInitExpr>(E) ||
      isa<CXXScalarValueInitExpr>(E))
    return true;
  if (const auto *D = dyn_cast<DeclRefExpr>(E))
    if (isa<EnumConstantDecl>(D->getDecl()) ||
        D->getDecl()->getNameAsString() == "nullopt")
      return true;
  return !E->isValueDependent() && E->isEvaluatable(C.Ctx);
}

/// The steps from a local object to a part of it: `copy.state`.
std::vector<PathStep> Lowering::partOfLocal(const Expr *E) {
  AccessPath Part;
  llvm::SmallVector<const FieldDecl *, 4> Fields;
  while (true) {
    E = E->IgnoreParenImpCasts();
    const auto *D = dyn_cast<DeclRefExpr>(E);
    if (const auto *B = D ? dyn_cast<BindingDecl>(D->getDecl()) : nullptr) {
      if (!B->getBinding() || B->getHoldingVar())
        return {};
      E = B->getBinding();
      continue;
    }
    if (const auto *VD = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr) {
      if (!VD->hasLocalStorage() || VD->getType()->isReferenceType())
        return {};
      break;
    }
    const auto *ME = dyn_cast<MemberExpr>(E);
    const auto *Field = ME ? dyn_cast<FieldDecl>(ME->getMemberDecl()) : nullptr;
    if (!Field || ME->isArrow() || Field->getType()->isReferenceType() ||
        C.Types.inSystemHeader(Field))
      return {};
    Fields.push_back(Field);
    E = ME->getBase();
  }
  for (const FieldDecl *Field : llvm::reverse(Fields))
    Part = Part.field(C.Types.field(Field));
  return Part.Steps;
}

/// Reads what an expression designates: from shared state, from a variable of
/// this activity, or from both where the variable is shared.
Value Lowering::read(const Expr *E, const Expr *Whole) {
  Value Result;
  Place P = place(E);
  // `wanted < room ? wanted : room`: of locals, each is read.
  if (const auto *Q = dyn_cast<ConditionalOperator>(E->IgnoreParens());
      Q && Q->isGLValue() &&
      !(P.Path && P.Path->Base == AccessPath::Root::Either)) {
    Result = read(Q->getTrueExpr(), Whole);
    merge(Result, read(Q->getFalseExpr(), Whole));
    merge(Result, valueOf(Q->getCond()));
    return Result;
  }
  // A pointer in a list: which one it is, not what it leads to.
  if (P.Via != NoIndex && Lists.contains(DeclarationOf[P.Via]) &&
      C.Types.isBareHandle(E->getType())) {
    P.Path.reset();
    P.Var = std::exchange(P.Via, NoIndex);
  }
  if (P.Var != NoIndex) {
    Op &Load = emit(OpKind::Load, E);
    Load.Var = P.Var;
    if (P.Part)
      Load.Path.Steps = partOfLocal(E);
    Load.Result = fresh();
    Loaded.insert(Load.Result);
    Result.Registers.push_back(Load.Result);
    if (P.Via == P.Var && C.Types.isView(E->getType()))
      emit(OpKind::UseHandle, E).Var = P.Var;
  }
  // The value of a handle is the handle, not what it leads to.
  const bool Handle =
      C.Types.isIterator(E->getType()) ||
      (P.Var != NoIndex && P.Path && P.Path->Base != AccessPath::Root::Shared);
  const bool WholeThis =
      P.Path && P.Path->Steps.empty() && P.Path->Base == AccessPath::Root::This;
  if (P.Path && !Handle && !WholeThis) {
    Op &Read = emit(OpKind::Read, E);
    Read.Path = *P.Path;
    Read.Other = P.Via;
    if (const VarDecl *Keeper = P.Via == NoIndex ? keeperOf(E) : nullptr)
      Read.Other = variable(Keeper);
    Read.Made = P.Made;
    Read.Result = fresh();
    Read.Unsequenced = Unsequenced.contains(E) || Unsequenced.contains(Whole);
    const bool Element = !P.Path->Steps.empty() &&
                         P.Path->Steps.back().What == PathStep::Kind::Element;
    Read.Shape = C.Types.isPointer(E->getType()) ||
                 (Element && C.Types.isPointerLike(E->getType()));
    Read.Extent = isOfLast(E);
    Read.Text = C.N.text(E);
    Result.Registers.push_back(Read.Result);
  }
  // `it = orders_.find(id)`: the handle is what the search has given.
  if (P.Var == NoIndex && (!P.Path || Handle))
    Result = valueOf(E);
  return Result;
}

static const Expr *owningObject(const Expr *Target) {
  // The object whose member is the guarded state: strip element accesses and
  // calls until the first member expression.
  Target = Target->IgnoreParenImpCasts();
  while (true) {
    if (const auto *ME = dyn_cast<MemberExpr>(Target)) {
      if (isa<CXXMethodDecl>(ME->getMemberDecl())) {
        Target = ME->getBase()->IgnoreParenImpCasts();
        continue;
      }
      return ME->getBase();
    }
    if (const auto *MC = dyn_cast<CXXMemberCallExpr>(Target)) {
      Target = MC->getImplicitObjectArgument()->IgnoreParenImpCasts();
      continue;
    }
    if (const auto *O = dyn_cast<CXXOperatorCallExpr>(Target)) {
      Target = O->getArg(0)->IgnoreParenImpCasts();
      continue;
    }
    if (const auto *A = dyn_cast<ArraySubscriptExpr>(Target)) {
      Target = A->getBase()->IgnoreParenImpCasts();
      continue;
    }
    if (const auto *U = dyn_cast<UnaryOperator>(Target)) {
      Target = U->getSubExpr()->IgnoreParenImpCasts();
      continue;
    }
    return nullptr;
  }
}

/// How many steps of the path of a target a local pointer stands for: what the
/// target is a part of is at hand, however it was found.
unsigned Lowering::coveredByHandle(const Expr *Target) {
  for (const Expr *E = strip(Target); E;) {
    const Expr *Next = nullptr;
    if (const auto *ME = dyn_cast<MemberExpr>(E))
      Next = ME->getBase();
    else if (const auto *MC = dyn_cast<CXXMemberCallExpr>(E))
      Next = MC->getImplicitObjectArgument();
    else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E))
      Next = O->getNumArgs() > 0 ? O->getArg(0) : nullptr;
    else if (const auto *U = dyn_cast<UnaryOperator>(E))
      Next = U->getSubExpr();
    else if (const auto *A = dyn_cast<ArraySubscriptExpr>(E))
      Next = A->getBase();
    else if (const auto *D = dyn_cast<DeclRefExpr>(E)) {
      const auto *VD = dyn_cast<VarDecl>(D->getDecl());
      const bool Handle = E != strip(Target) && VD && VD->hasLocalStorage() &&
                          C.Types.isPointerLike(VD->getType());
      const Place P = Handle ? place(D) : Place();
      return P.Path ? P.Path->Steps.size() : 0;
    }
    E = Next ? strip(Next) : nullptr;
  }
  return 0;
}

/// The expression that picks the element which a target is a part of; also
/// where a local refers to it from earlier on.
const Expr *Lowering::keyExpression(const Expr *Target, bool Earlier) {
  for (unsigned Steps = 0; Target && Steps < 16; ++Steps) {
    Target = strip(Target);
    if (const auto *ME = dyn_cast<MemberExpr>(Target)) {
      Target = ME->getBase();
    } else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(Target)) {
      if (O->getOperator() == OO_Subscript)
        return O->getArg(1);
      Target = O->getNumArgs() > 0 ? O->getArg(0) : nullptr;
    } else if (const auto *A = dyn_cast<ArraySubscriptExpr>(Target)) {
      return A->getIdx();
    } else if (const auto *MC = dyn_cast<CXXMemberCallExpr>(Target)) {
      const Expr *Object = MC->getImplicitObjectArgument();
      if (MC->getNumArgs() > 0 && C.Types.isContainer(objectType(Object)))
        return MC->getArg(0);
      Target = Object;
    } else if (const auto *U = dyn_cast<UnaryOperator>(Target)) {
      Target = U->getSubExpr();
    } else if (const auto *D = dyn_cast<DeclRefExpr>(Target)) {
      const auto *VD = dyn_cast<VarDecl>(D->getDecl());
      Target = Earlier && VD && !VD->hasGlobalStorage() ? soleInitializer(VD)
                                                        : nullptr;
    } else {
      return nullptr;
    }
  }
  return nullptr;
}

/// The value of an index or a key.
std::vector<Register> Lowering::valueOfKey(const Expr *Key) {
  Value V = Key ? valueOf(Key) : Value();
  if (Key && V.Registers.empty() && Key->isGLValue())
    if (const Place P = place(Key); P.Var != NoIndex && !P.Path) {
      Op &Load = emit(OpKind::Load, Key);
      Load.Var = P.Var;
      Load.Result = fresh();
      V.Registers.push_back(Load.Result);
    }
  return {V.Registers.begin(), V.Registers.end()};
}

/// What is taken away: `x -= n`, `x.fetch_sub(n)`, `x = x - n`.
const Expr *Lowering::amountTaken(const AccessPath &From, const Expr *Whole) {
  const auto Difference = [](const Expr *E) {
    std::pair<const Expr *, const Expr *> Result;
    if (const auto *B = dyn_cast<BinaryOperator>(E);
        B && B->getOpcode() == BO_Sub)
      Result = {B->getLHS(), B->getRHS()};
    if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E);
        O && O->getOperator() == OO_Minus && O->getNumArgs() == 2)
      Result = {O->getArg(0), O->getArg(1)};
    return Result;
  };
  const Expr *Written = nullptr;
  if (const auto *B = dyn_cast<BinaryOperator>(Whole)) {
    if (B->getOpcode() == BO_SubAssign)
      return B->getRHS();
    Written = B->getOpcode() == BO_Assign ? B->getRHS() : nullptr;
  } else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(Whole);
             O && O->getNumArgs() == 2) {
    if (O->getOperator() == OO_MinusEqual)
      return O->getArg(1);
    Written = O->getOperator() == OO_Equal ? O->getArg(1) : nullptr;
  } else if (const auto *Call = dyn_cast<CXXMemberCallExpr>(Whole);
             Call && Call->getNumArgs() > 0 && Call->getMethodDecl() &&
             Call->getMethodDecl()->getDeclName().isIdentifier() &&
             Call->getMethodDecl()->getName() == "fetch_sub") {
    return Call->getArg(0);
  }
  if (!Written)
    return nullptr;
  const auto [Old, Amount] = Difference(strip(Written));
  return Old && place(strip(Old)).Path == From ? Amount : nullptr;
}

void Lowering::modify(const Place &P, const Expr *Target, const Expr *Whole,
                      Change How, Value V) {
  if (P.Var != NoIndex &&
      !(P.Path && P.Path->Base == AccessPath::Root::Parameter)) {
    Op &Assign = emit(OpKind::Assign, Whole);
    Assign.Var = P.Var;
    // A step of a loop comes whatever was found, unless the loop was left;
    // what others reach as well, they may have assigned for reasons of theirs.
    Assign.Implicit =
        !Stepping && !(P.Path && P.Path->Base == AccessPath::Root::Shared);
    Assign.Weak = P.Part || (How != Change::Assign && How != Change::Constant);
    Assign.Inputs.assign(V.Registers.begin(), V.Registers.end());
  }
  if (!P.Path ||
      (P.Path->Steps.empty() && P.Path->Base == AccessPath::Root::This))
    return;
  if (P.Var != NoIndex && P.Path->Base != AccessPath::Root::Shared &&
      (P.Path->Steps.empty() ? P.Path->Base != AccessPath::Root::Global
                             : isa<DeclRefExpr>(strip(Target))))
    return; // the handle itself changes, not what it refers to
  std::vector<Register> Keys =
      valueOfKey(keyExpression(Target, /*Earlier=*/false));
  const unsigned Covered = coveredByHandle(Target);
  // `high_ = std::max(high_, price)`: not with what it was before a wait. Of an
  // atomic that is a load and a store.
  const bool Settles =
      V.Monotone && !C.N.type(objectType(Target)).starts_with("std::atomic") &&
      llvm::any_of(F.Blocks, [&](const Block &B) {
        return llvm::any_of(B.Ops, [&](const Op &O) {
          return O.Kind == OpKind::Read && O.Path == *P.Path &&
                 llvm::is_contained(V.Registers, O.Result) &&
                 !llvm::is_contained(V.Computed, O.Result);
        });
      });
  const Expr *Amount = amountTaken(*P.Path, Whole);
  const bool Spends = Amount && !isConstant(Amount) &&
                      !C.Types.isPointerLike(Target->getType());
  Op &M = emit(OpKind::Modify, Whole);
  M.Keys = std::move(Keys);
  M.Path = *P.Path;
  M.Other = P.Via;
  M.Made = P.Made;
  M.How = How == Change::Assign && (Settles || fillsUp(*P.Path, Whole))
              ? Change::Validated
              : How;
  M.Inputs.assign(V.Registers.begin(), V.Registers.end());
  M.Covered = Covered;
  M.Spends = Spends;
  M.Text = C.N.text(Target);
  if (const Expr *Object = owningObject(Target)) {
    Object = Object->IgnoreParenImpCasts();
    M.Owner = isa<CXXThisExpr>(Object) ? "this" : C.N.text(Object);
  }
  if (const Expr *Key = keyExpression(Target)) {
    M.KeyText = C.N.text(Key);
    M.KeyAt = C.N.span(Key->getSourceRange());
  }
  noteWay(M, Target, Whole);
}

/// Says of the modify that was emitted last which constant it writes.
void Lowering::noteConstant(const Expr *Source) {
  if (!Current->Ops.empty() && Current->Ops.back().Kind == OpKind::Modify &&
      isConstant(Source))
    Current->Ops.back().Written = C.N.text(Source);
}

void Lowering::lowerAssignment(const Expr *Target, const Expr *Source,
                               Change How, const Expr *Whole) {
  Value V = valueOf(Source);
  if (How == Change::Assign && isConstant(Source) && V.Registers.empty())
    How = Change::Constant;
  const Place P = place(Target);
  // `done_ = done_ || last`
  if (const auto *Both = dyn_cast<BinaryOperator>(strip(Source));
      Both && Both->isLogicalOp() && P.Path &&
      place(strip(Both->getLHS())).Path == P.Path)
    How = Change::Validated;
  if (const auto *D = dyn_cast<DeclRefExpr>(Target->IgnoreParenImpCasts()))
    if (const auto *VD = dyn_cast<VarDecl>(D->getDecl()))
      if (!V.Awaitable.empty())
        AwaitableVars[VD->getCanonicalDecl()] = V.Awaitable;
  if (How == Change::Relative && P.Var != NoIndex) {
    Op &Load = emit(OpKind::Load, Target);
    Load.Var = P.Var;
    Load.Result = fresh();
    V.Registers.push_back(Load.Result);
  }
  modify(P, Target, Whole, How, V);
  noteConstant(Source);
  if (How == Change::Assign && C.Types.isPointerLike(Target->getType())) {
    const bool Keeps = P.Part && C.Types.isBareHandle(Target->getType());
    if (Keeps)
      keepHandle(P, Source);
    else
      rebindHandle(Target, Source);
  }
  V.Awaitable.clear();
  V.Locks.clear();
  setValue(Whole, std::move(V));
}

/// The state that a local object is made a copy of.
AccessPath Lowering::copied(const Expr *Init) {
  const auto *Made = dyn_cast<CXXConstructExpr>(Init->IgnoreImplicit());
  const Expr *From = Made && Made->getNumArgs() == 1 &&
                             Made->getConstructor()->isCopyConstructor()
                         ? Made->getArg(0)
                         : nullptr;
  const Place P = From ? place(From) : Place();
  return P.Path && P.Path->Base != AccessPath::Root::Either ? *P.Path
                                                            : AccessPath();
}

void Lowering::lowerDeclaration(const VarDecl *VD) {
  if (VD->hasGlobalStorage())
    return;
  const unsigned Var = variable(VD);
  const Expr *Init = VD->getInit();
  if (!Init)
    return;
  if (const LambdaExpr *L = lambdaOf(Init))
    LambdaVars[VD->getCanonicalDecl()] = L;
  F.Variables[Var].Unique |=
      !Reassigned.count(VD->getCanonicalDecl()) && isNumberOfItsOwn(Init);
  Value V = valueOf(Init);
  if (!V.Awaitable.empty())
    AwaitableVars[VD->getCanonicalDecl()] = V.Awaitable;
  if (!V.Locks.empty())
    LockVars[VD->getCanonicalDecl()] = V.Locks;
  lowerUnusedLock(VD, V);
  const QualType T = VD->getType();
  const Place P = placeOfVariable(VD);
  if (!T->isReferenceType() || !P.Path) {
    Op &Assign = emit(OpKind::Assign, Init);
    Assign.At = C.N.span(VD->getSourceRange());
    Assign.Var = Var;
    Assign.Inputs.assign(V.Registers.begin(), V.Registers.end());
    Assign.Sum = isSum(Init);
    if (!P.Path && hasParts(T))
      Assign.Path = copied(Init);
  }
  if (P.Path && P.Via == Var)
    bindHandle(VD, *P.Path, Init, C.N.span(VD->getSourceRange()));
  // `auto self = shared_from_this();`
  F.KeepsThis |= P.Path && P.Path->Base == AccessPath::Root::This &&
                 P.Path->Steps.empty() && !T->isReferenceType() &&
                 C.Types.isStrongHolder(T);
}

/// Whether a task comes from a library, which may give it before it is done.
bool Lowering::isUnfinished(const Expr *Task) {
  Task = strip(Task);
  if (const auto *Q = dyn_cast_or_null<ConditionalOperator>(Task))
    return isUnfinished(Q->getTrueExpr()) || isUnfinished(Q->getFalseExpr());
  const auto *CE = dyn_cast_or_null<CallExpr>(Task);
  const FunctionDecl *Callee = CE ? CE->getDirectCallee() : nullptr;
  if (!Callee || !C.Types.isTask(CE->getType()) || inProgram(Callee))
    return false;
  const std::string &Name = C.N.qualified(Callee);
  if (C.Words.Forwards.matches(Name))
    return CE->getNumArgs() > 0 && isUnfinished(CE->getArg(0));
  return !C.Words.NeverSuspends.matches(Name);
}

void Lowering::lowerReturn(const Expr *Result, const Stmt *Whole) {
  Value V;
  if (Result) {
    V = valueOf(Result);
    // The promise copies it.
    if (F.Coroutine && Result->isGLValue())
      for (const Register R : read(Result, Result).Registers)
        if (!llvm::is_contained(V.Registers, R))
          V.Registers.push_back(R);
    // A function that hands on the task of another one: whoever awaits it
    // awaits that other one.
    const auto Waits = [](const PendingLock &L) { return !L.Blocking; };
    if (!F.Coroutine &&
        (!V.Awaitable.empty() || isUnfinished(Result) ||
         (C.Types.isTask(Result->getType()) && llvm::any_of(V.Locks, Waits)))) {
      Op &Tail = emit(OpKind::Suspend, Result);
      Tail.Calls.assign(V.Awaitable.begin(), V.Awaitable.end());
      Tail.Concurrent = V.Concurrent;
      Tail.Text = C.N.text(Result);
      Tail.Stackful = Tail.Chained = true;
      Tail.Result = fresh();
      V.Registers.push_back(Tail.Result);
    }
  }
  if (Result && !HandedOn.empty())
    releaseHandedOn(Result);
  Op &Return = emit(OpKind::Return, Whole);
  Return.Inputs.assign(V.Registers.begin(), V.Registers.end());
  if (Result) {
    Return.Text = C.N.text(Result);
    Return.Conditional = Result->getType()->isBooleanType() ||
                         strip(Result)->getType()->isBooleanType() ||
                         isConstant(Result);
    handOut(Return, Result);
  }
}

void Lowering::lowerStatement(const Stmt *S) {
  if (Machinery.contains(S)) {
    const auto Ready = ReadyOf.find(S);
    if (Ready != ReadyOf.end())
      lowerAwait(Ready->second);
    return;
  }
  if (!Lowered.insert(S).second)
    return;
  if (const auto *D = dyn_cast<DeclStmt>(S)) {
    for (const Decl *Each : D->decls())
      if (const auto *VD = dyn_cast<VarDecl>(Each)) {
        lowerDeclaration(VD);
        declareGuard(VD);
        declareScopeObject(VD);
      }
    return;
  }
  if (const auto *R = dyn_cast<ReturnStmt>(S))
    return lowerReturn(R->getRetValue(), S);
  if (const auto *R = dyn_cast<CoreturnStmt>(S))
    return lowerReturn(R->getOperand(), S);
  if (const auto *A = dyn_cast<CoroutineSuspendExpr>(S))
    return lowerAwait(A);
  if (const auto *CE = dyn_cast<CallExpr>(S))
    return lowerCall(CE);
  if (const auto *Ctor = dyn_cast<CXXConstructExpr>(S))
    return lowerConstruction(Ctor);
  if (const auto *Cast = dyn_cast<ImplicitCastExpr>(S)) {
    if (Cast->getCastKind() == CK_LValueToRValue)
      setValue(Cast, read(Cast->getSubExpr(), Cast));
    return;
  }
  if (const auto *B = dyn_cast<BinaryOperator>(S)) {
    if (B->isCompoundAssignmentOp())
      lowerAssignment(B->getLHS(), B->getRHS(), Change::Relative, B);
    else if (B->isAssignmentOp())
      lowerAssignment(B->getLHS(), B->getRHS(), Change::Assign, B);
    return;
  }
  if (const auto *U = dyn_cast<UnaryOperator>(S)) {
    if (U->isIncrementDecrementOp()) {
      Value V;
      const Place P = place(U->getSubExpr());
      // `next_id_++` hands out what it read.
      if (P.Var != NoIndex || (P.Path && hasName(*P.Path)))
        V = read(U->getSubExpr(), U);
      modify(P, U->getSubExpr(), U, Change::Relative, {});
      setValue(U, std::move(V));
    }
    return;
  }
  if (isa<CXXThrowExpr>(S))
    emit(OpKind::Throw, S);
}

} // namespace interlock
