#include "matchers/facts/Lowering.h"

using namespace clang;

namespace interlock {

bool Lowering::inProgram(const FunctionDecl *Callee) const {
  if (!Callee || Callee->getBuiltinID())
    return false;
  const FunctionDecl *Pattern = Callee->getTemplateInstantiationPattern();
  return !C.Types.inSystemHeader(Pattern ? Pattern : Callee);
}

/// Whether a parameter takes whatever it is given as it is: `T &&`.
static bool forwards(const FunctionDecl *Callee, unsigned Parameter) {
  const FunctionDecl *Pattern = Callee->getTemplateInstantiationPattern();
  if (!Pattern || Pattern->getNumParams() == 0)
    return false;
  const unsigned Last = Pattern->getNumParams() - 1;
  QualType T = Pattern->getParamDecl(std::min(Parameter, Last))->getType();
  if (const auto *Pack = T->getAs<PackExpansionType>())
    T = Pack->getPattern();
  return T->isRValueReferenceType() &&
         T->getPointeeType()->isTemplateTypeParmType();
}

/// Reads an argument: a search tells which elements there are.
Value Lowering::readGiven(const Expr *Argument, const CallExpr *CE) {
  Value Result = read(Argument, CE);
  if (isSearch(CE) && !Result.Registers.empty() && !Current->Ops.empty()) {
    Op &Last = Current->Ops.back();
    Last.Shape |=
        Last.Kind == OpKind::Read && Last.Result == Result.Registers.back();
  }
  return Result;
}

/// Whether a class has several members of the program, each of which may be
/// state of its own.
bool Lowering::hasParts(QualType T) const {
  const CXXRecordDecl *R = recordOf(T);
  return R && R->hasDefinition() && !C.Types.inSystemHeader(R) &&
         std::distance(R->field_begin(), R->field_end()) > 1;
}

/// Reads every argument that a callee gets by value or constant reference.
Value Lowering::readArguments(const CallExpr *CE) {
  Value Result;
  const FunctionDecl *Callee = CE->getDirectCallee();
  const bool Method = isa<CXXOperatorCallExpr>(CE) &&
                      isa_and_nonnull<CXXMethodDecl>(Callee) &&
                      !cast<CXXMethodDecl>(Callee)->isStatic();
  for (unsigned I = 0; I < CE->getNumArgs(); ++I) {
    const Expr *Argument = CE->getArg(I);
    const Value Known = valueOf(Argument);
    Result.Monotone |= Known.Monotone;
    Result.Computed.append(Known.Computed);
    Result.Awaitable.append(Known.Awaitable.begin(), Known.Awaitable.end());
    Result.Concurrent |= Known.Concurrent;
    for (const Register R : Known.Registers)
      if (Result.Registers.size() < 16)
        Result.Registers.push_back(R);
    if (Argument->isGLValue() && !lambdaOf(Argument)) {
      const unsigned Parameter = I - (Method ? 1 : 0);
      bool Written =
          Method && I == 0 && !cast<CXXMethodDecl>(Callee)->isConst();
      if (Callee && !(Method && I == 0) && Parameter < Callee->getNumParams()) {
        const QualType T = Callee->getParamDecl(Parameter)->getType();
        Written = T->isLValueReferenceType() &&
                  !T.getNonReferenceType().isConstQualified() &&
                  (inProgram(Callee) || !forwards(Callee, Parameter));
      }
      const Place P = place(Argument);
      // What is read of an object as a whole, its summary says.
      const bool Told =
          Callee && Callee->hasBody() && !C.Types.isTask(CE->getType());
      const bool Object = P.Path && (P.Path->Steps.empty() || Told) &&
                          inProgram(Callee) && hasParts(Argument->getType());
      if ((!Written && !Object) || P.Var != NoIndex) {
        const Value V = readGiven(Argument, CE);
        for (const Register R : V.Registers)
          if (!llvm::is_contained(Result.Registers, R) &&
              Result.Registers.size() < 16)
            Result.Registers.push_back(R);
      }
    }
  }
  return Result;
}

/// Whether an expression names something captured that others have as well.
static bool namesShared(const Stmt *S, const LoweringContext &C) {
  const auto *Ref = dyn_cast<DeclRefExpr>(S);
  const auto *Var = Ref && Ref->refersToEnclosingVariableOrCapture()
                        ? dyn_cast<VarDecl>(Ref->getDecl())
                        : nullptr;
  return (Var && (!C.Types.isStrongHolder(Var->getType()) ||
                  C.SharedObjects.contains(Var->getCanonicalDecl()))) ||
         llvm::any_of(S->children(), [&](const Stmt *Child) {
           return Child && namesShared(Child, C);
         });
}

/// What a call or a closure is given: its values, the state that it refers to,
/// and its spelling as a key.
Argument Lowering::argument(const Expr *E, const Place &P) {
  Argument A;
  const Value V = valueOf(E);
  A.Values.assign(V.Registers.begin(), V.Registers.end());
  A.Path = P.Path;
  A.Key = key(E);
  const auto *Default = dyn_cast<CXXDefaultArgExpr>(E);
  if (const auto *Flag =
          dyn_cast<CXXBoolLiteralExpr>(strip(Default ? Default->getExpr() : E)))
    A.Flag = Flag->getValue();
  return A;
}

/// Where no value of an argument is known, that of the variable is.
void Lowering::loadInto(Argument &A, const Place &P, const Stmt *At) {
  if (!A.Values.empty() || P.Var == NoIndex)
    return;
  Op &Load = emit(OpKind::Load, At);
  Load.Var = P.Var;
  Load.Result = fresh();
  A.Values.push_back(Load.Result);
}

/// Whether an object is made by the expression that names it: `Parser(s)`.
static bool isMadeHere(const Expr *Object) {
  const Expr *E = Object->IgnoreParenImpCasts();
  if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(E))
    E = M->getSubExpr();
  while (const auto *Cast = dyn_cast<CXXFunctionalCastExpr>(E))
    E = Cast->getSubExpr();
  if (const auto *B = dyn_cast<CXXBindTemporaryExpr>(E))
    E = B->getSubExpr();
  return isa<CXXConstructExpr, InitListExpr>(E->IgnoreImplicit());
}

