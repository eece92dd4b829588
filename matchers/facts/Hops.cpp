#include "matchers/facts/Lowering.h"

using namespace clang;

// Queues of the program's own that run one thing after the other on whatever
// threads there are, and coroutines that go on in them.
namespace interlock {

static bool within(const Stmt *S,
                   llvm::function_ref<bool(const Stmt *)> Wanted) {
  return S && (Wanted(S) || llvm::any_of(S->children(), [&](const Stmt *Each) {
                 return within(Each, Wanted);
               }));
}

static const CXXRecordDecl *definition(const CXXRecordDecl *R) {
  return R ? R->getDefinition() : nullptr;
}

static const Expr *plain(const Expr *E) {
  return E ? E->IgnoreParenImpCasts() : nullptr;
}

/// A callable that is kept, or the handle of a coroutine.
static bool isWork(QualType T) {
  const CXXRecordDecl *R = T->getAsCXXRecordDecl();
  return R && (R->getName() == "coroutine_handle" ||
               R->getName() == "function" || R->getName() == "any_invocable" ||
               R->getName().ends_with("only_function"));
}

namespace {
/// Looks at one class as a queue of work.
struct QueueShape {
  const LoweringContext &C;
  const CXXRecordDecl *R;
  const FieldDecl *Queue = nullptr;

  static constexpr unsigned MaxDepth = 3;

  const FieldDecl *fieldIn(const Stmt *S) const {
    const auto *ME = dyn_cast<MemberExpr>(S);
    const auto *Field = ME ? dyn_cast<FieldDecl>(ME->getMemberDecl()) : nullptr;
    return Field && Field->getParent()->getCanonicalDecl() ==
                        R->getCanonicalDecl()
               ? Field
               : nullptr;
  }
  bool namesQueue(const Stmt *S) const {
    return within(S, [&](const Stmt *E) { return fieldIn(E) == Queue; });
  }

  /// The function of the class that a call is of.
  const FunctionDecl *own(const Stmt *S) const {
    const auto *MC = dyn_cast<CXXMemberCallExpr>(S);
    const CXXMethodDecl *MD = MC ? MC->getMethodDecl() : nullptr;
    const FunctionDecl *Body = nullptr;
    return MD && MD->getParent()->getCanonicalDecl() == R->getCanonicalDecl() &&
                   MD->hasBody(Body)
               ? Body
               : nullptr;
  }

  /// Whether a body takes out what is in the queue and runs it, one after the
  /// other, itself or through functions of the class.
  bool drains(const Stmt *S, unsigned Depth = 0) const {
    const auto Runs = [](const Stmt *E) {
      if (const auto *MC = dyn_cast<CXXMemberCallExpr>(E))
        return MC->getMethodDecl() && MC->getMethodDecl()->getIdentifier() &&
               MC->getMethodDecl()->getName() == "resume";
      const auto *O = dyn_cast<CXXOperatorCallExpr>(E);
      return O && O->getOperator() == OO_Call &&
             isWork(plain(O->getArg(0))->getType());
    };
    const auto GoesRound = [](const Stmt *E) {
      return isa<WhileStmt, DoStmt, ForStmt, CXXForRangeStmt, LambdaExpr>(E);
    };
    if (namesQueue(S) && within(S, Runs) && within(S, GoesRound))
      return true;
    return Depth < MaxDepth &&
           within(
               S,
               [&](const Stmt *E) {
                 const FunctionDecl *Callee = own(E);
                 return Callee && drains(Callee->getBody(), Depth + 1);
               });
  }

  /// Whether a statement sees to it that the queue is drained: hands a callable
  /// to something else that does so, or does it itself.
  bool setsGoing(const Stmt *S, unsigned Depth = 0) const {
    return within(S, [&](const Stmt *E) {
      if (const auto *L = dyn_cast<LambdaExpr>(E))
        return drains(L->getBody());
      const FunctionDecl *Callee = own(E);
      return Callee &&
             (drains(Callee->getBody()) ||
              (Depth < MaxDepth && setsGoing(Callee->getBody(), Depth + 1)));
    });
  }

