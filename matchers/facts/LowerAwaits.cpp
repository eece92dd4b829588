#include "matchers/facts/Lowering.h"

#include "clang/AST/Attr.h"

using namespace clang;

namespace interlock {

static const FunctionDecl *calleeOf(const Expr *E) {
  if (!E)
    return nullptr;
  while (true) {
    const Expr *Before = E;
    E = E->IgnoreParenImpCasts();
    if (const auto *W = dyn_cast<FullExpr>(E))
      E = W->getSubExpr();
    else if (const auto *B = dyn_cast<CXXBindTemporaryExpr>(E))
      E = B->getSubExpr();
    else if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(E))
      E = M->getSubExpr();
    if (E == Before)
      break;
  }
  // Symmetric transfer: clang wraps `await_suspend(...)` in `.address()`.
  if (const auto *MC = dyn_cast<CXXMemberCallExpr>(E))
    if (MC->getMethodDecl() && MC->getMethodDecl()->getIdentifier() &&
        MC->getMethodDecl()->getName() == "address")
      return calleeOf(MC->getImplicitObjectArgument());
  const auto *CE = dyn_cast<CallExpr>(E);
  return CE ? CE->getDirectCallee() : nullptr;
}

/// The operand of the only statement of a body, if that is a return.
static const Expr *soleReturn(const FunctionDecl *FD) {
  const FunctionDecl *Definition = nullptr;
  if (!FD->hasBody(Definition)) {
    const FunctionDecl *Pattern = FD->getTemplateInstantiationPattern();
    if (!Pattern || !Pattern->hasBody(Definition))
      return nullptr;
  }
  const auto *Body = dyn_cast<CompoundStmt>(Definition->getBody());
  if (!Body || Body->size() != 1)
    return nullptr;
  const auto *R = dyn_cast<ReturnStmt>(Body->body_front());
  return R ? R->getRetValue() : nullptr;
}

static bool returnsBool(const FunctionDecl *FD, bool Wanted, ASTContext &Ctx) {
  const Expr *Result = FD ? soleReturn(FD) : nullptr;
  if (!Result || Result->isValueDependent() || Result->isTypeDependent())
    return false;
  bool Answer = false;
  return Result->EvaluateAsBooleanCondition(Answer, Ctx) && Answer == Wanted;
}

static bool returnsItsArgument(const FunctionDecl *FD) {
  const Expr *Result = FD ? soleReturn(FD) : nullptr;
  if (!Result)
    return false;
  Result = Result->IgnoreParenImpCasts();
  if (const auto *C = dyn_cast<CXXConstructExpr>(Result);
      C && C->getNumArgs() == 1)
    Result = C->getArg(0)->IgnoreParenImpCasts();
  const auto *D = dyn_cast<DeclRefExpr>(Result);
  return D && isa<ParmVarDecl>(D->getDecl());
}

bool Lowering::neverSuspends(const CoroutineSuspendExpr *E) {
  if (isa<CoyieldExpr>(E))
    return false;
  const Expr *Operand = E->getOperand();
  const Expr *Plain = Operand->IgnoreParenImpCasts();
  if (C.Words.NeverSuspends.matches(C.N.type(Operand->getType())))
    return true;
  if (const FunctionDecl *Callee = calleeOf(Plain))
    if (C.Words.NeverSuspends.matches(C.N.qualified(Callee)))
      return true;
  if (const auto *D = dyn_cast<DeclRefExpr>(Plain))
    if (C.Words.NeverSuspends.matches(C.N.qualified(D->getDecl())))
      return true;
  if (returnsBool(calleeOf(E->getReadyExpr()), true, C.Ctx))
    return true;
  const FunctionDecl *Suspend = calleeOf(E->getSuspendExpr());
  if (!Suspend)
    return false;
  if (Suspend->getReturnType()->isBooleanType())
    return returnsBool(Suspend, false, C.Ctx);
  return !Suspend->getReturnType()->isVoidType() && returnsItsArgument(Suspend);
}

/// The function whose result is awaited, if the operand is a call.
static const FunctionDecl *awaitedCallee(const Expr *Operand) {
  const Expr *Plain = Operand->IgnoreParenImpCasts();
  if (const auto *B = dyn_cast<CXXBindTemporaryExpr>(Plain))
    Plain = B->getSubExpr()->IgnoreParenImpCasts();
  return calleeOf(Plain);
}