CallSite Lowering::site(const CallExpr *CE, const FunctionDecl *Callee) {
  CallSite S;
  S.At = C.N.span(CE->getSourceRange());
  S.Name = C.N.qualified(Callee);
  S.Callees.push_back(C.N.function(Callee));
  unsigned Offset = 0;
  const Expr *Object = nullptr;
  if (const auto *MC = dyn_cast<CXXMemberCallExpr>(CE)) {
    Object = MC->getImplicitObjectArgument();
  } else if (isa<CXXOperatorCallExpr>(CE) && isa<CXXMethodDecl>(Callee) &&
             !cast<CXXMethodDecl>(Callee)->isStatic()) {
    Object = CE->getArg(0);
    Offset = 1;
  }
  if (Object) {
    const Place P = place(Object);
    S.Receiver = P.Path;
    S.FreshReceiver = !P.Path && P.Var == NoIndex;
    S.OnceReceiver = S.FreshReceiver && isMadeHere(Object);
    if (const VarDecl *VD = localBehind(Object);
        VD && !P.Path && P.Var != NoIndex &&
        (F.Variables[P.Var].Fresh || !C.Types.isPointerLike(VD->getType()))) {
      S.AgainReceiver = C.CalledAgain.contains(
          {VD->getCanonicalDecl(), Callee->getCanonicalDecl()});
      S.OnceReceiver = !S.AgainReceiver;
    }
    S.CapturedReceiver = !P.Path && F.Lambda && namesShared(Object, C);
    S.HeldReceiver = isHeldByState(Object, P);
    if (const auto *MD = dyn_cast<CXXMethodDecl>(Callee))
      S.MutatesReceiver = !MD->isConst() && !MD->isStatic();
  }
  for (unsigned I = Offset; I < CE->getNumArgs(); ++I) {
    const Expr *E = CE->getArg(I);
    const Place P = place(E);
    Argument A = argument(E, P);
    A.Pinned = keeperOf(E) != nullptr;
    A.Own = P.Var != NoIndex && !P.Path;
    if (const LambdaExpr *L = lambdaOf(E))
      A.Closures.push_back(closure(L));
    if (E->isGLValue())
      loadInto(A, P, E);
    S.Arguments.push_back(std::move(A));
  }
  return S;
}

/// Whether a call is made on a task, or is given tasks or callables: a function
/// of the program that is called `start` or `join` may as well have work of its
/// own.
bool Lowering::givesActivity(const CallExpr *CE) {
  const auto Activity = [&](const Expr *E) {
    const QualType Several = firstTypeArgument(E->getType());
    return C.Types.isTask(E->getType().getNonReferenceType()) ||
           !valueOf(E).Awaitable.empty() || lambdaOf(E) ||
           (!Several.isNull() && C.Types.isTask(Several));
  };
  const auto *MC = dyn_cast<CXXMemberCallExpr>(CE);
  return (MC && Activity(MC->getImplicitObjectArgument())) ||
         llvm::any_of(CE->arguments(), Activity);
}