  /// Whether a condition asks if somebody drains it already: by a flag, or by
  /// whether there was anything.
  bool asksForDrain(const Expr *Condition) const {
    return within(Condition, [&](const Stmt *E) {
      if (const FieldDecl *Field = fieldIn(E)) {
        const QualType T = Field->getType();
        const QualType Of = firstTypeArgument(T);
        return Field == Queue || T->isBooleanType() ||
               (!Of.isNull() && Of->isBooleanType()) ||
               C.N.type(T) == "std::atomic_flag";
      }
      const auto *D = dyn_cast<DeclRefExpr>(E);
      const auto *VD = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
      return VD && VD->isLocalVarDecl() && VD->getInit() &&
             VD->getType()->isBooleanType() && asksForDrain(VD->getInit());
    });
  }

  /// `queue_.push_back(work); if (running_) return; running_ = true;
  /// crew_.run([this] { drain(); });`
  bool isEntry(const CXXMethodDecl *MD) const {
    const FunctionDecl *Body = nullptr;
    if (MD->param_empty() || !MD->hasBody(Body))
      return false;
    const auto NamesParameter = [&](const Stmt *E) {
      const auto *D = dyn_cast<DeclRefExpr>(E);
      return D && llvm::is_contained(Body->parameters(), D->getDecl());
    };
    const auto Keeps = [&](const Stmt *E) {
      const auto *MC = dyn_cast<CXXMemberCallExpr>(E);
      return MC && fieldIn(plain(MC->getImplicitObjectArgument())) == Queue &&
             llvm::any_of(MC->arguments(), [&](const Expr *Given) {
               return within(Given, NamesParameter);
             });
    };
    if (!within(Body->getBody(), Keeps) || !setsGoing(Body->getBody()))
      return false;
    const auto Leaves = [](const Stmt *E) { return isa<ReturnStmt>(E); };
    return within(Body->getBody(), [&](const Stmt *E) {
      const auto *If = dyn_cast<IfStmt>(E);
      return If && asksForDrain(If->getCond()) &&
             (within(If->getThen(), Leaves) || setsGoing(If->getThen()));
    });
  }
};
} // namespace

bool isSerialQueue(const CXXRecordDecl *R, const LoweringContext &C) {
  R = definition(R);
  if (!R || C.Types.inSystemHeader(R) || keepsThreads(R, C))
    return false;
  for (const FieldDecl *Field : R->fields()) {
    const QualType Each = firstTypeArgument(Field->getType());
    if (Each.isNull() || !C.Types.isContainer(Field->getType()) ||
        !isWork(Each))
      continue;
    const QueueShape Shape{C, R, Field};
    if (llvm::any_of(R->methods(), [&](const CXXMethodDecl *MD) {
          return Shape.isEntry(MD);
        }))
      return true;
  }
  return false;
}

/// The expression without what makes an object of it.
static const Expr *made(const Expr *E) {
  while (E) {
    E = strip(E);
    const auto *Ctor = dyn_cast<CXXConstructExpr>(E);
    if (!Ctor || !Ctor->getConstructor()->isCopyOrMoveConstructor())
      return E;
    E = Ctor->getArg(0);
  }
  return nullptr;
}

/// What the only return of a function gives.
static const Expr *onlyReturn(const FunctionDecl *Definition) {
  const Expr *Result = nullptr;
  unsigned Several = 0;
  within(Definition->getBody(), [&](const Stmt *S) {
    if (const auto *R = dyn_cast<ReturnStmt>(S)) {
      Result = R->getRetValue();
      ++Several;
    }
    return false;
  });
  return Several == 1 ? Result : nullptr;
}

/// What a member of an object that an expression makes is made from.
Place Lowering::placeInMade(const Expr *E, const FieldDecl *Member,
                            unsigned Depth) {
  constexpr unsigned MaxDepth = 4;
  E = made(E);
  if (!E || Depth > MaxDepth)
    return {};
  if (const auto *List = dyn_cast<InitListExpr>(E)) {
    const unsigned At = Member->getFieldIndex();
    return At < List->getNumInits() ? place(List->getInit(At)) : Place();
  }
  if (const auto *Ctor = dyn_cast<CXXConstructExpr>(E)) {
    for (const CXXCtorInitializer *I : Ctor->getConstructor()->inits()) {
      const auto *D = I->getMember() == Member
                          ? dyn_cast_or_null<DeclRefExpr>(made(I->getInit()))
                          : nullptr;
      for (unsigned P = 0; D && P < Ctor->getNumArgs(); ++P)
        if (Ctor->getConstructor()->getParamDecl(P) == D->getDecl())
          return place(Ctor->getArg(P));
    }
    return {};
  }
  const auto *CE = dyn_cast<CallExpr>(E);
  const FunctionDecl *Definition = nullptr;
  if (!CE || !CE->getDirectCallee() ||
      !CE->getDirectCallee()->hasBody(Definition) ||
      Definition->isDependentContext() || !inProgram(Definition))
    return {};
  const Expr *Given = onlyReturn(Definition);
  if (!Given)
    return {};
  const Substitution S = substitution(CE, Definition);
  const Substitution *Outer = Inside;
  Inside = &S;
  Place Result = placeInMade(Given, Member, Depth + 1);
  Inside = Outer;
  return Result;
}

/// `struct Enter { Queue &q; void await_suspend(handle h) { q.post(h); } };`:
/// the queue of the program in which a coroutine goes on after it has awaited
/// this, whoever brings it there.
std::optional<LockName> Lowering::hopOf(const CoroutineSuspendExpr *E) {
  const Expr *Operand = E->getOperand();
  const CXXRecordDecl *Awaiter = definition(recordOf(Operand->getType()));
  if (!Awaiter || C.Types.inSystemHeader(Awaiter))
    return std::nullopt;
  const FunctionDecl *Suspend = nullptr;
  for (const CXXMethodDecl *MD : Awaiter->methods())
    if (MD->getIdentifier() && MD->getName() == "await_suspend" &&
        MD->getNumParams() == 1)
      MD->hasBody(Suspend);
  if (!Suspend)
    return std::nullopt;
  const auto NamesHandle = [&](const Stmt *S) {
    const auto *D = dyn_cast<DeclRefExpr>(S);
    return D && D->getDecl() == Suspend->getParamDecl(0);
  };
  const Expr *Queue = nullptr;
  within(Suspend->getBody(), [&](const Stmt *S) {
    const auto *MC = dyn_cast<CXXMemberCallExpr>(S);
    const Expr *On = MC ? MC->getImplicitObjectArgument() : nullptr;
    if (On && isSerialQueue(recordOf(objectType(On)), C) &&
        llvm::any_of(MC->arguments(), [&](const Expr *Given) {
          return within(Given, NamesHandle);
        }))
      Queue = On;
    return Queue != nullptr;
  });
  // From there back to the awaiter.
  llvm::SmallVector<const FieldDecl *, 4> Way;
  constexpr unsigned MaxSteps = 8;
  for (unsigned Steps = 0; Queue && Steps < MaxSteps; ++Steps) {
    Queue = strip(Queue);
    if (isa<CXXThisExpr>(Queue))
      break;
    if (const auto *ME = dyn_cast<MemberExpr>(Queue)) {
      const auto *Field = dyn_cast<FieldDecl>(ME->getMemberDecl());
      if (!Field)
        return std::nullopt;
      Way.push_back(Field);
      Queue = ME->getBase();
    } else if (const auto *U = dyn_cast<UnaryOperator>(Queue)) {
      Queue = U->getSubExpr();
    } else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(Queue)) {
      Queue = O->getArg(0);
    } else if (const auto *D = dyn_cast<DeclRefExpr>(Queue)) {
      const auto *VD = dyn_cast<VarDecl>(D->getDecl());
      Queue = VD && VD->getType()->isReferenceType() ? VD->getInit() : nullptr;
    } else {
      return std::nullopt;
    }
  }
  if (!Queue || !isa<CXXThisExpr>(Queue) || Way.empty())
    return std::nullopt;
  const Place Outermost = placeInMade(Operand, Way.back(), 0);
  if (!Outermost.Path)
    return std::nullopt;
  LockName Result;
  Result.Strand = true;
  Result.Path = *Outermost.Path;
  for (const FieldDecl *Field : llvm::reverse(llvm::drop_end(Way)))
    Result.Path = Result.Path.field(C.Types.field(Field));
  return Result;
}

} // namespace interlock