bool Lowering::isAllowedUnderGuard(const Expr *Operand) {
  if (C.Words.NoReentry.matches(C.N.type(Operand->getType())))
    return true;
  const FunctionDecl *Callee = awaitedCallee(Operand);
  return Callee && C.Words.NoReentry.matches(C.N.qualified(Callee));
}

bool Lowering::isPeerWait(const Expr *Operand) {
  if (C.Words.PeerWaits.matches(C.N.type(Operand->getType())))
    return true;
  const FunctionDecl *Callee = awaitedCallee(Operand);
  return Callee && !inProgram(Callee) &&
         C.Words.PeerWaits.matches(C.N.qualified(Callee));
}

void Lowering::lowerAwait(const CoroutineSuspendExpr *E) {
  if (!Lowered.insert(E).second)
    return;
  const Expr *Operand = E->getOperand();
  Value V = valueOf(Operand);
  const Expr *Plain = Operand->IgnoreParenImpCasts();
  if (const auto *CE = dyn_cast<CallExpr>(Plain);
      CE && CE->getNumArgs() == 1 && CE->getDirectCallee() &&
      C.Words.Forwards.matches(C.N.qualified(CE->getDirectCallee())))
    Plain = CE->getArg(0)->IgnoreParenImpCasts();
  if (const auto *D = dyn_cast<DeclRefExpr>(Plain))
    if (const auto *VD = dyn_cast<VarDecl>(D->getDecl())) {
      const auto A = AwaitableVars.find(VD->getCanonicalDecl());
      if (A != AwaitableVars.end() && V.Awaitable.empty())
        V.Awaitable = A->second;
    }
  if (V.Locks.empty() && neverSuspends(E)) {
    V.Awaitable.clear();
    setValue(E, std::move(V));
    return;
  }
  // A function of the program that hands out a guard.
  const FunctionDecl *Callee = calleeOf(Operand);
  if (V.Locks.empty() && C.Types.guard(E->getType()) && Callee) {
    PendingLock L;
    const std::optional<GuardType> G = C.Types.guard(E->getType());
    L.Mode = G->Mode;
    if (const auto *CE = dyn_cast<CallExpr>(strip(Operand)))
      L.Lock = lockName(CE, C.N.qualified(Callee), CE);
    else
      L.Lock.Path.Name = C.N.text(Operand);
    V.Locks.push_back(std::move(L));
  }
  Op &Suspend = emit(OpKind::Suspend, E);
  Suspend.Text = C.N.text(E);
  Suspend.Calls.assign(V.Awaitable.begin(), V.Awaitable.end());
  Suspend.Concurrent = V.Concurrent;
  Suspend.Allowed = isAllowedUnderGuard(Operand);
  Suspend.PeerWait = !Suspend.Allowed && isPeerWait(Operand);
  Suspend.Inputs.assign(V.Registers.begin(), V.Registers.end());
  Suspend.Result = fresh();
  const Register Result = Suspend.Result;
  for (PendingLock L : V.Locks) {
    const bool Guard = C.Types.guard(E->getType()).has_value();
    if (L.Result == AcquireResult::Manual && Guard)
      L.Result = AcquireResult::Guard;
    if (L.Result == AcquireResult::Guard && E->getType()->isVoidType())
      L.Result = AcquireResult::Manual;
    acquire(L, E);
  }
  V.Awaitable.clear();
  V.Locks.clear();
  // The outcome of an operation is news; it is computed from what it was
  // given only where that is read on the spot: `x_ = co_await f(x_)`.
  llvm::erase_if(V.Registers, [&](Register R) { return Loaded.contains(R); });
  V.Registers.push_back(Result);
  setValue(E, std::move(V));
}

