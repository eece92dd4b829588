#include "matchers/facts/Lowering.h"

#include "clang/AST/RecursiveASTVisitor.h"

using namespace clang;

// Callables among the arguments of a call, and what algorithms go over.
namespace interlock {

const Expr *stripCallable(const Expr *E) {
  E = strip(E);
  while (const auto *C = dyn_cast_or_null<CXXConstructExpr>(E)) {
    if (C->getNumArgs() != 1)
      break;
    E = strip(C->getArg(0));
  }
  return E;
}

const LambdaExpr *Lowering::lambdaOf(const Expr *E) {
  E = stripCallable(E);
  if (!E)
    return nullptr;
  if (const auto *L = dyn_cast<LambdaExpr>(E))
    return L;
  if (const auto *D = dyn_cast<DeclRefExpr>(E))
    if (const auto *VD = dyn_cast<VarDecl>(D->getDecl())) {
      const LambdaExpr *Known = LambdaVars.lookup(VD->getCanonicalDecl());
      const CXXRecordDecl *R = recordOf(VD->getType());
      // One of the function around this lambda.
      return Known || !R || !R->isLambda() || !VD->getInit()
                 ? Known
                 : lambdaOf(VD->getInit());
    }
  if (const auto *CE = dyn_cast<CallExpr>(E))
    if (const FunctionDecl *Callee = CE->getDirectCallee())
      if (CE->getNumArgs() > 0 &&
          C.Words.Forwards.matches(C.N.qualified(Callee)))
        return lambdaOf(CE->getArg(0));
  return nullptr;
}

/// Whether an expression is what counts the rounds of a loop around a place.
bool Lowering::countsRounds(const Expr *E, const Stmt *At) {
  const auto *D = dyn_cast_or_null<DeclRefExpr>(strip(E));
  for (const Stmt *S = D ? At : nullptr; S && (S == At || !isa<LambdaExpr>(S));
       S = parents().getParent(S))
    if (const auto *For = dyn_cast<ForStmt>(S))
      if (const auto *Init = dyn_cast_or_null<DeclStmt>(For->getInit()))
        if (llvm::is_contained(Init->decls(), D->getDecl()))
          return D->getType()->isIntegerType();
  return false;
}

CallSite Lowering::closure(const LambdaExpr *L) {
  CallSite S;
  S.Name = "lambda";
  S.At = C.N.span(L->getSourceRange());
  if (const FunctionTemplateDecl *Generic =
          L->getCallOperator()->getDescribedFunctionTemplate()) {
    for (const FunctionDecl *Each : Generic->specializations())
      S.Callees.push_back(C.N.function(Each));
    std::sort(S.Callees.begin(), S.Callees.end());
  } else {
    S.Callees.push_back(C.N.function(L->getCallOperator()));
  }
  AccessPath This;
  This.Base = AccessPath::Root::This;
  S.Receiver = This;
  // Inputs of the body: its parameters, then its captures.
  S.Arguments.resize(L->getCallOperator()->getNumParams());
  auto Init = L->capture_init_begin();
  for (const LambdaCapture &Capture : L->captures()) {
    const Expr *I = *Init++;
    if (!Capture.capturesVariable())
      continue;
    Argument A;
    if (I) {
      const Place P = place(I);
      A = argument(I, P);
      if (Capture.getCaptureKind() == LCK_ByRef && !P.Path)
        A.Var = P.Var;
      A.Round = Capture.getCaptureKind() == LCK_ByCopy && countsRounds(I, L);
      loadInto(A, P, L);
    }
    S.Arguments.push_back(std::move(A));
  }
  return S;
}

/// `std::count_if(orders_.begin(), orders_.end(), live)`: an algorithm looks at
/// what its iterators go over.
void Lowering::readRange(const CallExpr *CE, Value &Result) {
  const FunctionDecl *Callee = CE->getDirectCallee();
  if (CE->getNumArgs() < 2 || isa<CXXOperatorCallExpr>(CE) ||
      isa<CXXMethodDecl>(Callee) || !C.Types.inSystemHeader(Callee))
    return;
  const QualType First = CE->getArg(0)->getType(),
                 Last = CE->getArg(1)->getType();
  const bool Pointers = First->isPointerType() &&
                        Callee->getPrimaryTemplate() &&
                        C.Ctx.hasSameType(First, Last);
  if (!Pointers && !(C.Types.isIterator(First) && C.Types.isIterator(Last)))
    return;
  const Place P = place(CE->getArg(0));
  if (!P.Path || !hasName(*P.Path) ||
      (Pointers && (P.Path->Steps.empty() ||
                    P.Path->Steps.back().What != PathStep::Kind::Element)))
    return;
  Op &Read = emit(OpKind::Read, CE);
  Read.Path = *P.Path;
  Read.Result = fresh();
  Read.Text = C.N.text(CE);
  Read.Shape = isSearch(CE);
  Result.Registers.push_back(Read.Result);
}

/// What an algorithm or a visit goes over is what its callable gets.
void Lowering::passElements(CallSite &S, const LambdaExpr *L,
                            const CallExpr *CE, bool InOrder) {
  const unsigned Offset = isa<CXXOperatorCallExpr>(CE) ? 1 : 0;
  const auto *MC = dyn_cast<CXXMemberCallExpr>(CE);
  for (unsigned I = 0; I < L->getCallOperator()->getNumParams(); ++I) {
    const unsigned From = InOrder ? I + 1 : Offset;
    const Expr *Given = MC && !InOrder ? MC->getImplicitObjectArgument()
                        : From < CE->getNumArgs() ? CE->getArg(From)
                                                  : nullptr;
    if (!Given || lambdaOf(Given))
      break;
    const bool Range = !InOrder && (C.Types.isContainer(Given->getType()) ||
                                    C.Types.isView(Given->getType()));
    const Place P = Range ? inView(place(Given)) : place(Given);
    S.Arguments[I].Path = P.Path;
    S.Arguments[I].Own = P.Var != NoIndex && !P.Path;
  }
}

/// Runs a callable as part of an algorithm or a visit.
void Lowering::runNow(const CallExpr *CE, llvm::StringRef Name,
                      const LambdaExpr *L, Value &Result) {
  CallSite S = closure(L);
  passElements(S, L, CE, Name == "std::visit" || Name == "std::invoke");
  // A coroutine runs when the result is awaited.
  if (C.Types.isTask(CE->getType())) {
    Result.Awaitable.push_back(std::move(S));
    return;
  }
  Op &Call = emit(OpKind::Call, CE);
  Call.Text = C.N.text(CE->getCallee());
  Call.Parallel = runsInParallel(CE);
  Call.Result = fresh();
  Result.Registers.push_back(Call.Result);
  Call.Calls.push_back(std::move(S));
}

/// `do_for_each(peers_, ping)`: the range's iterator is used after each wait,
/// and what is in it now goes through the waits.
void Lowering::walkRange(const CallExpr *CE, CallSite Body) {
  const Expr *Range = CE->getArg(0);
  const Place P = placeOfSearch(Range);
  if (!P.Path || !hasName(*P.Path))
    return;
  const unsigned Iterator = F.Variables.size();
  F.Variables.emplace_back().Name = "__walk";
  Op &Bind = emit(OpKind::Bind, Range);
  Bind.Var = Iterator;
  Bind.Path = *P.Path;
  Bind.Handle = HandleKind::Iterator;
  Bind.Elements = C.Types.isIterator(Range->getType())
                      ? elementsBehind(Range)
                      : C.Words.stability(C.N.type(objectType(Range)));
  Bind.Text = C.N.text(Range);
  Op &Read = emit(OpKind::Read, Range);
  Read.Path = *P.Path;
  const Register Content = Read.Result = fresh();
  Op &Suspend = emit(OpKind::Suspend, CE);
  Suspend.Inputs.push_back(Content);
  Suspend.Stackful = Suspend.Chained = true;
  Suspend.Text = C.N.text(CE->getCallee());
  Suspend.Calls.push_back(std::move(Body));
  emit(OpKind::UseHandle, CE).Var = Iterator;
}

/// `std::copy_if(ids.begin(), ids.end(), std::back_inserter(missing), gone)`:
/// what an algorithm puts into a local depends on what it has looked at.
void Lowering::fillOutputs(const CallExpr *CE, const Value &From) {
  if (From.Registers.empty())
    return;
  for (const Expr *Argument : CE->arguments()) {
    const auto *Output = dyn_cast_or_null<CallExpr>(strip(Argument));
    if (!Output || Output->getNumArgs() == 0 ||
        !llvm::StringRef(C.N.type(Output->getType()))
             .ends_with("insert_iterator"))
      continue;
    const Place P = place(Output->getArg(0));
    if (P.Var == NoIndex || P.Path)
      continue;
    Op &Assign = emit(OpKind::Assign, CE);
    Assign.Var = P.Var;
    Assign.Weak = Assign.Implicit = true;
    Assign.Inputs.assign(From.Registers.begin(), From.Registers.end());
  }
}

namespace {
/// Goes over what a body does itself, with no look at what is never run there:
/// `using R = decltype(f(value));`.
template <class Finder> struct EvaluatedVisitor : RecursiveASTVisitor<Finder> {
  bool TraverseTypeLoc(TypeLoc) { return true; }
  bool TraverseUnaryExprOrTypeTraitExpr(UnaryExprOrTypeTraitExpr *) {
    return true;
  }
  bool TraverseCXXNoexceptExpr(CXXNoexceptExpr *) { return true; }
  bool TraverseLambdaExpr(LambdaExpr *) { return true; }
};

struct ParameterCallFinder : EvaluatedVisitor<ParameterCallFinder> {
  const ParmVarDecl *Wanted = nullptr;
  bool Found = false;
  bool VisitCallExpr(CallExpr *CE) {
    const Expr *Callee = CE->getCallee();
    if (auto *O = dyn_cast<CXXOperatorCallExpr>(CE);
        O && O->getOperator() == OO_Call && O->getNumArgs() > 0)
      Callee = O->getArg(0);
    const Expr *E = stripCallable(Callee);
    if (const auto *Inner = dyn_cast_or_null<CallExpr>(E);
        Inner && Inner->getNumArgs() == 1)
      E = stripCallable(Inner->getArg(0)); // std::forward<F>(f)()
    if (const auto *D = dyn_cast_or_null<DeclRefExpr>(E))
      Found |= D->getDecl() == Wanted;
    return true;
  }
};

struct ParameterKeepFinder : EvaluatedVisitor<ParameterKeepFinder> {
  const ParmVarDecl *Wanted = nullptr;
  bool Found = false;
  bool isWanted(const Expr *E) const {
    E = stripCallable(E);
    if (const auto *Inner = dyn_cast_or_null<CallExpr>(E);
        Inner && Inner->getNumArgs() == 1)
      E = stripCallable(Inner->getArg(0)); // std::move(f)
    const auto *D = dyn_cast_or_null<DeclRefExpr>(E);
    return D && D->getDecl() == Wanted;
  }
  /// `next_`, `waiting_[id]`, `state_->next`
  static bool isMember(const Expr *E) {
    E = strip(E);
    while (const auto *O = dyn_cast<CXXOperatorCallExpr>(E))
      E = strip(O->getArg(0));
    return isa<MemberExpr>(E);
  }
  bool VisitBinaryOperator(BinaryOperator *B) {
    Found |= B->getOpcode() == BO_Assign && isMember(B->getLHS()) &&
             isWanted(B->getRHS());
    return true;
  }
  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr *O) {
    Found |= O->getOperator() == OO_Equal && isMember(O->getArg(0)) &&
             isWanted(O->getArg(1));
    return true;
  }
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr *Call) {
    const Expr *Object = Call->getImplicitObjectArgument();
    Found |= Object && isMember(Object) &&
             llvm::any_of(Call->arguments(),
                          [&](const Expr *E) { return isWanted(E); });
    return true;
  }
};
} // namespace