void Lowering::lowerProgramCall(const CallExpr *CE,
                                const FunctionDecl *Callee) {
  CallSite S = site(CE, Callee);
  if (const auto *MC = dyn_cast<CXXMemberCallExpr>(CE))
    if (const Place P = place(MC->getImplicitObjectArgument());
        P.Via != NoIndex && P.Path)
      emit(OpKind::UseHandle, CE).Var = P.Via;
  const auto *ME = dyn_cast<MemberExpr>(CE->getCallee()->IgnoreParens());
  if (const auto *MD = dyn_cast<CXXMethodDecl>(Callee);
      MD && MD->isVirtual() && !MD->hasAttr<FinalAttr>() &&
      !(ME && ME->hasQualifier())) { // `base::close()` is that of the base
    // Any override may run; the analysis joins those it knows by name.
    S.Callees.push_back(virtualCall(C.N.function(Callee)));
  }
  Value V;
  for (const Argument &A : S.Arguments)
    for (const Register R : A.Values)
      if (V.Registers.size() < 12)
        V.Registers.push_back(R);
  if (C.Types.isTask(CE->getType()) && !isa<ReferenceType>(CE->getType())) {
    if (C.Words.NeverSuspends.matches(C.N.qualified(Callee)))
      return setValue(CE, std::move(V));
    S.OfOneRound = !F.Coroutine && isOfOneRound(CE);
    if (F.Main)
      F.Makes.push_back(S);
    V.Awaitable.push_back(std::move(S));
    if (std::optional<PendingLock> L = lockHandedOn(CE, Callee))
      V.Locks.push_back(std::move(*L));
    if (Discarded.contains(CE)) {
      Op &Start = emit(OpKind::Start, CE);
      Start.Text = C.N.text(CE);
      Start.Calls.assign(V.Awaitable.begin(), V.Awaitable.end());
      V.Awaitable.clear();
    }
    setValue(CE, std::move(V));
    return;
  }
  const unsigned Covered = coveredByHandle(CE);
  Op &Call = emit(OpKind::Call, CE);
  Call.Text = C.N.text(CE);
  Call.Covered = Covered;
  Call.Result = fresh();
  V.Registers.push_back(Call.Result);
  Call.Calls.push_back(S);
  setValue(CE, std::move(V));
  if (const std::optional<GuardType> G = C.Types.guard(CE->getType());
      G && !CE->isGLValue()) {
    PendingLock L;
    L.Lock = lockName(CE, C.N.qualified(Callee), CE);
    L.Mode = G->Mode;
    L.Blocking = G->Blocking;
    L.From.push_back(std::move(S));
    acquire(L, CE);
  }
}