/// Names the lock that a call takes: category and key for interlock's
/// runtime, the object it is called on otherwise.
LockName Lowering::lockName(const Expr *E, llvm::StringRef Name,
                            const CallExpr *CE) {
  LockName Result;
  const Expr *Object = E;
  if (CE && E == CE) {
    const auto *MC = dyn_cast<CXXMemberCallExpr>(CE);
    Object = MC ? MC->getImplicitObjectArgument() : nullptr;
  }
  const Place P = Object ? place(Object) : Place();
  if (P.Path) {
    Result.Path = *P.Path;
  } else if (P.Var != NoIndex) {
    Result.Path.Base = AccessPath::Root::Local;
    Result.Path.Var = P.Var;
  } else {
    Result.Path.Name = Object ? C.N.text(Object) : Name.str();
  }
  const llvm::StringRef Last = Name.rsplit("::").second;
  if (Name.starts_with("interlock::") && Last.starts_with("atomic_")) {
    llvm::StringRef Category = Last.drop_front(strlen("atomic_"));
    for (const llvm::StringRef Suffix :
         {"_update_until", "_update_for", "_update", "_record_until",
          "_record_for", "_record"})
      if (Category.consume_back(Suffix))
        break;
    Result.Category = Category.str();
    // All categories of one state object; which object is told by the path
    // only where it is not the global one.
    if (CE && CE->getNumArgs() > 0 && !isa<CXXDefaultArgExpr>(CE->getArg(0)))
      Result.Key = key(CE->getArg(0));
    return Result;
  }
  if (CE && E == CE) {
    const FunctionDecl *Callee = CE->getDirectCallee();
    const auto *MD = dyn_cast_or_null<CXXMethodDecl>(Callee);
    if (!MD ||
        !(C.Types.looksLikeMutex(MD->getParent()) || C.Words.acquire(Name)))
      Result.Path = Result.Path.field("lock:" + Last.str());
    if (CE->getNumArgs() > 0 && !isa<CXXDefaultArgExpr>(CE->getArg(0)))
      Result.Key = key(CE->getArg(0));
  }
  return Result;
}

void Lowering::acquire(const PendingLock &L, const Expr *At) {
  const VarDecl *Target = TargetOf.lookup(At);
  if (L.Result == AcquireResult::Guard && !Target) {
    if (Discarded.contains(At)) {
      Op &Misuse = emit(OpKind::Misuse, At);
      Misuse.Lock = L.Lock;
      Misuse.Text = C.N.text(At);
      Misuse.Conditional = L.Conditional;
    }
    return; // held until the end of the full expression at most
  }
  // An attempt whose outcome is stored, or not looked at, holds nothing yet.
  if (L.Conditional &&
      (Discarded.contains(At) || (Target && At->getType()->isBooleanType())))
    return;
  Op &A = emit(OpKind::Acquire, At);
  A.Lock = L.Lock;
  A.Mode = L.Mode;
  A.Blocking = L.Blocking;
  A.Conditional = L.Conditional;
  A.Text = C.N.text(At);
  if (Target) {
    A.Var = variable(Target);
    GuardVars.insert(Target->getCanonicalDecl());
  }
}

/// Locks that the vocabulary does not know, by the shape of their class.
std::optional<PendingLock> Lowering::structuralLock(const CallExpr *CE,
                                                    const CXXMethodDecl *MD) {
  if (!MD->getIdentifier() || !C.Types.looksLikeMutex(MD->getParent()))
    return std::nullopt;
  const std::string Lower = MD->getName().lower();
  const llvm::StringRef Name(Lower);
  if (!(Name.contains("lock") || Name.contains("acquire")) ||
      Name.contains("unlock") || Name.starts_with("is_") ||
      Name.starts_with("locked"))
    return std::nullopt;
  PendingLock L;
  L.Lock = lockName(CE, C.N.qualified(MD), CE);
  const std::optional<GuardType> G = C.Types.guard(CE->getType());
  L.Mode = Name.contains("shared") || Name.contains("read") ? LockMode::Shared
           : Name.contains("acquire")                       ? LockMode::Counted
                                      : LockMode::Exclusive;
  L.Result = CE->getType()->isVoidType() || CE->getType()->isBooleanType()
                 ? AcquireResult::Manual
                 : AcquireResult::Guard;
  L.Blocking = CE->getType()->isVoidType();
  L.Conditional = Name.starts_with("try");
  if (G)
    L.Mode = G->Mode;
  return L;
}

static bool isAwaitable(QualType T) {
  const CXXRecordDecl *R = recordOf(T);
  if (!R || !(R = R->getDefinition()))
    return false;
  for (const CXXMethodDecl *M : R->methods()) {
    if (M->getIdentifier() && M->getName() == "await_ready")
      return true;
    if (M->getOverloadedOperator() == OO_Coawait)
      return true;
  }
  for (const CXXBaseSpecifier &B : R->bases())
    if (isAwaitable(B.getType()))
      return true;
  return false;
}