/// Which parameter of a function that has a body is meant.
static const ParmVarDecl *parameterOf(const FunctionDecl *Callee,
                                      unsigned Index) {
  const FunctionDecl *Definition = nullptr;
  return Callee->hasBody(Definition) && Index < Definition->getNumParams()
             ? Definition->getParamDecl(Index)
             : nullptr;
}

template <class Finder>
static bool findIn(const FunctionDecl *Callee, unsigned Index) {
  Finder F;
  F.Wanted = parameterOf(Callee, Index);
  const FunctionDecl *Definition = nullptr;
  if (F.Wanted && Callee->hasBody(Definition))
    F.TraverseStmt(Definition->getBody());
  return F.Found;
}

bool Lowering::callsParameter(const FunctionDecl *Callee,
                              unsigned Index) const {
  return findIn<ParameterCallFinder>(Callee, Index);
}

/// `if (!ready_) { next_ = std::move(f); return; }`: whether a function keeps
/// what it is given in some state, for who comes later.
bool Lowering::keepsParameter(const FunctionDecl *Callee,
                              unsigned Index) const {
  return findIn<ParameterKeepFinder>(Callee, Index);
}

/// Which parameter or capture a callable is, or was copied from. One that is
/// captured runs where its owner was given it.
std::optional<unsigned> Lowering::callableInput(const Expr *E) {
  constexpr unsigned MaxCopies = 4;
  for (unsigned Copy = 0; Copy < MaxCopies; ++Copy) {
    const auto *D = dyn_cast_or_null<DeclRefExpr>(E);
    const auto *VD = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
    if (!VD)
      return std::nullopt;
    if (const auto Known = Vars.find(VD->getCanonicalDecl());
        Known != Vars.end() && Known->second < F.InputCount)
      return Known->second;
    E = VD->isLocalVarDecl() ? stripCallable(VD->getInit()) : nullptr;
  }
  return std::nullopt;
}