void Lowering::lowerConstruction(const CXXConstructExpr *CE) {
  lowerGuardTemporary(CE);
  if (isThread(CE->getType(), C) && CE->getNumArgs() > 0 &&
      !CE->getConstructor()->isCopyOrMoveConstructor()) {
    CallSite Made;
    Made.Name = MadeThread;
    Made.At = C.N.span(CE->getSourceRange());
    emit(OpKind::Call, CE).Calls.push_back(std::move(Made));
    startOnThread({CE->getArgs(), CE->getNumArgs()}, CE);
  }
  // It may start threads, beside which `main` goes on.
  if (F.Main && inProgram(CE->getConstructor())) {
    CallSite Made;
    Made.Name = C.N.qualified(CE->getConstructor());
    Made.At = C.N.span(CE->getSourceRange());
    Made.Callees.push_back(C.N.function(CE->getConstructor()));
    Made.FreshReceiver = true;
    emit(OpKind::Call, CE).Calls.push_back(std::move(Made));
  }
  Value V;
  for (const Expr *Argument : CE->arguments()) {
    const Value Known = valueOf(Argument);
    for (const Register R : Known.Registers)
      if (V.Registers.size() < 16)
        V.Registers.push_back(R);
    V.Awaitable.append(Known.Awaitable.begin(), Known.Awaitable.end());
    V.Locks.insert(V.Locks.end(), Known.Locks.begin(), Known.Locks.end());
    V.Concurrent |= Known.Concurrent;
    V.Monotone |= Known.Monotone;
    V.Computed.append(Known.Computed);
    // A `reference_wrapper` says where its object is, not what that holds.
    const bool Refers = C.Types.isHolder(CE->getType()) &&
                        C.Types.isBareHandle(CE->getType()) &&
                        !C.Types.isPointerLike(Argument->getType());
    if (Argument->isGLValue() && !Refers) {
      const Value Read = read(Argument, CE);
      for (const Register R : Read.Registers)
        if (!llvm::is_contained(V.Registers, R) && V.Registers.size() < 16)
          V.Registers.push_back(R);
      addTasksOf(Argument, V);
    }
  }
  // `std::vector(queue_.begin(), queue_.end())`
  if (CE->getNumArgs() >= 2 && C.Types.isContainer(CE->getType()))
    readBetween(CE->getArg(0), CE->getArg(1), CE, V);
  // Taking the content of state by move changes it.
  if (CE->getConstructor()->isMoveConstructor() && CE->getNumArgs() >= 1)
    if (const Expr *From = stripCallable(CE->getArg(0)))
      if (const auto *Move = dyn_cast<CallExpr>(From);
          Move && Move->getNumArgs() == 1 && Move->getDirectCallee() &&
          C.N.qualified(Move->getDirectCallee()) == "std::move") {
        const Place P = place(Move->getArg(0));
        if (P.Path && hasName(*P.Path) && P.Var == NoIndex &&
            !isAtEnd(Move->getArg(0)))
          modify(P, Move->getArg(0), CE, Change::Exchange, {});
      }
  // A callable that is stored runs later, if not at the end of the scope.
  const LambdaExpr *Only =
      CE->getNumArgs() == 1 ? lambdaOf(CE->getArg(0)) : nullptr;
  if (const LambdaExpr *L = Only)
    if (recordOf(CE->getType()) && !recordOf(CE->getType())->isLambda() &&
        C.N.type(CE->getType()) != "std::function")
      if (const ScopeEnd End = C.Types.atScopeEnd(CE->getType());
          End != ScopeEnd::Runs) {
        CallSite S = closure(L);
        Op &Later = emit(OpKind::Later, CE);
        Later.Implicit = End == ScopeEnd::RunsOnFailure;
        Later.Calls.push_back(std::move(S));
      }
  // `timeout{strand_, 10s, [this] { ... }}`
  const llvm::ArrayRef All(CE->getArgs(), CE->getNumArgs());
  for (const Expr *Argument : All)
    if (const LambdaExpr *L = Only ? nullptr : lambdaOf(Argument))
      if (const auto Strand = strandAmong(All)) {
        CallSite S = closure(L);
        Op &Later = emit(OpKind::Later, CE);
        Later.Lock = *Strand;
        Later.Calls.push_back(std::move(S));
      }
  setValue(CE, std::move(V));
}

