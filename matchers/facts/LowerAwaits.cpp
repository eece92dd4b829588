#include "matchers/facts/Lowering.h"

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

/// Whether a body is in view and each of its returns gives what is asked for.
static bool alwaysReturns(const FunctionDecl *FD,
                          llvm::function_ref<bool(const Expr *)> Wanted) {
  const FunctionDecl *Definition = nullptr;
  if (!FD)
    return false;
  if (!FD->hasBody(Definition)) {
    const FunctionDecl *Pattern = FD->getTemplateInstantiationPattern();
    if (!Pattern || !Pattern->hasBody(Definition))
      return false;
  }
  bool Any = false;
  llvm::SmallVector<const Stmt *, 8> Work{Definition->getBody()};
  while (!Work.empty()) {
    const Stmt *S = Work.pop_back_val();
    if (!S || isa<LambdaExpr>(S))
      continue;
    if (const auto *R = dyn_cast<ReturnStmt>(S)) {
      Any = true;
      if (!R->getRetValue() || !Wanted(R->getRetValue()))
        return false;
    }
    Work.append(S->child_begin(), S->child_end());
  }
  return Any;
}

static bool returnsBool(const FunctionDecl *FD, bool Wanted, ASTContext &Ctx) {
  return alwaysReturns(FD, [&](const Expr *Result) {
    bool Answer = false;
    return !Result->isValueDependent() && !Result->isTypeDependent() &&
           Result->EvaluateAsBooleanCondition(Answer, Ctx) && Answer == Wanted;
  });
}

static bool returnsItsArgument(const FunctionDecl *FD) {
  return alwaysReturns(FD, [](const Expr *Result) {
    Result = Result->IgnoreParenImpCasts();
    if (const auto *C = dyn_cast<CXXConstructExpr>(Result);
        C && C->getNumArgs() == 1)
      Result = C->getArg(0)->IgnoreParenImpCasts();
    const auto *D = dyn_cast<DeclRefExpr>(Result);
    return D && isa<ParmVarDecl>(D->getDecl());
  });
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

/// Whether the awaiter can tell of no failure: it goes on, and that is all.
static bool cannotFail(const CoroutineSuspendExpr *E) {
  const FunctionDecl *Resume = calleeOf(E->getResumeExpr());
  const auto *Type =
      Resume ? Resume->getType()->getAs<FunctionProtoType>() : nullptr;
  return Type && Type->isNothrow() && Resume->getReturnType()->isVoidType();
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
  const FunctionDecl *Callee = awaitedCallee(Operand);
  // What a coroutine of the program waits for is seen in its body, whatever its
  // task is called.
  if (Callee && inProgram(Callee) && C.Types.isTask(Operand->getType()))
    return false;
  return C.Words.PeerWaits.matches(C.N.type(Operand->getType())) ||
         (Callee && !inProgram(Callee) &&
          C.Words.PeerWaits.matches(C.N.qualified(Callee)));
}

/// The member in which the coroutine waits until others call that, if it is
/// one: `filled_.wait()`.
std::optional<AccessPath> Lowering::waitedFor(const Expr *Operand) {
  const Expr *Plain = strip(Operand);
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(Plain))
    Plain = Call->getImplicitObjectArgument();
  if (!C.Types.keepsWaiting(recordOf(Plain->getType())))
    return std::nullopt;
  const Place P = place(Plain);
  if (!P.Path || P.Path->Base == AccessPath::Root::Either || !hasName(*P.Path))
    return std::nullopt;
  return P.Path;
}

/// A guard that is handed to what is awaited is held until that has ended, and
/// one that is returned with something else until that is made.
void Lowering::releaseHandedOn(const Expr *E) {
  const SourceSpan Whole = C.N.span(E->getSourceRange());
  std::vector<Op> Handed;
  for (Block &B : F.Blocks)
    llvm::erase_if(B.Ops, [&](const Op &O) {
      const bool Within = O.Kind == OpKind::Release &&
                          HandedOn.contains(O.At.Begin) && Whole.contains(O.At);
      if (Within)
        Handed.push_back(O);
      return Within;
    });
  Current->Ops.insert(Current->Ops.end(), Handed.begin(), Handed.end());
}