/// The function that an expression is the name or the address of.
static const FunctionDecl *namedFunction(const Expr *E) {
  E = strip(E);
  if (const auto *U = dyn_cast_or_null<UnaryOperator>(E);
      U && U->getOpcode() == UO_AddrOf)
    E = strip(U->getSubExpr());
  const auto *D = dyn_cast_or_null<DeclRefExpr>(E);
  return D ? dyn_cast<FunctionDecl>(D->getDecl()) : nullptr;
}

static bool isBinder(const FunctionDecl *Callee) {
  return Callee && Callee->getIdentifier() &&
         Callee->getName().starts_with("bind");
}

/// What `std::ref(x)` refers to; null for another expression.
static const Expr *referredTo(const Expr *E) {
  const auto *CE = dyn_cast_or_null<CallExpr>(strip(E));
  const FunctionDecl *Callee = CE ? CE->getDirectCallee() : nullptr;
  return Callee && Callee->getIdentifier() && CE->getNumArgs() == 1 &&
                 (Callee->getName() == "ref" || Callee->getName() == "cref")
             ? CE->getArg(0)
             : nullptr;
}

/// The call that a named function and its arguments come to where they are kept
/// together: `std::thread(&service::run, this, 3)`, `std::bind(run, _1)`.
std::optional<CallSite> Lowering::kept(llvm::ArrayRef<const Expr *> Parts,
                                       SourceRange At) {
  const FunctionDecl *Function =
      Parts.empty() ? nullptr : namedFunction(Parts.front());
  const auto *MD = dyn_cast_or_null<CXXMethodDecl>(Function);
  const bool Method = MD && !MD->isStatic();
  if (!Function || (Method && Parts.size() < 2))
    return std::nullopt;
  CallSite S;
  S.Name = C.N.qualified(Function);
  S.At = C.N.span(At);
  S.Callees.push_back(C.N.function(Function));
  const auto Refers = [](const Expr *E) {
    const Expr *Of = referredTo(E);
    return Of ? Of : E;
  };
  if (Method) {
    if (MD->isVirtual())
      S.Callees.push_back(virtualCall(S.Callees.front()));
    S.Receiver = place(Refers(Parts[1])).Path;
    S.MutatesReceiver = !MD->isConst();
  }
  for (const Expr *Given : Parts.drop_front(Method ? 2 : 1)) {
    const llvm::StringRef Type = C.N.type(Given->getType());
    Argument A;
    if (!Type.ends_with("_Placeholder") && !Type.ends_with("::arg")) {
      const Place P = place(Refers(Given));
      A = argument(Given, P);
      if (!referredTo(Given)) {
        A.Path.reset(); // a copy
        A.Round = countsRounds(Given, Given);
      }
      if (Given->isGLValue())
        loadInto(A, P, Given);
    }
    S.Arguments.push_back(std::move(A));
  }
  S.Arguments.resize(Function->getNumParams());
  return S;
}