void Lowering::lowerCall(const CallExpr *CE) {
  const FunctionDecl *Callee = CE->getDirectCallee();
  if (!Callee) {
    // A call of a parameter or of a stored callable.
    Value V = readArguments(CE);
    setValue(CE, std::move(V));
    return;
  }
  const std::string &Name = C.N.qualified(Callee);
  F.StopsLoop |= C.Words.StopsLoop.matches(Name);
  if (lowerLockCall(CE, Name))
    return;
  const auto *MD = dyn_cast<CXXMethodDecl>(Callee);
  const auto *O = dyn_cast<CXXOperatorCallExpr>(CE);
  // An empty guard is assigned to a guard: what was held is given back.
  if (O && O->getOperator() == OO_Equal && O->getNumArgs() == 2)
    if (const auto *D = dyn_cast<DeclRefExpr>(strip(O->getArg(0))))
      if (const auto *VD = dyn_cast<VarDecl>(D->getDecl());
          VD && GuardVars.contains(VD->getCanonicalDecl())) {
        if (isConstant(strip(O->getArg(1))))
          emit(OpKind::Release, CE).Var = variable(VD);
        return;
      }
  // The callable that is called: a lambda, or a parameter.
  if (O && O->getOperator() == OO_Call) {
    const Expr *Object = stripCallable(O->getArg(0));
    if (const auto *Fwd = dyn_cast_or_null<CallExpr>(Object);
        Fwd && Fwd->getNumArgs() == 1)
      Object = stripCallable(Fwd->getArg(0));
    const LambdaExpr *L = Object ? lambdaOf(Object) : nullptr;
    std::optional<CallSite> S;
    if (L) {
      S = closure(L);
      const CallSite Direct = site(CE, Callee);
      for (unsigned I = 0;
           I < Direct.Arguments.size() && I < S->Arguments.size(); ++I)
        S->Arguments[I] = Direct.Arguments[I];
    } else if (const auto Input = callableInput(Object)) {
      S = CallSite();
      S->Arguments = site(CE, Callee).Arguments;
      S->Name = F.Variables[*Input].Name;
      S->At = C.N.span(CE->getSourceRange());
      S->Callees.push_back("#" + std::to_string(*Input));
    }
    if (S) {
      Value V = readArguments(CE);
      if (C.Types.isTask(CE->getType())) {
        V.Awaitable.clear();
        V.Awaitable.push_back(std::move(*S));
        if (Discarded.contains(CE)) {
          Op &Start = emit(OpKind::Start, CE);
          Start.Calls.push_back(V.Awaitable.front());
          V.Awaitable.clear();
        }
      } else {
        Op &Call = emit(OpKind::Call, CE);
        Call.Text = C.N.text(CE);
        Call.Result = fresh();
        Call.Calls.push_back(std::move(*S));
        V.Registers.push_back(Call.Result);
      }
      setValue(CE, std::move(V));
      if (L)
        runLambdas(CE, Name);
      return;
    }
  }
  if (lowerKnownFunction(CE, Name))
    return;
  if (lowerStackful(CE, Callee, Name))
    return;
  noteThreads(CE, MD, Name);
  if (MD && !MD->isStatic() && (isa<CXXMemberCallExpr>(CE) || O) &&
      lowerKnownMethod(CE, MD)) {
    runLambdas(CE, Name);
    return;
  }
  const bool Runs =
      C.Words.Starts.matches(Name) || C.Words.Concurrent.matches(Name);
  if (inProgram(Callee) && !(Runs && givesActivity(CE)) &&
      !(O &&
        (Callee->getDeclName().getCXXOverloadedOperator() == OO_AmpAmp ||
         Callee->getDeclName().getCXXOverloadedOperator() == OO_PipePipe))) {
    // Operators on values of the program's own number types.
    if (O && MD) {
      const Place P = place(CE->getArg(0));
      const OverloadedOperatorKind K = O->getOperator();
      const bool Compound = O->isAssignmentOp() && K != OO_Equal;
      if (K == OO_Equal || Compound || K == OO_PlusPlus || K == OO_MinusMinus) {
        Value V;
        for (unsigned I = 1; I < CE->getNumArgs(); ++I) {
          const Value A = CE->getArg(I)->isGLValue() ? read(CE->getArg(I), CE)
                                                     : valueOf(CE->getArg(I));
          V.Registers.append(A.Registers.begin(), A.Registers.end());
          V.Monotone |= A.Monotone;
          V.Computed.append(A.Computed);
        }
        Change How = K == OO_Equal ? Change::Assign : Change::Relative;
        if (How == Change::Assign && CE->getNumArgs() > 1 &&
            isConstant(CE->getArg(1)) && V.Registers.empty())
          How = Change::Constant;
        modify(P, CE->getArg(0), CE, How, V);
        setValue(CE, std::move(V));
        return;
      }
    }
    if (O && O->isAssignmentOp() && !MD && CE->getNumArgs() == 2) {
      Value V = CE->getArg(1)->isGLValue() ? read(CE->getArg(1), CE)
                                           : valueOf(CE->getArg(1));
      modify(place(CE->getArg(0)), CE->getArg(0), CE, Change::Relative, V);
      setValue(CE, std::move(V));
      return;
    }
    if (!O || O->getOperator() == OO_Call || O->getOperator() == OO_Subscript ||
        O->getOperator() == OO_Arrow || O->getOperator() == OO_Star) {
      const Value Arguments = readArguments(CE);
      lowerProgramCall(CE, Callee);
      // `run(work())`: whoever takes a task and is none runs it.
      if (runsToEnd(CE)) {
        Value V = valueOf(CE);
        runHere(CE, Arguments.Awaitable, V);
        setValue(CE, std::move(V));
      } else if (C.Types.isTask(CE->getType()) && !Discarded.contains(CE)) {
        awaitArguments(CE);
      } else if (!Arguments.Awaitable.empty() && CE->getType()->isVoidType()) {
        Op &Start = emit(OpKind::Start, CE);
        Start.Text = C.N.text(CE->getCallee());
        for (unsigned I = 0; I < CE->getNumArgs(); ++I)
          if (!valueOf(CE->getArg(I)).Awaitable.empty())
            if (const auto Strand = strandFor(CE, I))
              Start.Lock = *Strand;
        Start.Calls.assign(Arguments.Awaitable.begin(),
                           Arguments.Awaitable.end());
      }
      Value V = valueOf(CE);
      for (const Register R : Arguments.Registers)
        if (!llvm::is_contained(V.Registers, R) && V.Registers.size() < 16)
          V.Registers.push_back(R);
      setValue(CE, std::move(V));
      runLambdas(CE, Name);
      return;
    }
    Value V = readArguments(CE);
    setValue(CE, std::move(V));
    return;
  }
  // A library function: values flow through it; what it gets by reference to
  // non-constant state it may change.
  Value V = readArguments(CE);
  readRange(CE, V);
  if (O && O->isAssignmentOp() && CE->getNumArgs() == 2 && !MD) {
    modify(place(CE->getArg(0)), CE->getArg(0), CE, Change::Relative, V);
    setValue(CE, std::move(V));
    return;
  }
  for (unsigned I = 0; I < CE->getNumArgs() && I < Callee->getNumParams();
       ++I) {
    const QualType T = Callee->getParamDecl(I)->getType();
    if (!T->isLValueReferenceType() ||
        T.getNonReferenceType().isConstQualified() || O || forwards(Callee, I))
      continue;
    const Place P = place(CE->getArg(I));
    if (P.Path && hasName(*P.Path) && !C.Words.Starts.matches(Name) &&
        !C.Words.Synchronizers.matches(C.N.type(CE->getArg(I)->getType())))
      modify(P, CE->getArg(I), CE, Change::Mutate, {});
  }
  // A container of tasks is filled more than once.
  if (C.Words.Concurrent.matches(Name) && V.Awaitable.size() == 1 &&
      llvm::any_of(CE->arguments(), [&](const Expr *A) {
        return C.Types.isContainer(A->getType());
      }))
    V.Awaitable.push_back(V.Awaitable.front());
  if (C.Words.Concurrent.matches(Name) ||
      Callee->getDeclName().getCXXOverloadedOperator() == OO_AmpAmp ||
      Callee->getDeclName().getCXXOverloadedOperator() == OO_PipePipe)
    V.Concurrent = !V.Awaitable.empty();
  // `bind_executor(strand_, use_awaitable)`: what follows runs on the strand.
  for (const Expr *Argument : CE->arguments())
    for (const PendingLock &L : valueOf(Argument).Locks)
      if (L.Mode == LockMode::Slice)
        V.Locks.push_back(L);
  if (C.Words.Binds.matches(Name))
    if (const std::optional<LockName> Strand = strandAmong(CE)) {
      PendingLock L;
      L.Lock = *Strand;
      L.Result = AcquireResult::Manual;
      L.Mode = LockMode::Slice;
      V.Locks.push_back(std::move(L));
    }
  // Tasks in variables, `when_all(std::move(a), b)`.
  for (const Expr *Argument : CE->arguments())
    addTasksOf(stripCallable(Argument), V);
  if (C.Words.Starts.matches(Name) && !V.Awaitable.empty()) {
    const bool Awaited = C.Types.isTask(CE->getType()) &&
                         C.N.type(CE->getType()) != "std::future" &&
                         !Discarded.contains(CE);
    const std::optional<LockName> Strand = strandAmong(CE);
    if (Awaited && Strand)
      for (CallSite &Each : V.Awaitable)
        Each.On = {*Strand};
    if (!Awaited) {
      Op &Start = emit(OpKind::Start, CE);
      Start.Text = C.N.text(CE->getCallee());
      if (Strand)
        Start.Lock = *Strand;
      Start.Calls.assign(V.Awaitable.begin(), V.Awaitable.end());
      V.Awaitable.clear();
    }
  }
  if (runsToEnd(CE))
    runHere(CE, std::exchange(V.Awaitable, {}), V);
  // `sync_wait(when_all(a(), b()))`, `scope.spawn(f())`: whoever takes a task
  // and is not awaited itself runs it.
  if (!V.Awaitable.empty() && !C.Types.isTask(CE->getType()) &&
      CE->getType()->isVoidType()) {
    Op &Start = emit(OpKind::Start, CE);
    Start.Text = C.N.text(CE->getCallee());
    Start.Calls.assign(V.Awaitable.begin(), V.Awaitable.end());
    V.Awaitable.clear();
  }
  setValue(CE, std::move(V));
  runLambdas(CE, Name);
}

} // namespace interlock