/// Whether it is the expression that the configuration gives for the lock of a
/// category, as far as both are spelled before their arguments.
static bool isConfiguredLock(const Vocabulary &Words, llvm::StringRef Text) {
  const auto Head = [](llvm::StringRef S) {
    return S.take_until([](char C) { return C == '(' || C == '['; });
  };
  return llvm::any_of(Words.Categories, [&](const CategoryOption &Category) {
    llvm::StringRef Spelled = Head(Text);
    return !Category.Lock.empty() &&
           Spelled.consume_back(Head(Category.Lock)) &&
           (Spelled.empty() || Spelled.ends_with(".") ||
            Spelled.ends_with("->"));
  });
}

/// What picks between two constants that an operation is given, as in
/// `put(name, on_ ? "on" : "off")`: what it is told is no result of that.
llvm::SmallVector<Register, 4> Lowering::choices(const Expr *Operand) {
  llvm::SmallVector<Register, 4> Result;
  const auto *CE = dyn_cast<CallExpr>(strip(Operand));
  if (!CE)
    return Result;
  for (const Expr *Argument : CE->arguments()) {
    const Expr *E = strip(Argument);
    while (const auto *Made = dyn_cast_or_null<CXXConstructExpr>(E)) {
      if (Made->getNumArgs() == 0)
        break;
      E = strip(Made->getArg(0));
    }
    if (const auto *Q = dyn_cast_or_null<ConditionalOperator>(E);
        Q && isConstant(strip(Q->getTrueExpr())) &&
        isConstant(strip(Q->getFalseExpr()))) {
      const Value Cond = valueOf(Q->getCond());
      Result.append(Cond.Registers.begin(), Cond.Registers.end());
    }
  }
  return Result;
}

/// What goes into `translate(old + more)`, which gives one of the same kind: it
/// was made for that from what there was, and so is the outcome.
llvm::SmallVector<Register, 4> Lowering::workedOn(const Expr *Operand,
                                                  QualType Outcome) {
  llvm::SmallVector<Register, 4> Result;
  const auto *CE = dyn_cast<CallExpr>(strip(Operand));
  if (!CE || Outcome->isVoidType())
    return Result;
  for (const Expr *Argument : CE->arguments()) {
    const Expr *E = stripCallable(Argument);
    const auto *B = dyn_cast_or_null<BinaryOperator>(E);
    const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(E);
    const bool Computes =
        (B && (B->isAdditiveOp() || B->isMultiplicativeOp())) ||
        (O && O->getNumArgs() == 2 &&
         (O->getOperator() == OO_Plus || O->getOperator() == OO_Minus ||
          O->getOperator() == OO_Star || O->getOperator() == OO_Slash));
    if (Computes && C.Ctx.hasSameUnqualifiedType(
                        E->getType(), Outcome.getNonReferenceType())) {
      const Value V = valueOf(E);
      Result.append(V.Registers.begin(), V.Registers.end());
    }
  }
  return Result;
}

/// Adds the tasks that a local holds, and the locks that they call for, if the
/// expression names one.
void Lowering::addTasksOf(const Expr *Named, Value &To) const {
  const auto *D = dyn_cast_or_null<DeclRefExpr>(
      Named ? Named->IgnoreParenImpCasts() : nullptr);
  const auto *VD = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
  if (!VD)
    return;
  const auto Held = AwaitableVars.find(VD->getCanonicalDecl());
  if (Held != AwaitableVars.end())
    To.Awaitable.append(Held->second.begin(), Held->second.end());
  const auto Called = LockVars.find(VD->getCanonicalDecl());
  if (Called != LockVars.end() && To.Locks.empty())
    To.Locks = Called->second;
}

bool Lowering::onlyLetsTimePass(llvm::StringRef Call) const {
  return C.Words.Delays.matches(Call.split('(').first.lower());
}

/// Notes what an operation that gives up control is given.
void Lowering::give(Op &Suspend, const Value &Given) {
  Suspend.Result = fresh();
  // How long to wait is nothing that is handed out.
  if (!onlyLetsTimePass(Suspend.Text))
    Suspend.Inputs.assign(Given.Registers.begin(), Given.Registers.end());
}

/// Whether a read is of what a function in view is lent: when that looks at it,
/// its body shows.
bool Lowering::isLent(Register Read, const Expr *Operand) {
  const auto *CE = dyn_cast<CallExpr>(strip(Operand));
  const FunctionDecl *Callee = CE ? CE->getDirectCallee() : nullptr;
  if (!Callee || isa<CXXOperatorCallExpr>(CE) || !inProgram(Callee) ||
      !Callee->hasBody())
    return false;
  for (unsigned I = 0; I < CE->getNumArgs() && I < Callee->getNumParams(); ++I)
    if (const SourceSpan At = C.N.span(CE->getArg(I)->getSourceRange());
        CE->getArg(I)->isGLValue() &&
        Callee->getParamDecl(I)->getType()->isReferenceType() &&
        llvm::any_of(F.Blocks, [&](const Block &B) {
          return llvm::any_of(B.Ops, [&](const Op &O) {
            return O.Kind == OpKind::Read && O.Result == Read && O.At == At;
          });
        }))
      return true;
  return false;
}