/// Runs a function by its name on a thread that is made: `Parts` is what the
/// thread is given.
void Lowering::startOnThread(llvm::ArrayRef<const Expr *> Parts,
                             const Expr *Made) {
  if (Parts.empty() || lambdaOf(Parts.front()))
    return;
  llvm::SmallVector<const Expr *, 4> All(Parts);
  if (const auto *Bind = dyn_cast_or_null<CallExpr>(stripCallable(All.front())))
    if (isBinder(Bind->getDirectCallee()))
      All.assign(Bind->arg_begin(), Bind->arg_end());
  if (std::optional<CallSite> S = kept(All, Made->getSourceRange())) {
    Op &Later = emit(OpKind::Later, Made);
    Later.Text = C.N.text(Made);
    Later.Calls.push_back(std::move(*S));
  }
}

/// Whether a call on a future of the program's gives another one, of what the
/// callable comes to.
static bool continuesOneOfItsKind(const CallExpr *CE) {
  const auto *MC = dyn_cast<CXXMemberCallExpr>(CE);
  const auto OfTemplate = [](QualType T) -> const Decl * {
    const auto *S =
        dyn_cast_or_null<ClassTemplateSpecializationDecl>(recordOf(T));
    return S ? S->getSpecializedTemplate()->getCanonicalDecl() : nullptr;
  };
  const Decl *Kind =
      MC && CE->isPRValue() ? OfTemplate(CE->getType()) : nullptr;
  return Kind && Kind == OfTemplate(MC->getObjectType());
}

