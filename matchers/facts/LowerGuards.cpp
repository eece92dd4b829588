#include "matchers/facts/Lowering.h"

#include "clang/AST/Attr.h"

using namespace clang;

namespace interlock {

/// `state.atomic_balance_update().blocking()`, and locks that a guard takes
/// again.
bool Lowering::lowerImmediateLock(const CXXMemberCallExpr *MC) {
  const CXXMethodDecl *MD = MC->getMethodDecl();
  if (!MD || !MD->getIdentifier())
    return false;
  const Expr *Object = MC->getImplicitObjectArgument();
  const llvm::StringRef Method = MD->getName();
  if (Method == "blocking" || Method == "try_now") {
    Value V = valueOf(Object);
    for (PendingLock &L : V.Locks) {
      L.Blocking = Method == "blocking";
      L.Conditional = !L.Blocking;
      acquire(L, MC);
    }
    if (V.Locks.empty())
      return false;
    V.Locks.clear();
    setValue(MC, std::move(V));
    return true;
  }
  // `co_await state.atomic_balance_update().via(executor)`
  if (recordOf(MC->getType()) && !C.Types.guard(MC->getType()))
    if (Value V = valueOf(Object); !V.Locks.empty()) {
      setValue(MC, std::move(V));
      return true;
    }
  const Place P = place(Object);
  const bool Tries = Method.starts_with("try_lock");
  if (P.Var == NoIndex || P.Path ||
      !(Method == "lock" || Method == "relock" || Tries))
    return false;
  const std::optional<GuardType> G = C.Types.guard(objectType(Object));
  if (!G)
    return false;
  PendingLock L;
  L.Again = P.Var;
  L.Mode = G->Mode;
  L.Blocking = true;
  L.Conditional = Tries;
  acquire(L, MC);
  return true;
}

/// Whether a member function is all that the destructor calls.
static bool endsWith(const CXXMethodDecl *MD) {
  const CXXDestructorDecl *End =
      MD ? MD->getParent()->getDestructor() : nullptr;
  const auto *Body =
      End && End->hasBody() ? dyn_cast<CompoundStmt>(End->getBody()) : nullptr;
  const auto *Call = Body && Body->size() == 1
                         ? dyn_cast<CXXMemberCallExpr>(Body->body_front())
                         : nullptr;
  return Call && Call->getMethodDecl() &&
         Call->getMethodDecl()->getCanonicalDecl() == MD->getCanonicalDecl();
}

/// A guard or a manual lock gives back; an assertion says what is held.
bool Lowering::lowerRelease(const CXXMemberCallExpr *MC, llvm::StringRef Name) {
  const CXXMethodDecl *MD = MC->getMethodDecl();
  const Expr *Object = MC->getImplicitObjectArgument();
  // Whoever asserts that a lock is held is called with it held.
  if (MD &&
      (MD->hasAttr<AssertCapabilityAttr>() || C.Words.Asserts.matches(Name))) {
    F.Requires.push_back(lockName(Object, "", nullptr));
    return true;
  }
  const bool Plain = llvm::all_of(
      MC->arguments(), [](const Expr *A) { return isa<CXXDefaultArgExpr>(A); });
  const bool Guard = C.Types.guard(objectType(Object)).has_value();
  const bool Named =
      Plain && (C.Words.Releases.matches(Name) || C.Types.opens(MD) ||
                (Guard && (Name.ends_with_insensitive("release") ||
                           Name.ends_with_insensitive("unlock") ||
                           endsWith(MD) || C.Types.gives(MD))));
  const bool Declared = MD && MD->hasAttr<ReleaseCapabilityAttr>() &&
                        !C.Types.guard(Object->getType());
  if (!Named && !Declared)
    return false;
  const Place P = place(Object);
  Op &R = emit(OpKind::Release, MC);
  R.Text = C.N.text(MC);
  if (const VarDecl *Named = guardVariable(Object))
    R.Var = variable(Named);
  else if (P.Var != NoIndex && C.Types.guard(Object->getType()))
    R.Var = P.Var;
  else
    R.Lock = lockName(Object, "", nullptr);
  return true;
}

/// `std::lock_guard{mutex};`: a guard without a name.
void Lowering::lowerGuardTemporary(const CXXConstructExpr *CE) {
  if (!Discarded.contains(CE) || CE->getNumArgs() == 0 ||
      CE->getConstructor()->isCopyOrMoveConstructor())
    return;
  const std::optional<GuardType> G = C.Types.guard(CE->getType());
  if (!G)
    return;
  Op &Misuse = emit(OpKind::Misuse, CE);
  Misuse.Lock = lockName(CE->getArg(0), "", nullptr);
  Misuse.Text = C.N.text(CE);
}

/// A lock operation that is stored and never awaited.
void Lowering::lowerUnusedLock(const VarDecl *VD, const Value &V) {
  if (VD->isReferenced() || C.Types.guard(VD->getType()))
    return;
  // What a function of the program gives that has called for the lock.
  const QualType Given = firstTypeArgument(VD->getType());
  const bool Task = V.Locks.empty() && C.Types.isTask(VD->getType()) &&
                    !Given.isNull() && C.Types.guard(Given);
  if (!Task && (V.Locks.empty() || V.Locks.front().Blocking ||
                V.Locks.front().Conditional))
    return;
  Op &Misuse = emit(OpKind::Misuse, VD->getInit());
  if (!Task)
    Misuse.Lock = V.Locks.front().Lock;
  Misuse.Text = C.N.text(VD->getInit());
  Misuse.Weak = true;
}

/// Guards that are constructed, moved or deferred.
void Lowering::declareGuard(const VarDecl *VD) {
  if (GuardVars.contains(VD->getCanonicalDecl()) || !VD->getInit() ||
      VD->getType()->isReferenceType())
    return;
  const CXXRecordDecl *R = recordOf(VD->getType());
  std::optional<GuardType> G = C.Types.guard(VD->getType());
  if (!G && R && R->hasAttr<ScopedLockableAttr>())
    G = GuardType{C.N.qualified(R), LockMode::Exclusive, true};
  if (!G)
    return;
  const Expr *Init = VD->getInit()->IgnoreImplicit();
  const auto *Ctor = dyn_cast<CXXConstructExpr>(Init);
  if (!Ctor)
    return;
  GuardVars.insert(VD->getCanonicalDecl());
  if (Ctor->getConstructor()->isMoveConstructor()) {
    const Place From = place(Ctor->getArg(0));
    const Expr *Source = Ctor->getArg(0)->IgnoreParenImpCasts();
    if (const auto *Move = dyn_cast<CallExpr>(Source);
        Move && Move->getNumArgs() == 1) {
      const Place Moved = place(Move->getArg(0));
      if (Moved.Var != NoIndex) {
        Op &M = emit(OpKind::Move, Init);
        M.Var = variable(VD);
        M.Other = Moved.Var;
      }
    } else if (From.Var != NoIndex) {
      Op &M = emit(OpKind::Move, Init);
      M.Var = variable(VD);
      M.Other = From.Var;
    }
    return;
  }
  bool Conditional = false, Deferred = false, Adopts = false;
  for (const Expr *Argument : Ctor->arguments()) {
    const llvm::StringRef Tag = C.N.type(Argument->getType());
    Adopts |= Tag.ends_with("adopt_lock_t");
    Deferred |= Tag == "std::defer_lock_t";
    Conditional |= Tag == "std::try_to_lock_t";
  }
  for (const Expr *Argument : Ctor->arguments()) {
    const CXXRecordDecl *Lock = recordOf(Argument->getType());
    if (!Lock || llvm::StringRef(C.N.qualified(Lock)).ends_with("_lock_t") ||
        isa<CXXDefaultArgExpr>(Argument))
      continue;
    const Expr *Object = Argument->IgnoreParenImpCasts();
    if (const auto *U = dyn_cast<UnaryOperator>(Object);
        U && U->getOpcode() == UO_AddrOf)
      Object = U->getSubExpr();
    // A fiber's mutex lets others run while this one waits for it.
    const bool Yields =
        C.Words.Suspends.matches(C.N.type(Argument->getType()) + "::lock");
    const bool Blocks = G->Blocking || (R && R->hasAttr<ScopedLockableAttr>());
    // What was locked by hand passes to the guard. Where a lock is awaited, a
    // constructor cannot take it.
    if (Adopts || !(Blocks || Yields || Deferred || Conditional))
      emit(OpKind::Release, Init).Lock = lockName(Object, "", nullptr);
    if (Yields && !Deferred && !Conditional && !Adopts) {
      Op &Wait = emit(OpKind::Suspend, Init);
      Wait.Stackful = Wait.Allowed = true;
      Wait.Text = VD->getNameAsString();
    }
    Op A;
    A.Kind = OpKind::Acquire;
    A.At = C.N.span(VD->getSourceRange());
    A.Var = variable(VD);
    A.Lock = lockName(Object, "", nullptr);
    A.Mode = G->Mode;
    A.Blocking = !Yields && Blocks;
    A.Conditional = Conditional;
    A.Text = VD->getNameAsString();
    GuardOf[A.Lock] = A.Var;
    if (Conditional)
      Attempts[VD->getCanonicalDecl()] = std::move(A);
    else
      Current->Ops.push_back(std::move(A));
    if (Deferred)
      emit(OpKind::Release, Init).Var = variable(VD);
  }
}

/// The guard that an expression names, if it is a local one.
const VarDecl *Lowering::guardVariable(const Expr *E) const {
  const auto *D = dyn_cast_or_null<DeclRefExpr>(E ? strip(E) : nullptr);
  const auto *VD = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
  return VD && GuardVars.contains(VD->getCanonicalDecl()) ? VD : nullptr;
}

static bool holdsGuard(QualType T, TypeModel &Types) {
  const QualType Inner = firstTypeArgument(T);
  return Types.isHolder(T) && !Inner.isNull() && Types.guard(Inner);
}

/// A guard in an optional: `held.emplace(mutex_)`, `held = std::move(lock)`,
/// `held.reset()`.
bool Lowering::lowerOptionalGuard(const CallExpr *CE) {
  const auto *MC = dyn_cast<CXXMemberCallExpr>(CE);
  const auto *O = dyn_cast<CXXOperatorCallExpr>(CE);
  const bool Assigns = O && O->getOperator() == OO_Equal;
  if (!MC && !Assigns)
    return false;
  const auto *D = dyn_cast<DeclRefExpr>(
      strip(MC ? MC->getImplicitObjectArgument() : O->getArg(0)));
  const auto *VD = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
  if (!VD || !VD->isLocalVarDecl() || !holdsGuard(VD->getType(), C.Types))
    return false;
  const auto *MD = dyn_cast_or_null<CXXMethodDecl>(CE->getDirectCallee());
  const llvm::StringRef Name =
      MD && MD->getIdentifier() ? MD->getName() : llvm::StringRef();
  if (!Assigns && Name != "emplace" && Name != "reset")
    return false;
  const unsigned First = Assigns ? 1 : 0;
  const Expr *From =
      CE->getNumArgs() > First ? strip(CE->getArg(First)) : nullptr;
  const bool Known = GuardVars.contains(VD->getCanonicalDecl());
  if (!From || isConstant(From)) {
    if (Known)
      emit(OpKind::Release, CE).Var = variable(VD);
    return true;
  }
  if (Known && TargetOf.lookup(From) == VD)
    return true; // taken by the await that stands here
  GuardVars.insert(VD->getCanonicalDecl());
  const auto *Moved = dyn_cast<CallExpr>(From);
  if (const VarDecl *Other = guardVariable(
          Moved && Moved->getNumArgs() == 1 ? Moved->getArg(0) : From)) {
    Op &Move = emit(OpKind::Move, CE);
    Move.Var = variable(VD);
    Move.Other = variable(Other);
  } else if (Name == "emplace") {
    PendingLock L;
    L.Lock = lockName(From, "", nullptr);
    Op &A = emit(OpKind::Acquire, CE);
    A.Var = variable(VD);
    A.Lock = L.Lock;
    A.Text = C.N.text(CE);
    if (const std::optional<GuardType> G =
            C.Types.guard(firstTypeArgument(VD->getType()))) {
      A.Mode = G->Mode;
      A.Blocking = G->Blocking;
    }
  }
  return true;
}

/// Says which lock the result of a function holds.
void Lowering::handOut(Op &Return, const Expr *Result) {
  if (!C.Types.guard(Result->getType()) &&
      !holdsGuard(Result->getType(), C.Types))
    return;
  const Expr *E = strip(Result);
  if (const auto *Move = dyn_cast<CallExpr>(E);
      Move && Move->getNumArgs() == 1 && guardVariable(Move->getArg(0)))
    E = strip(Move->getArg(0));
  if (const VarDecl *VD = guardVariable(E)) {
    Return.Var = variable(VD);
    return;
  }
  const auto Known = Unnamed.find(E);
  if (Known != Unnamed.end()) {
    Return.Weak = true;
    Return.Lock = Known->second.Lock;
    Return.Calls.assign(Known->second.From.begin(), Known->second.From.end());
    return;
  }
  const auto *Made = dyn_cast<CXXConstructExpr>(E);
  if (!Made || Made->getNumArgs() == 0 ||
      Made->getConstructor()->isCopyOrMoveConstructor() ||
      isConstant(Made->getArg(0)))
    return;
  if (C.Types.guard(Made->getArg(0)->getType()))
    return handOut(Return, Made->getArg(0)); // a guard made from a guard
  Return.Weak = true;
  Return.Lock = lockName(Made->getArg(0), "", nullptr);
}

/// `if (m.try_lock())`, `if (!guard) return;`: where the lock is held then.
void Lowering::gainLock(const Expr *Cond, Block &At, unsigned Yes,
                        unsigned No) {
  bool Negated = false;
  Cond = strip(Cond);
  const auto Operand = [](const Expr *E) -> const Expr * {
    if (const auto *U = dyn_cast<UnaryOperator>(E))
      return U->getOpcode() == UO_LNot ? U->getSubExpr() : nullptr;
    const auto *O = dyn_cast<CXXOperatorCallExpr>(E);
    return O && O->getOperator() == OO_Exclaim ? O->getArg(0) : nullptr;
  };
  while (const Expr *Inner = Operand(Cond)) {
    Negated = !Negated;
    Cond = strip(Inner);
  }
  auto Attempt = Attempts.find(Cond);
  std::optional<Op> Again;
  if (Attempt == Attempts.end()) {
    // `guard`, `guard.owns_lock()`, `got`
    if (const auto *MC = dyn_cast<CXXMemberCallExpr>(Cond))
      Cond = strip(MC->getImplicitObjectArgument());
    const auto *D = dyn_cast<DeclRefExpr>(Cond);
    if (!D)
      return;
    Attempt = Attempts.find(D->getDecl()->getCanonicalDecl());
    // `if (!lock) lock.lock();`
    const VarDecl *Guard =
        Attempt == Attempts.end() ? guardVariable(Cond) : nullptr;
    if (Guard) {
      Again.emplace();
      Again->Kind = OpKind::Acquire;
      Again->At = C.N.span(Cond->getSourceRange());
      Again->Var = variable(Guard);
      Again->Lock.Path.Name = "again";
      Again->Text = C.N.text(Cond);
    } else if (Attempt == Attempts.end()) {
      return;
    }
  }
  if (Negated)
    std::swap(Yes, No);
  if (Yes == NoIndex || Yes == No)
    return;
  At.Gains = {Again ? *Again : Attempt->second};
  At.GainsOn = Yes;
}

/// Locks that the declaration says are held: attributes, and guards that are
/// given or were captured.
void Lowering::declareRequirements() {
  const auto Require = [&](const Expr *E) {
    F.Requires.push_back(lockName(E, "", nullptr));
  };
  for (const FunctionDecl *D : FD->redecls())
    for (const auto *A : D->specific_attrs<RequiresCapabilityAttr>())
      for (const Expr *E : A->args())
        Require(E);
  // Which lock a guard holds, the caller knows: any.
  const auto Holds = [&](const VarDecl *Guard) {
    LockName Any;
    Any.Category = "*";
    Any.Path.Base = AccessPath::Root::Parameter;
    Any.Path.Var = variable(Guard);
    F.Requires.push_back(std::move(Any));
  };
  const auto IsGuard = [&](QualType T) {
    const std::optional<GuardType> G = C.Types.guard(T);
    return G && G->Mode == LockMode::Exclusive;
  };
  for (const ParmVarDecl *P : FD->parameters()) {
    const CXXRecordDecl *R = recordOf(P->getType());
    const bool Annotated =
        R && llvm::any_of(R->specific_attrs<AnnotateAttr>(),
                          [](const AnnotateAttr *A) {
                            return A->getAnnotation() == "interlock::guard";
                          });
    if (Annotated || IsGuard(P->getType()))
      Holds(P);
  }
  // `[this, units = std::move(units)] {...}`
  const auto *MD = dyn_cast<CXXMethodDecl>(FD);
  if (MD && MD->getParent()->isLambda())
    for (const LambdaCapture &Each : MD->getParent()->captures())
      if (Each.capturesVariable() && Each.getCaptureKind() == LCK_ByCopy)
        if (const auto *VD = dyn_cast<VarDecl>(Each.getCapturedVar());
            VD && IsGuard(VD->getType()))
          Holds(VD);
}

/// A guard that is handed to what runs later is held until then, and while that
/// runs.
void Lowering::releaseBehind(const LambdaExpr *L) {
  const SourceSpan Whole = C.N.span(L->getSourceRange());
  std::vector<Op> Handed;
  llvm::erase_if(Current->Ops, [&](const Op &O) {
    const bool Within = O.Kind == OpKind::Release &&
                        HandedOn.count(O.At.Begin) && Whole.contains(O.At);
    if (Within)
      Handed.push_back(O);
    return Within;
  });
  Current->Ops.insert(Current->Ops.end(), Handed.begin(), Handed.end());
}

} // namespace interlock