/// What such an operation comes to. Its outcome is news; it is computed from
/// what it was given only where that is read on the spot:
/// `x_ = co_await f(x_)`, or made for it.
Value Lowering::outcomeOf(Value Given, Register Result, const Expr *Operand,
                          QualType Outcome) {
  const llvm::SmallVector<Register, 4> Chosen = choices(Operand),
                                       Worked = workedOn(Operand, Outcome);
  llvm::erase_if(Given.Registers, [&](Register R) {
    return (Loaded.contains(R) && !llvm::is_contained(Worked, R)) ||
           llvm::is_contained(Chosen, R) || isLent(R, Operand);
  });
  Given.Registers.push_back(Result);
  Given.Awaitable.clear();
  Given.Locks.clear();
  return Given;
}

/// A call that gives up control itself: `read(socket_, buffer, yield)`,
/// `write(line).get()`.
bool Lowering::lowerStackful(const CallExpr *CE, const FunctionDecl *Callee,
                             llvm::StringRef Name) {
  const bool Declared =
      C.Words.Suspends.matches(Name) ||
      llvm::any_of(Callee->specific_attrs<AnnotateAttr>(),
                   [](const AnnotateAttr *A) {
                     return A->getAnnotation() == "interlock::suspends";
                   });
  const bool Hidden = inProgram(Callee) && !Callee->hasBody();
  const bool Yields =
      (!inProgram(Callee) || Hidden || Name.starts_with("asio::") ||
       Name.starts_with("boost::")) &&
      llvm::any_of(CE->arguments(), [&](const Expr *A) {
        return C.Words.YieldContexts.matches(C.N.type(A->getType()));
      });
  if (!Declared && !Yields)
    return false;
  Value V = readArguments(CE);
  if (const auto *MC = dyn_cast<CXXMemberCallExpr>(CE)) {
    const Expr *Object = MC->getImplicitObjectArgument();
    if (C.Types.isTask(Object->getType())) {
      const Value Task =
          Object->isGLValue() ? read(strip(Object), CE) : valueOf(Object);
      V.Registers.append(Task.Registers.begin(), Task.Registers.end());
      V.Awaitable.append(Task.Awaitable.begin(), Task.Awaitable.end());
      V.Concurrent |= Task.Concurrent;
      addTasksOf(strip(Object), V);
    }
  }
  // Another unit knows what it does.
  if (!Declared && Hidden)
    V.Awaitable.push_back(site(CE, Callee));
  Op &Suspend = emit(OpKind::Suspend, CE);
  Suspend.Stackful = true;
  Suspend.Text = C.N.text(CE);
  Suspend.Calls.assign(V.Awaitable.begin(), V.Awaitable.end());
  Suspend.Concurrent = V.Concurrent;
  give(Suspend, V);
  const Register Result = Suspend.Result;
  setValue(CE, outcomeOf(std::move(V), Result, CE, CE->getType()));
  return true;
}

/// `sync_wait(total())`: who gives what the only task comes to has waited for
/// that, and so has who says so. How `main` begins is no matter of its own.
bool Lowering::runsToEnd(const CallExpr *CE) {
  const QualType Given = CE->getType().getNonReferenceType();
  const FunctionDecl *Callee = CE->getDirectCallee();
  const bool Waits = Callee && Callee->getIdentifier() &&
                     Callee->getName().contains_insensitive("wait");
  QualType Outcome;
  unsigned Tasks = 0;
  for (const Expr *Argument : CE->arguments())
    if (const QualType T = Argument->getType().getNonReferenceType();
        C.Types.isTask(T)) {
      Outcome = firstTypeArgument(T);
      ++Tasks;
    }
  return !F.Main && Tasks == 1 && !C.Types.isTask(Given) &&
         (Given->isVoidType()
              ? Waits
              : !Outcome.isNull() &&
                    C.Ctx.hasSameUnqualifiedType(Given, Outcome));
}