/// What an operation was given and comes to that a callable waits for:
/// `store(queue_).then([this](bool stored) {...})`, or the same of a local that
/// keeps what the call has returned.
Value Lowering::continued(const Expr *Object) {
  const Expr *E = strip(Object);
  if (const auto *CE = dyn_cast_or_null<CallExpr>(E);
      CE && CE->getNumArgs() == 1 && CE->getDirectCallee() &&
      C.Words.Forwards.matches(C.N.qualified(CE->getDirectCallee())))
    E = strip(CE->getArg(0));
  const CXXRecordDecl *R = E ? recordOf(E->getType()) : nullptr;
  if (!R || C.Types.isHolder(E->getType()) || C.Types.isContainer(E->getType()))
    return {};
  const bool Task = C.Types.isTask(E->getType());
  const auto *Named = dyn_cast<DeclRefExpr>(E);
  if (const auto *VD = Named ? dyn_cast<VarDecl>(Named->getDecl()) : nullptr)
    return VD->isLocalVarDecl() && !VD->getType()->isReferenceType() &&
                   (Task || !C.Types.inSystemHeader(R))
               ? read(E, E)
               : Value();
  const bool Made =
      isa<CallExpr>(E) && E->isPRValue() && !onlyLetsTimePass(C.N.text(E));
  return Task || Made ? valueOf(Object) : Value();
}