/// Lock operations, and what hands them on. True if the call was one.
bool Lowering::lowerLockCall(const CallExpr *CE, llvm::StringRef Name) {
  const FunctionDecl *Callee = CE->getDirectCallee();
  const auto *MD = dyn_cast<CXXMethodDecl>(Callee);
  const auto *MC = dyn_cast<CXXMemberCallExpr>(CE);
  // `state.atomic_balance_update().blocking()`
  if (MC && MD->getIdentifier() && MD->getName() == "blocking") {
    Value V = valueOf(MC->getImplicitObjectArgument());
    if (!V.Locks.empty()) {
      for (PendingLock &L : V.Locks) {
        L.Blocking = true;
        acquire(L, CE);
      }
      V.Locks.clear();
      setValue(CE, std::move(V));
      return true;
    }
  }
  // A guard or a manual lock gives back.
  if (MC &&
      llvm::all_of(CE->arguments(),
                   [](const Expr *A) { return isa<CXXDefaultArgExpr>(A); }) &&
      (C.Words.Releases.matches(Name) ||
       (C.Types.guard(objectType(MC->getImplicitObjectArgument())) &&
        (llvm::StringRef(Name).ends_with_insensitive("release") ||
         llvm::StringRef(Name).ends_with_insensitive("unlock"))))) {
    const Place P = place(MC->getImplicitObjectArgument());
    Op &R = emit(OpKind::Release, CE);
    R.Text = C.N.text(CE);
    const auto *Guard = dyn_cast<DeclRefExpr>(
        MC->getImplicitObjectArgument()->IgnoreParenImpCasts());
    const auto *VD = Guard ? dyn_cast<VarDecl>(Guard->getDecl()) : nullptr;
    if (P.Var != NoIndex &&
        (C.Types.guard(MC->getImplicitObjectArgument()->getType()) ||
         (VD && GuardVars.contains(VD->getCanonicalDecl()))))
      R.Var = P.Var;
    else
      R.Lock = lockName(MC->getImplicitObjectArgument(), "", nullptr);
    return true;
  }
  if (MD)
    if (const auto *A = MD->getAttr<ReleaseCapabilityAttr>();
        A && MC && !C.Types.guard(MC->getImplicitObjectArgument()->getType())) {
      Op &R = emit(OpKind::Release, CE);
      R.Text = C.N.text(CE);
      R.Lock = lockName(MC->getImplicitObjectArgument(), "", nullptr);
      return true;
    }
  // unique_lock::lock() on a guard variable takes its lock again.
  if (MC && C.N.type(MC->getImplicitObjectArgument()->getType()) ==
                "std::unique_lock") {
    const Place P = place(MC->getImplicitObjectArgument());
    if (P.Var != NoIndex && MD->getIdentifier() && MD->getName() == "lock") {
      Op &A = emit(OpKind::Acquire, CE);
      A.Var = P.Var;
      A.Blocking = true;
      A.Lock.Path.Base = AccessPath::Root::Opaque;
      A.Lock.Path.Name = "again"; // the analysis knows which lock it was
      A.Text = C.N.text(CE);
      return true;
    }
    return false;
  }
  std::vector<PendingLock> Locks;
  const AcquireCall *Known = C.Words.acquire(Name);
  if (Known && Name.ends_with("::atomic_update")) {
    for (const Expr *Argument : CE->arguments()) {
      PendingLock L;
      L.Lock = lockName(CE, Name, nullptr);
      // `balance`, `position(symbol)`, `position(account, symbol)`.
      const Expr *Named = strip(Argument);
      if (const auto *Keyed = dyn_cast<CXXOperatorCallExpr>(Named);
          Keyed && Keyed->getOperator() == OO_Call) {
        L.Lock.Key = key(Keyed->getArg(Keyed->getNumArgs() - 1));
        Named = strip(Keyed->getArg(0));
      } else if (const auto *Call = dyn_cast<CallExpr>(Named);
                 Call && Call->getNumArgs() > 0) {
        L.Lock.Key = key(Call->getArg(Call->getNumArgs() - 1));
        Named = strip(Call->getCallee());
      }
      if (const auto *D = dyn_cast<DeclRefExpr>(Named))
        L.Lock.Category = D->getDecl()->getNameAsString();
      if (L.Lock.Category == "trade_record")
        L.Lock.Category = "trade";
      Locks.push_back(std::move(L));
    }
  } else if (Known) {
    PendingLock L;
    L.Result = Known->Result;
    L.Mode = Known->Mode;
    L.Blocking = Known->Blocking;
    L.Conditional = Known->Conditional;
    const Expr *Object =
        Known->LockArgument >= 0 &&
                unsigned(Known->LockArgument) < CE->getNumArgs()
            ? CE->getArg(Known->LockArgument)
            : (MC ? MC->getImplicitObjectArgument() : nullptr);
    L.Lock = Known->LockArgument >= 0 ? lockName(Object, Name, nullptr)
                                      : lockName(CE, Name, CE);
    if (L.Mode == LockMode::Counted && Object) {
      const Expr *Plain = Object->IgnoreParenImpCasts();
      const ValueDecl *Semaphore = nullptr;
      if (const auto *ME = dyn_cast<MemberExpr>(Plain))
        Semaphore = ME->getMemberDecl();
      else if (const auto *D = dyn_cast<DeclRefExpr>(Plain))
        Semaphore = D->getDecl();
      Expr::EvalResult Units;
      const bool OneUnit =
          Known->UnitsArgument < 0 ||
          unsigned(Known->UnitsArgument) >= CE->getNumArgs() ||
          (CE->getArg(Known->UnitsArgument)->EvaluateAsInt(Units, C.Ctx) &&
           Units.Val.getInt() == 1);
      if (Semaphore && OneUnit && C.Types.hasOnePermit(Semaphore))
        L.Mode = LockMode::Exclusive;
    }
    Locks.push_back(std::move(L));
  } else if (MD && MC) {
    if (const auto *A = MD->getAttr<AcquireCapabilityAttr>()) {
      PendingLock L;
      L.Result = AcquireResult::Manual;
      L.Mode = A->isShared() ? LockMode::Shared : LockMode::Exclusive;
      L.Blocking =
          !isAwaitable(CE->getType()) && !C.Types.isTask(CE->getType());
      L.Lock = lockName(MC->getImplicitObjectArgument(), "", nullptr);
      Locks.push_back(std::move(L));
    } else if (auto L = structuralLock(CE, MD)) {
      if (L->Mode == LockMode::Counted) {
        const auto *ME = dyn_cast<MemberExpr>(
            MC->getImplicitObjectArgument()->IgnoreParenImpCasts());
        if (ME && C.Types.hasOnePermit(ME->getMemberDecl()))
          L->Mode = LockMode::Exclusive;
      }
      Locks.push_back(std::move(*L));
    }
  }
  if (Locks.empty())
    return false;
  Value V;
  V.Locks = Locks;
  const bool Awaited =
      isAwaitable(CE->getType()) || C.Types.isTask(CE->getType());
  if (Locks.front().Result == AcquireResult::Callable) {
    // with_lock(lock, callable): taken, run, given back, in this order.
    Op &Wait = emit(OpKind::Suspend, CE);
    Wait.Text = C.N.text(CE->getCallee());
    Wait.Stackful = true;
    Op &A = emit(OpKind::Acquire, CE);
    A.Lock = Locks.front().Lock;
    A.Mode = Locks.front().Mode;
    A.Text = C.N.text(CE->getCallee());
    for (const Expr *Argument : CE->arguments())
      if (const LambdaExpr *L = lambdaOf(Argument)) {
        CallSite S = closure(L);
        Op &Call = emit(OpKind::Call, CE);
        Call.Result = fresh();
        Call.Calls.push_back(std::move(S));
      }
    Op &R = emit(OpKind::Release, CE);
    R.Lock = Locks.front().Lock;
    R.Text = C.N.text(CE->getCallee());
    V.Locks.clear();
    setValue(CE, std::move(V));
    return true;
  }
  if (Awaited) {
    if (Discarded.contains(CE) && !Locks.front().Blocking) {
      Op &Misuse = emit(OpKind::Misuse, CE);
      Misuse.Lock = Locks.front().Lock;
      Misuse.Text = C.N.text(CE);
      Misuse.Weak = true; // never awaited
    }
    setValue(CE, std::move(V));
    return true;
  }
  for (const PendingLock &L : Locks)
    acquire(L, CE);
  V.Locks.clear();
  setValue(CE, std::move(V));
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
  if (V.Locks.empty() || V.Locks.front().Blocking ||
      V.Locks.front().Conditional || VD->isReferenced())
    return;
  if (C.Types.guard(VD->getType()))
    return;
  Op &Misuse = emit(OpKind::Misuse, VD->getInit());
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
  bool Conditional = false, Deferred = false;
  for (const Expr *Argument : Ctor->arguments()) {
    const llvm::StringRef Tag = C.N.type(Argument->getType());
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
    Op &A = emit(OpKind::Acquire, Init);
    A.At = C.N.span(VD->getSourceRange());
    A.Var = variable(VD);
    A.Lock = lockName(Object, "", nullptr);
    A.Mode = G->Mode;
    A.Blocking = G->Blocking || (R && R->hasAttr<ScopedLockableAttr>());
    A.Conditional = Conditional;
    A.Text = VD->getNameAsString();
    if (Deferred)
      emit(OpKind::Release, Init).Var = variable(VD);
  }
}

} // namespace interlock