void Lowering::runHere(const CallExpr *CE, llvm::ArrayRef<CallSite> Tasks,
                       Value &To) {
  for (const CallSite &Each : Tasks) {
    Op &Call = emit(OpKind::Call, CE);
    Call.Text = C.N.text(CE->getCallee());
    Call.Result = fresh();
    To.Registers.push_back(Call.Result);
    Call.Calls.push_back(Each);
  }
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
  if (V.Awaitable.empty())
    addTasksOf(Plain, V);
  if (V.Locks.empty() && neverSuspends(E)) {
    Op &Await = emit(OpKind::Suspend, E);
    Await.Never = true;
    Await.Text = C.N.text(E);
    V.Awaitable.clear();
    setValue(E, std::move(V));
    return;
  }
  // A function of the program that hands out a guard.
  const FunctionDecl *Callee = calleeOf(Operand);
  const std::optional<GuardType> G = C.Types.guard(E->getType());
  if (V.Locks.empty() &&
      (Callee ? G || isConfiguredLock(C.Words, C.N.text(Operand))
              : G && hasName(place(Operand).Path.value_or(AccessPath())))) {
    PendingLock L;
    L.Mode = G ? G->Mode : LockMode::Exclusive;
    L.From = V.Awaitable;
    if (const auto *CE = dyn_cast<CallExpr>(strip(Operand)))
      L.Lock = lockName(CE, C.N.qualified(Callee), CE);
    else if (!Callee) // `co_await mutex_`
      L.Lock = lockName(strip(Operand), "", nullptr);
    else
      L.Lock.Path.Name = C.N.text(Operand);
    V.Locks.push_back(std::move(L));
  }
  const std::optional<AccessPath> WaitsFor =
      V.Locks.empty() ? waitedFor(Operand) : std::nullopt;
  if (const auto Strand = V.Locks.empty() ? hopOf(E) : std::nullopt) {
    PendingLock L;
    L.Lock = *Strand;
    L.Mode = LockMode::Slice;
    L.Result = AcquireResult::Manual;
    V.Locks.push_back(std::move(L));
  }
  Op &Suspend = emit(OpKind::Suspend, E);
  Suspend.Text = C.N.text(E);
  Suspend.Calls.assign(V.Awaitable.begin(), V.Awaitable.end());
  Suspend.Concurrent = V.Concurrent;
  Suspend.Unfailing = cannotFail(E);
  Suspend.Covered = coveredByHandle(Operand);
  Suspend.Allowed = isAllowedUnderGuard(Operand);
  Suspend.PeerWait = !Suspend.Allowed && isPeerWait(Operand);
  if (WaitsFor)
    Suspend.Path = *WaitsFor;
  give(Suspend, V);
  const Register Result = Suspend.Result;
  for (PendingLock L : V.Locks) {
    const bool Guard = C.Types.guard(E->getType()).has_value();
    if (L.Result == AcquireResult::Manual && Guard)
      L.Result = AcquireResult::Guard;
    if (L.Result == AcquireResult::Guard &&
        (E->getType()->isVoidType() || E->getType()->isBooleanType()))
      L.Result = AcquireResult::Manual;
    acquire(L, E);
  }
  if (!V.Awaitable.empty() && !HandedOn.empty())
    releaseHandedOn(E);
  setValue(E, outcomeOf(std::move(V), Result, Operand, E->getType()));
}

/// What may stand before a wait: something is logged, the timer or the event
/// to wait for is made ready.
bool Lowering::leavesState(const Stmt *S) {
  if (!S || isa<DeclStmt, LambdaExpr>(S))
    return true;
  if (isa<CoroutineSuspendExpr, ReturnStmt, CoreturnStmt>(S))
    return false;
  const auto *B = dyn_cast<BinaryOperator>(S);
  const auto *U = dyn_cast<UnaryOperator>(S);
  if ((B && B->isAssignmentOp()) || (U && U->isIncrementDecrementOp()))
    return false;
  if (const auto *MC = dyn_cast<CXXMemberCallExpr>(S)) {
    const Expr *Object = strip(MC->getImplicitObjectArgument());
    const auto *On = dyn_cast<DeclRefExpr>(Object);
    const auto *Local = On ? dyn_cast<VarDecl>(On->getDecl()) : nullptr;
    const std::string &Type = C.N.type(Object->getType());
    if (!(MC->getMethodDecl() && MC->getMethodDecl()->isConst()) &&
        !(Local && Local->hasLocalStorage()) &&
        !C.Words.Synchronizers.matches(Type) &&
        !C.Words.PeerWaits.matches(Type))
      return false;
  }
  return llvm::all_of(S->children(),
                      [&](const Stmt *Child) { return leavesState(Child); });
}

