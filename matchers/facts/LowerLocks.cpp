#include "matchers/facts/Lowering.h"

#include "clang/AST/Attr.h"

using namespace clang;

namespace interlock {

/// Names the lock that a call takes: category and key for interlock's
/// runtime, the object it is called on otherwise.
LockName Lowering::lockName(const Expr *E, llvm::StringRef Name,
                            const CallExpr *CE) {
  LockName Result;
  const Expr *Object = E;
  if (CE && E == CE) {
    const auto *MC = dyn_cast<CXXMemberCallExpr>(CE);
    Object = MC                             ? MC->getImplicitObjectArgument()
             : isa<CXXOperatorCallExpr>(CE) ? CE->getArg(0)
                                            : nullptr;
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
  llvm::StringRef Last = Name.rsplit("::").second;
  if (Name.starts_with("interlock::"))
    Last.consume_front("try_");
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
    if (!MD || !(C.Types.looksLikeMutex(MD->getParent()) ||
                 C.Types.isGate(MD->getParent()) || C.Words.acquire(Name)))
      Result.Path = Result.Path.field("lock:" + Last.str());
    if (CE->getNumArgs() > 0 && !isa<CXXOperatorCallExpr>(CE) &&
        !isa<CXXDefaultArgExpr>(CE->getArg(0)))
      Result.Key = key(CE->getArg(0));
  }
  return Result;
}

ParentMap &Lowering::parents() {
  if (!Parents)
    Parents = std::make_unique<ParentMap>(FD->getBody());
  return *Parents;
}

/// The outermost expression that a temporary lives in and that always comes to
/// its end: not beyond an operand of `&&` or `?:`.
const Expr *Lowering::lastUse(const Expr *Temporary) {
  const Expr *Last = Temporary;
  for (const Stmt *Up = parents().getParent(Temporary); Up;
       Up = parents().getParent(Up)) {
    const auto *E = dyn_cast<Expr>(Up);
    const auto *B = dyn_cast<BinaryOperator>(Up);
    if (!E || isa<LambdaExpr, AbstractConditionalOperator>(E) ||
        (B && B->isLogicalOp()))
      break;
    // What only wraps an expression is not evaluated by itself.
    if (!isa<ParenExpr, FullExpr, MaterializeTemporaryExpr,
             CXXBindTemporaryExpr>(E))
      Last = E;
  }
  return Last;
}

void Lowering::acquire(const PendingLock &L, const Expr *At) {
  if (L.Again != NoIndex) {
    Op A;
    A.Kind = OpKind::Acquire;
    A.At = C.N.span(At->getSourceRange());
    A.Var = L.Again;
    A.Mode = L.Mode;
    A.Blocking = L.Blocking;
    A.Lock.Path.Name = "again"; // the analysis knows which lock it was
    A.Text = C.N.text(At);
    if (L.Conditional)
      Attempts[At] = std::move(A);
    else
      Current->Ops.push_back(std::move(A));
    return;
  }
  const VarDecl *Target = TargetOf.lookup(At);
  if (L.Result == AcquireResult::Guard && !Target) {
    Unnamed[At] = L;
    if (Discarded.contains(At)) {
      Op &Misuse = emit(OpKind::Misuse, At);
      Misuse.Lock = L.Lock;
      Misuse.Text = C.N.text(At);
      Misuse.Conditional = L.Conditional;
    } else if (C.Types.leadsUnderLock(At->getType())) {
      // It leads to what it protects, for as long as it lives.
      Op &Held = emit(OpKind::Acquire, At);
      Held.Lock = L.Lock;
      Held.Mode = L.Mode;
      Held.Blocking = L.Blocking;
      Held.Text = C.N.text(At);
      EndsBehind[lastUse(At)].push_back(L.Lock);
    }
    return; // held until the end of the full expression at most
  }
  Op A;
  A.Kind = OpKind::Acquire;
  A.At = C.N.span(At->getSourceRange());
  A.Lock = L.Lock;
  A.Mode = L.Mode;
  A.Blocking = L.Blocking;
  A.Conditional = L.Conditional;
  A.Text = C.N.text(At);
  A.Calls.assign(L.From.begin(), L.From.end());
  if (Target && !At->getType()->isBooleanType()) {
    A.Var = variable(Target);
    GuardVars.insert(Target->getCanonicalDecl());
  }
  // An attempt holds nothing before its outcome has been looked at.
  if (!L.Conditional)
    Current->Ops.push_back(std::move(A));
  else if (Target)
    Attempts[Target->getCanonicalDecl()] = std::move(A);
  else
    Attempts[At] = std::move(A);
}

/// `cash_.lock()->balance`: the mutex that a class keeps beside its value.
std::optional<PendingLock>
Lowering::lockBesideValue(const CXXMemberCallExpr *MC) {
  const Expr *Object = MC->getImplicitObjectArgument();
  if (!C.Types.leadsUnderLock(MC->getType()))
    return std::nullopt;
  const FieldDecl *Mutex = C.Types.lockOfValue(objectType(Object));
  const std::optional<AccessPath> Path =
      Mutex ? place(Object).Path : std::nullopt;
  if (!Path)
    return std::nullopt;
  const GuardType G = *C.Types.guard(MC->getType());
  PendingLock L;
  L.Lock.Path = Path->field(C.Types.field(Mutex));
  L.Mode = G.Mode;
  L.Blocking = G.Blocking;
  return L;
}

/// Locks that the vocabulary does not know, by the shape of their class.
std::optional<PendingLock>
Lowering::structuralLock(const CXXMemberCallExpr *CE) {
  const CXXMethodDecl *MD = CE->getMethodDecl();
  if (!MD->getIdentifier())
    return std::nullopt;
  // `auto inside = co_await gate.enter()`
  const QualType Given = C.Types.awaitedType(CE->getType());
  if (const auto G = C.Types.gateTaken(Given, MD->getParent())) {
    PendingLock Gate;
    const bool Named = C.Types.isGate(MD->getParent());
    const Expr *First = CE->getNumArgs() > 0 ? CE->getArg(0) : nullptr;
    Gate.Lock = Named ? lockName(CE, C.N.qualified(MD), CE)
                      : lockName(CE->getImplicitObjectArgument(), "", nullptr);
    if (!Named && First && !isa<CXXDefaultArgExpr>(First) &&
        C.Types.waitsByKey(G->Lock))
      Gate.Lock.Key = key(First);
    Gate.Mode = G->Mode;
    return Gate;
  }
  if (std::optional<PendingLock> L = lockBesideValue(CE))
    return L;
  // `auto units = co_await permits_.get_units();`
  if (const std::optional<GuardType> G =
          Given.isNull() ? std::nullopt : C.Types.guard(Given);
      G && C.Types.givesBackTo(recordOf(Given), MD->getParent())) {
    PendingLock Taken;
    Taken.Lock = lockName(CE->getImplicitObjectArgument(), "", nullptr);
    Taken.Mode = G->Mode;
    return Taken;
  }
  // `co_await gate.enter(); ... gate.leave();`
  if (C.Types.shuts(MD)) {
    PendingLock Shut;
    Shut.Lock = lockName(CE->getImplicitObjectArgument(), "", nullptr);
    Shut.Result = AcquireResult::Manual;
    return Shut;
  }
  if (!C.Types.looksLikeMutex(MD->getParent()))
    return std::nullopt;
  const std::string Lower = MD->getName().lower();
  const llvm::StringRef Name(Lower);
  if (!(Name.contains("lock") || Name.contains("acquire")) ||
      Name.contains("unlock") || Name.starts_with("is_") ||
      Name.starts_with("locked"))
    return std::nullopt;
  // `owns_lock()`, `holdsLock()`: a question.
  if (MD->isConst() && CE->getType()->isBooleanType() &&
      !Name.starts_with("try"))
    return std::nullopt;
  PendingLock L;
  L.Lock = lockName(CE, C.N.qualified(MD), CE);
  const std::optional<GuardType> G = C.Types.guard(CE->getType());
  L.Mode = Name.contains("shared") || Name.contains("read") ? LockMode::Shared
           : Name.contains("acquire") && C.Types.countsPermits(MD->getParent())
               ? LockMode::Counted
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

/// `co_await get_units(permits_, 1)`: the lock is what a function is given, by
/// the guard that comes of it.
std::optional<PendingLock> Lowering::lockOfArgument(const CallExpr *CE) {
  const QualType Given = C.Types.awaitedType(CE->getType());
  const std::optional<GateType> G =
      Given.isNull() ? std::nullopt : C.Types.gateOf(recordOf(Given));
  if (!G || C.Types.isTask(CE->getType()))
    return std::nullopt;
  const Expr *Lock = nullptr, *Units = nullptr;
  for (const Expr *Argument : CE->arguments()) {
    const CXXRecordDecl *R = recordOf(Argument->getType());
    if (R && R->getDefinition() == G->Lock)
      Lock = Argument->IgnoreParenImpCasts();
    else if (Argument->getType()->isIntegerType())
      Units = Argument;
  }
  if (const auto *U = dyn_cast_or_null<UnaryOperator>(Lock);
      U && U->getOpcode() == UO_AddrOf)
    Lock = U->getSubExpr();
  if (!Lock)
    return std::nullopt;
  PendingLock L;
  L.Lock = lockName(Lock, "", nullptr);
  L.Mode = G->Mode == LockMode::Counted && takesOnlyPermit(Lock, Units)
               ? LockMode::Exclusive
               : G->Mode;
  return L;
}

/// `atomic_update(balance, position(symbol))`: all of them at once.
std::vector<PendingLock> Lowering::combinedLocks(const CallExpr *CE,
                                                 llvm::StringRef Name) {
  std::vector<PendingLock> Result;
  // The object is that of whoever takes one of them alone.
  const auto *Method = dyn_cast<CXXMemberCallExpr>(CE);
  const Expr *Of = Method ? Method->getImplicitObjectArgument() : nullptr;
  for (const Expr *Argument : CE->arguments()) {
    PendingLock L;
    L.Lock = lockName(Of, Name, nullptr);
    L.Conditional = Name.ends_with("::try_atomic_update");
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
    Result.push_back(std::move(L));
  }
  return Result;
}

/// One permit of a semaphore that has no more excludes like a mutex.
bool Lowering::takesOnlyPermit(const Expr *Semaphore, const Expr *Units) {
  const Expr *Plain = Semaphore->IgnoreParenImpCasts();
  const ValueDecl *Declared = nullptr;
  if (const auto *ME = dyn_cast<MemberExpr>(Plain))
    Declared = ME->getMemberDecl();
  else if (const auto *D = dyn_cast<DeclRefExpr>(Plain))
    Declared = D->getDecl();
  Expr::EvalResult Count;
  return Declared && C.Types.hasOnePermit(Declared) &&
         (!Units || !Units->getType()->isIntegerType() ||
          (Units->EvaluateAsInt(Count, C.Ctx) && Count.Val.getInt() == 1));
}

/// Locks that the vocabulary knows.
PendingLock Lowering::knownLock(const AcquireCall &Known, const CallExpr *CE,
                                llvm::StringRef Name) {
  PendingLock L;
  L.Result = Known.Result;
  L.Mode = Known.Mode;
  L.Blocking = Known.Blocking;
  L.Conditional = Known.Conditional;
  const auto Argument = [&](int Index) {
    return Index >= 0 && unsigned(Index) < CE->getNumArgs() ? CE->getArg(Index)
                                                            : nullptr;
  };
  const Expr *Object = Argument(Known.LockArgument);
  if (const auto *MC = dyn_cast<CXXMemberCallExpr>(CE); MC && !Object)
    Object = MC->getImplicitObjectArgument();
  L.Lock = Known.LockArgument >= 0 ? lockName(Object, Name, nullptr)
                                   : lockName(CE, Name, CE);
  if (L.Mode == LockMode::Counted && Object &&
      takesOnlyPermit(Object, Argument(Known.UnitsArgument)))
    L.Mode = LockMode::Exclusive;
  return L;
}

/// What the only return of a function gives, or of a coroutine once that is
/// awaited.
static const CallExpr *onlyResult(const FunctionDecl *Definition) {
  const CallExpr *Result = nullptr;
  llvm::SmallVector<const Stmt *, 8> Work{Definition->getBody()};
  while (!Work.empty()) {
    const Stmt *S = Work.pop_back_val();
    if (const auto *Coroutine = dyn_cast_or_null<CoroutineBodyStmt>(S))
      S = Coroutine->getBody();
    if (!S || isa<LambdaExpr>(S))
      continue;
    const Expr *Given = nullptr;
    if (const auto *R = dyn_cast<ReturnStmt>(S))
      Given = R->getRetValue();
    else if (const auto *R = dyn_cast<CoreturnStmt>(S))
      Given = R->getOperand();
    if (Given) {
      Given = stripCallable(Given);
      if (const auto *Await = dyn_cast_or_null<CoawaitExpr>(Given))
        Given = stripCallable(Await->getOperand());
      const auto *CE = dyn_cast_or_null<CallExpr>(Given);
      if (!CE || Result)
        return nullptr;
      Result = CE;
      continue;
    }
    Work.append(S->child_begin(), S->child_end());
  }
  return Result;
}

/// `return get_units(update_, 1);`: the lock that a function of the program
/// calls for, where the type of what it hands out says nothing of one.
std::optional<PendingLock> Lowering::lockHandedOn(const CallExpr *CE,
                                                  const FunctionDecl *Callee) {
  const QualType Given = firstTypeArgument(CE->getType());
  const FunctionDecl *Definition = nullptr;
  if (Inside || (!Given.isNull() && C.Types.guard(Given)) ||
      !Callee->hasBody(Definition) || Definition->isDependentContext())
    return std::nullopt;
  const CallExpr *From = onlyResult(Definition);
  const FunctionDecl *Acquires = From ? From->getDirectCallee() : nullptr;
  const AcquireCall *Known =
      Acquires ? C.Words.acquire(C.N.qualified(Acquires)) : nullptr;
  if (!Known || Known->Result != AcquireResult::Guard)
    return std::nullopt;
  Substitution S = substitution(CE, Definition);
  Inside = &S;
  PendingLock L = knownLock(*Known, From, C.N.qualified(Acquires));
  Inside = nullptr;
  return L;
}

/// Locks by Clang's thread-safety attributes, or by the shape of their class.
std::optional<PendingLock> Lowering::declaredLock(const CXXMemberCallExpr *MC) {
  const CXXMethodDecl *MD = MC->getMethodDecl();
  const Expr *Object = MC->getImplicitObjectArgument();
  const auto *Takes = MD->getAttr<AcquireCapabilityAttr>();
  const auto *Tries = MD->getAttr<TryAcquireCapabilityAttr>();
  if (!Takes && !Tries) {
    std::optional<PendingLock> L = structuralLock(MC);
    if (L && L->Mode == LockMode::Counted &&
        takesOnlyPermit(Object, MC->getNumArgs() > 0 ? MC->getArg(0) : nullptr))
      L->Mode = LockMode::Exclusive;
    return L;
  }
  PendingLock L;
  L.Result = AcquireResult::Manual;
  L.Mode = (Takes ? Takes->isShared() : Tries->isShared())
               ? LockMode::Shared
               : LockMode::Exclusive;
  L.Conditional = Tries != nullptr;
  L.Blocking =
      !C.Types.isAwaitable(MC->getType()) && !C.Types.isTask(MC->getType());
  L.Lock = lockName(Object, "", nullptr);
  return L;
}

/// with_lock(lock, callable): taken, run, given back, in this order.
Value Lowering::runUnderLock(const CallExpr *CE, const PendingLock &Lock) {
  Value Result;
  if (!Lock.Blocking) {
    Op &Wait = emit(OpKind::Suspend, CE);
    Wait.Text = C.N.text(CE->getCallee());
    Wait.Stackful = true;
  }
  const auto *MC = dyn_cast<CXXMemberCallExpr>(CE);
  const Expr *Object = MC ? MC->getImplicitObjectArgument() : nullptr;
  Op &A = emit(OpKind::Acquire, CE);
  A.Lock = Lock.Lock;
  A.Mode = Lock.Mode;
  A.Blocking = Lock.Blocking;
  A.Text = C.N.text(CE->getCallee());
  for (const Expr *Argument : CE->arguments())
    if (const LambdaExpr *L = lambdaOf(Argument)) {
      CallSite S = closure(L);
      // The object shows its value to the callable.
      if (Object && C.Types.isHolder(objectType(Object)) &&
          L->getCallOperator()->getNumParams() > 0)
        S.Arguments.front().Path = place(Object).Path;
      Op &Call = emit(OpKind::Call, CE);
      Call.Result = fresh();
      Result.Registers.push_back(Call.Result);
      Call.Calls.push_back(std::move(S));
    }
  Op &R = emit(OpKind::Release, CE);
  R.Lock = Lock.Lock;
  R.Text = C.N.text(CE->getCallee());
  return Result;
}

/// Whether the body of a member function of the program shows how it runs the
/// callable that it is given, and under which locks.
bool Lowering::runsItself(const CXXMemberCallExpr *MC) const {
  const CXXMethodDecl *Callee = MC->getMethodDecl();
  if (!Callee || !inProgram(Callee))
    return false;
  for (unsigned I = 0; I < MC->getNumArgs(); ++I)
    if (callsParameter(Callee, I))
      return true;
  return false;
}

/// Lock operations, and what hands them on. True if the call was one.
bool Lowering::lowerLockCall(const CallExpr *CE, llvm::StringRef Name) {
  const auto *MC = dyn_cast<CXXMemberCallExpr>(CE);
  if (lowerConditionWait(CE, Name) || lowerOptionalGuard(CE) ||
      lowerChannelToken(CE, Name))
    return true;
  if (MC && (lowerImmediateLock(MC) || lowerRelease(MC, Name)))
    return true;
  if (C.Words.LocksAll.matches(Name)) {
    for (const Expr *Each : CE->arguments()) {
      PendingLock L;
      L.Result = AcquireResult::Manual;
      L.Blocking = true;
      if (const VarDecl *Guard = guardVariable(Each))
        L.Again = variable(Guard);
      else
        L.Lock = lockName(Each, "", nullptr);
      acquire(L, CE);
    }
    return true;
  }
  std::vector<PendingLock> Locks;
  if (Name.starts_with("interlock::") && Name.ends_with("atomic_update"))
    Locks = combinedLocks(CE, Name);
  else if (const AcquireCall *Known = C.Words.acquire(Name);
           Known &&
           !(MC && !Known->Blocking &&
             Known->Result == AcquireResult::Callable && runsItself(MC)))
    Locks = {knownLock(*Known, CE, Name)};
  else if (std::optional<PendingLock> L =
               MC && MC->getMethodDecl()      ? declaredLock(MC)
               : isa<CXXOperatorCallExpr>(CE) ? std::nullopt
                                              : lockOfArgument(CE))
    Locks = {std::move(*L)};
  if (Locks.empty())
    return false;
  // A fiber's mutex lets others run while this one waits for it.
  if (C.Words.Suspends.matches(Name)) {
    Op &Wait = emit(OpKind::Suspend, CE);
    Wait.Stackful = Wait.Allowed = true;
    Wait.Text = C.N.text(CE);
    for (PendingLock &L : Locks)
      L.Blocking = false;
  }
  Value V;
  if (Locks.front().Result == AcquireResult::Callable) {
    V = runUnderLock(CE, Locks.front());
  } else if (C.Types.isAwaitable(CE->getType()) ||
             C.Types.isTask(CE->getType())) {
    if (Discarded.contains(CE) && !Locks.front().Blocking) {
      Op &Misuse = emit(OpKind::Misuse, CE);
      Misuse.Lock = Locks.front().Lock;
      Misuse.Text = C.N.text(CE);
      Misuse.Weak = true; // never awaited
    }
    V.Locks = std::move(Locks);
  } else {
    for (const PendingLock &L : Locks)
      acquire(L, CE);
  }
  setValue(CE, std::move(V));
  return true;
}

/// A condition variable gives its lock back while it waits.
bool Lowering::lowerConditionWait(const CallExpr *CE, llvm::StringRef Name) {
  if (CE->getNumArgs() == 0 || !C.Words.ConditionWaits.matches(Name))
    return false;
  const Expr *Lock = strip(CE->getArg(0));
  // `mutex_.Await(condition)`
  if (const auto *MC = dyn_cast<CXXMemberCallExpr>(CE);
      MC && MC->getMethodDecl() &&
      C.Types.looksLikeMutex(MC->getMethodDecl()->getParent()))
    Lock = strip(MC->getImplicitObjectArgument());
  if (const auto *U = dyn_cast<UnaryOperator>(Lock);
      U && U->getOpcode() == UO_AddrOf)
    Lock = U->getSubExpr();
  PendingLock L;
  L.Blocking =
      !C.Types.isAwaitable(CE->getType()) && !C.Types.isTask(CE->getType());
  Op &Release = emit(OpKind::Release, CE);
  Release.Text = C.N.text(CE);
  if (const VarDecl *Guard = guardVariable(Lock)) {
    Release.Var = L.Again = variable(Guard);
    if (const auto G = C.Types.guard(Guard->getType()))
      L.Mode = G->Mode;
  } else {
    L.Lock = lockName(Lock, "", nullptr);
    L.Result = AcquireResult::Manual;
    // `MutexLock hold(&mutex_); changed_.Wait(&mutex_);`
    if (const auto Guard = GuardOf.find(L.Lock); Guard != GuardOf.end())
      Release.Var = L.Again = Guard->second;
    else
      Release.Lock = L.Lock;
  }
  Value V;
  if (!L.Blocking) {
    V.Locks.push_back(std::move(L));
    setValue(CE, std::move(V));
    return true;
  }
  if (C.Words.Suspends.matches(Name)) {
    Op &Wait = emit(OpKind::Suspend, CE);
    Wait.Text = C.N.text(CE);
    Wait.Stackful = Wait.PeerWait = true;
  }
  acquire(L, CE);
  // Who notifies may need the thread that waits.
  Current->Ops.back().PeerWait = !C.Words.Suspends.matches(Name);
  // What it waits for is asked under the lock.
  for (const Expr *Argument : CE->arguments())
    if (const LambdaExpr *Asked = lambdaOf(Argument))
      runNow(CE, Name, Asked, V);
  setValue(CE, std::move(V));
  return true;
}

/// A channel of capacity one that a function fills and empties again is a
/// mutex: what it does first takes it, the opposite gives it back.
bool Lowering::lowerChannelToken(const CallExpr *CE, llvm::StringRef Name) {
  const ChannelType *Channel = C.Words.channel(Name);
  const auto *MC = dyn_cast<CXXMemberCallExpr>(CE);
  if (!Channel || !MC)
    return false;
  const auto *ME = dyn_cast<MemberExpr>(
      MC->getImplicitObjectArgument()->IgnoreParenImpCasts());
  const auto Token = ME ? Tokens.find(ME->getMemberDecl()) : Tokens.end();
  if (Token == Tokens.end() || !C.Types.hasOnePermit(ME->getMemberDecl()))
    return false;
  const llvm::StringRef Method = Name.rsplit("::").second;
  const bool Fills = llvm::is_contained(Channel->Puts, Method);
  const bool FillsFirst = llvm::is_contained(Channel->Puts, Token->second);
  const LockName Lock = lockName(MC->getImplicitObjectArgument(), "", nullptr);
  if (Fills != FillsFirst) {
    Op &Release = emit(OpKind::Release, CE);
    Release.Lock = Lock;
    Release.Text = C.N.text(CE);
    return true;
  }
  PendingLock L;
  L.Lock = Lock;
  L.Result = AcquireResult::Manual;
  L.Conditional = Method.starts_with("try");
  Value V;
  if (L.Conditional)
    acquire(L, CE);
  else
    V.Locks.push_back(std::move(L));
  setValue(CE, std::move(V));
  return true;
}

} // namespace interlock