/// Callables among the arguments run now, as activities, or later.
void Lowering::runLambdas(const CallExpr *CE, llvm::StringRef Name) {
  // `std::bind(&session::on_read, shared_from_this(), left, _1)`
  const auto Bound = [&](const Expr *E) -> std::optional<CallSite> {
    const auto *Bind = dyn_cast_or_null<CallExpr>(stripCallable(E));
    if (!Bind || !isBinder(Bind->getDirectCallee()))
      return std::nullopt;
    return kept({Bind->getArgs(), Bind->getNumArgs()}, Bind->getSourceRange());
  };
  const FunctionDecl *Callee = CE->getDirectCallee();
  const bool Now =
      C.Words.RunsNow.matches(Name) && !C.Words.RunsLater.matches(Name);
  const bool Starts = C.Words.Starts.matches(Name);
  // `std::async(std::launch::async, run)`
  if (const llvm::ArrayRef All(CE->getArgs(), CE->getNumArgs());
      All.size() > 0 && Name == "std::async")
    startOnThread(
        All.drop_front(C.N.type(All.front()->getType()) == "std::launch" ? 1
                                                                         : 0),
        CE);
  // The object of `start(step)` is no parameter.
  const unsigned Offset =
      isa<CXXOperatorCallExpr>(CE) && isa_and_nonnull<CXXMethodDecl>(Callee);
  Value V = valueOf(CE);
  for (unsigned I = Offset; I < CE->getNumArgs(); ++I) {
    // `thread_ = std::thread(run);`: it runs already.
    if (isThread(objectType(CE->getArg(I)), C))
      continue;
    const LambdaExpr *L = lambdaOf(CE->getArg(I));
    if (!L) {
      // `overloaded{[](order &) {}, [](quote &) {}}`
      if (const auto *Several =
              Now ? dyn_cast_or_null<InitListExpr>(strip(CE->getArg(I)))
                  : nullptr)
        for (const Expr *Each : Several->inits())
          if (const LambdaExpr *One = lambdaOf(Each))
            runNow(CE, Name, One, V);
      if (Now ||
          (Callee && inProgram(Callee) && callsParameter(Callee, I - Offset)))
        continue;
      if (std::optional<CallSite> S = Bound(CE->getArg(I))) {
        Op &Run = emit(Starts ? OpKind::Start : OpKind::Later, CE);
        Run.Text = C.N.text(CE->getCallee());
        Run.Parallel = runsInParallel(CE);
        Run.Calls.push_back(std::move(*S));
        if (const auto Strand = strandFor(CE, I - Offset))
          Run.Lock = *Strand;
      }
      continue;
    }
    if (C.Types.atScopeEnd(CE->getType()) == ScopeEnd::Runs)
      return; // where the scope of what is made ends
    if (Now && !Starts) {
      runNow(CE, Name, L, V);
      continue;
    }
    CallSite S = closure(L);
    const bool Coroutine =
        isa_and_nonnull<CoroutineBodyStmt>(L->getCallOperator()->getBody());
    if (Starts) {
      Op &Start = emit(OpKind::Start, CE);
      Start.Text = C.N.text(CE->getCallee());
      Start.Parallel = runsInParallel(CE);
      Start.Calls.push_back(std::move(S));
      if (const auto Strand = strandFor(CE, I - Offset))
        Start.Lock = *Strand;
      continue;
    }
    // The callee's own facts say when and under which locks, but where it may
    // keep the callable as well.
    if (Callee && inProgram(Callee) && callsParameter(Callee, I - Offset)) {
      if (!keepsParameter(Callee, I - Offset))
        continue;
      for (Op &Call : Current->Ops)
        if (Call.Kind == OpKind::Call &&
            Call.At == C.N.span(CE->getSourceRange()))
          for (CallSite &Each : Call.Calls)
            if (I - Offset < Each.Arguments.size())
              Each.Arguments[I - Offset].Closures.clear();
    }
    if (Coroutine && C.Types.isTask(CE->getType())) {
      if (C.Words.Concurrent.matches(Name))
        passElements(S, L, CE, /*InOrder=*/false);
      V.Awaitable.push_back(std::move(S)); // runs when the result is awaited
      continue;
    }
    const bool Chained =
        C.Types.isTask(CE->getType()) || continuesOneOfItsKind(CE);
    const bool Walks = C.Words.Walks.matches(Name);
    if (Walks)
      passElements(S, L, CE, /*InOrder=*/false);
    Value Before;
    if (const auto *MC = dyn_cast<CXXMemberCallExpr>(CE))
      Before = continued(MC->getImplicitObjectArgument());
    if (L->getCallOperator()->getNumParams() > 0)
      S.Arguments.front().Values.assign(Before.Registers.begin(),
                                        Before.Registers.end());
    Op &Later = emit(OpKind::Later, CE);
    Later.Text = C.N.text(CE->getCallee());
    Later.Parallel = runsInParallel(CE);
    Later.Chained = Chained;
    Later.InLoop = C.Words.Repeats.matches(Name);
    Later.Weak = Walks || C.Words.Rounds.matches(Name);
    Later.Inputs.assign(Before.Registers.begin(), Before.Registers.end());
    // `write(lines_, [this] { lines_.clear(); })`: what the operation is given.
    if (!Chained && !onlyLetsTimePass(C.N.text(CE))) {
      const Value Handler = valueOf(CE->getArg(I));
      for (const Register R : V.Registers)
        if (!llvm::is_contained(Handler.Registers, R))
          Later.Inputs.push_back(R);
    }
    Later.Result = fresh();
    V.Registers.push_back(Later.Result);
    Later.Calls.push_back(S);
    if (const auto Strand = strandFor(CE, I - Offset))
      Later.Lock = *Strand;
    releaseBehind(L);
    if (Walks)
      walkRange(CE, std::move(S));
  }
  fillOutputs(CE, V);
  setValue(CE, std::move(V));
}

/// A lambda begins with the handles that it captures.
void Lowering::bindCaptures() {
  const auto *MD = dyn_cast<CXXMethodDecl>(FD);
  if (!MD || !MD->getParent()->isLambda())
    return;
  for (const LambdaCapture &Capture : MD->getParent()->captures()) {
    const auto *VD = Capture.capturesVariable()
                         ? dyn_cast<VarDecl>(Capture.getCapturedVar())
                         : nullptr;
    if (!VD || !VD->isLocalVarDecl() || !VD->getInit())
      continue;
    const Place P = placeOfVariable(VD);
    if (!P.Path || P.Path->Steps.empty() || P.Via != variable(VD))
      continue;
    if (Op *Bind = bindHandle(VD, *P.Path, VD->getInit(),
                              C.N.span(VD->getSourceRange()))) {
      Bind->Conditional = true;
      Bind->Other = NoIndex;
    }
  }
}

} // namespace interlock