/// Whether a coroutine waits in an awaiter of the program until somebody has it
/// go on, from where others run as well: whoever resumes it on the spot may
/// have left it what it waits for.
bool Lowering::isParking(const CoroutineSuspendExpr *E) {
  const QualType T = E->getOperand()->getType();
  const CXXRecordDecl *R = recordOf(T);
  return R && !C.ResumesHandles && !C.Types.inSystemHeader(R) &&
         !C.Types.isTask(T) && C.Types.isAwaitable(T) &&
         E->getType()->isVoidType() && !C.Types.guard(T);
}

/// `if (queue_.empty()) co_await filled_.wait();`: what follows depends on the
/// condition, though it always follows.
bool Lowering::onlyWaits(const Stmt *S) {
  if (const auto *Block = dyn_cast<CompoundStmt>(S)) {
    return !Block->body_empty() && onlyWaits(Block->body_back()) &&
           llvm::all_of(llvm::drop_end(Block->body()),
                        [&](const Stmt *Each) { return leavesState(Each); });
  }
  const auto *E = dyn_cast<Expr>(S);
  E = E ? strip(E) : nullptr;
  if (const auto *Await = dyn_cast_or_null<CoroutineSuspendExpr>(E)) {
    if (isPeerWait(Await->getOperand()) || isParking(Await) ||
        onlyLetsTimePass(C.N.text(Await->getOperand())))
      return true;
    E = strip(Await->getOperand());
  }
  const auto *CE = dyn_cast_or_null<CallExpr>(E);
  const FunctionDecl *Callee = CE ? CE->getDirectCallee() : nullptr;
  if (!Callee || !Callee->getIdentifier())
    return false;
  // `filled_.wait(lock, [&] { return !queue_.empty(); })` asks for itself.
  const llvm::StringRef Name = Callee->getName();
  const bool Asks = Name == "wait" &&
                    llvm::any_of(CE->arguments(), [&](const Expr *Argument) {
                      return lambdaOf(Argument);
                    });
  return !Asks && Name.contains_insensitive("wait");
}

/// The variable or member that an expression begins with: `it` of
/// `it->second->close()`.
static const ValueDecl *beginOf(const Expr *E) {
  for (unsigned Steps = 0; E && Steps < 16; ++Steps) {
    E = strip(E);
    if (const auto *D = dyn_cast_or_null<DeclRefExpr>(E))
      return D->getDecl();
    if (const auto *ME = dyn_cast_or_null<MemberExpr>(E)) {
      if (isa<CXXThisExpr>(strip(ME->getBase())))
        return ME->getMemberDecl();
      E = ME->getBase();
    } else if (const auto *MC = dyn_cast_or_null<CXXMemberCallExpr>(E)) {
      E = MC->getImplicitObjectArgument();
    } else if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(E)) {
      E = O->getNumArgs() > 0 ? O->getArg(0) : nullptr;
    } else if (const auto *U = dyn_cast_or_null<UnaryOperator>(E)) {
      E = U->getSubExpr();
    } else {
      return nullptr;
    }
  }
  return nullptr;
}

static bool mentions(const Stmt *S, const ValueDecl *What) {
  const auto *D = dyn_cast_or_null<DeclRefExpr>(S);
  const auto *ME = dyn_cast_or_null<MemberExpr>(S);
  return (D && D->getDecl() == What) || (ME && ME->getMemberDecl() == What) ||
         (S && llvm::any_of(S->children(), [&](const Stmt *Child) {
            return mentions(Child, What);
          }));
}

/// `if (link_) co_await link_->close();`: all that depends on the test is what
/// happens to the one that is there.
bool Lowering::onlyDisposes(const IfStmt *If) {
  const Stmt *Then = If->getThen();
  if (const auto *Block = dyn_cast<CompoundStmt>(Then);
      Block && Block->size() == 1)
    Then = Block->body_front();
  const auto *E = dyn_cast<Expr>(Then);
  const auto *Await = E ? dyn_cast_or_null<CoawaitExpr>(strip(E)) : nullptr;
  const auto *On =
      Await ? dyn_cast_or_null<CXXMemberCallExpr>(strip(Await->getOperand()))
            : nullptr;
  const ValueDecl *What =
      On ? beginOf(On->getImplicitObjectArgument()) : nullptr;
  return What && mentions(If->getCond(), What);
}

} // namespace interlock
