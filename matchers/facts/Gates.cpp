#include "matchers/facts/TypeModel.h"

#include "clang/AST/RecursiveASTVisitor.h"

using namespace clang;

// Locks that are known by what they have: a flag, and the coroutines that wait.
namespace interlock {

static const CXXRecordDecl *definition(const CXXRecordDecl *R) {
  return R ? R->getDefinition() : nullptr;
}

static bool isResumable(QualType T) {
  const CXXRecordDecl *R = recordOf(T);
  return R && R->getName() == "coroutine_handle";
}

/// What a container or an atomic is made of, or the type itself.
static QualType innermost(QualType T) {
  for (QualType Inner = T; !Inner.isNull() && !isResumable(T);
       Inner = firstTypeArgument(T))
    T = Inner;
  return T;
}

/// What a map has for each key; null if it is none.
static QualType mappedType(QualType Map) {
  const CXXRecordDecl *R = Map->getAsCXXRecordDecl();
  return R && R->getName().ends_with("map") ? typeArgument(R, 1) : QualType();
}

/// Whether those that wait are kept by a key: which keys are in the map says
/// for which of them somebody is inside.
static bool isByKey(QualType Map) {
  const QualType Each = mappedType(Map);
  return !Each.isNull() && isResumable(innermost(Each));
}

bool TypeModel::isGate(const CXXRecordDecl *R) {
  R = definition(R);
  if (!R || R->field_empty())
    return false;
  if (std::next(R->field_begin()) == R->field_end() &&
      isByKey(R->field_begin()->getType()))
    return true;
  bool Flag = false, Queue = false;
  for (const FieldDecl *Field : R->fields()) {
    // One for each key.
    if (const QualType Each = mappedType(Field->getType());
        !Each.isNull() && recordOf(Each) != R && isGate(recordOf(Each))) {
      Flag = Queue = true;
      continue;
    }
    const QualType T = innermost(Field->getType());
    const CXXRecordDecl *Waiter = recordOf(T);
    const bool Waits =
        isResumable(T) ||
        (Waiter && Waiter->hasDefinition() &&
         llvm::any_of(Waiter->fields(), [](const FieldDecl *Each) {
           return isResumable(Each->getType());
         }));
    Queue |= Waits;
    Flag |= T->isBooleanType() ||
            (T->isPointerType() && !isContainer(Field->getType()));
    // What it runs on, and the like, is not its own state.
    if (!Waits && !T->isBooleanType() && !T->isPointerType() &&
        !T->isReferenceType() && !looksLikeMutex(Waiter) &&
        !Words.Synchronizers.matches(N.type(T)))
      return false;
  }
  return Flag && Queue;
}

/// Whether a handle of a coroutine is somewhere in the type.
static bool holdsResumable(QualType T, unsigned Depth = 4) {
  const CXXRecordDecl *R = T->getAsCXXRecordDecl();
  if (!R || Depth == 0)
    return false;
  if (isResumable(T))
    return true;
  if (const auto *S = dyn_cast<ClassTemplateSpecializationDecl>(R)) {
    const auto Holds = [&](const TemplateArgument &A) {
      return A.getKind() == TemplateArgument::Type &&
             holdsResumable(A.getAsType(), Depth - 1);
    };
    return llvm::any_of(S->getTemplateArgs().asArray(), Holds);
  }
  return R->hasDefinition() && !R->isInStdNamespace() &&
         llvm::any_of(R->fields(), [&](const FieldDecl *Field) {
           return holdsResumable(Field->getType(), Depth - 1);
         });
}

/// Whether a class has a function that lets others go on, and goes on itself.
static bool drives(const CXXRecordDecl *R) {
  static constexpr llvm::StringLiteral Drives[] = {
      "run",  "poll", "spin",  "step", "tick",    "perform", "drive",
      "loop", "pump", "drain", "play", "advance", "execute", "turn"};
  return llvm::any_of(R->methods(), [](const CXXMethodDecl *M) {
    return M->getDeclName().isIdentifier() &&
           llvm::any_of(Drives, [&](llvm::StringRef Verb) {
             return M->getName().starts_with_insensitive(Verb);
           });
  });
}

bool TypeModel::keepsWaiting(const CXXRecordDecl *R) {
  R = definition(R);
  return R && !looksLikeMutex(R) && !drives(R) &&
         llvm::any_of(R->fields(), [](const FieldDecl *Field) {
           return holdsResumable(Field->getType());
         });
}

namespace {
/// What a function does to the members of a class, and whom it calls for that.
struct ReleaseFinder : RecursiveASTVisitor<ReleaseFinder> {
  ReleaseFinder(const CXXRecordDecl *Guard, const CXXRecordDecl *Lock,
                const ASTContext &Ctx)
      : Guard(Guard), Lock(Lock), Ctx(Ctx) {}
  const CXXRecordDecl *Guard, *Lock;
  const ASTContext &Ctx;
  bool Opens = false, Adds = false, Takes = false;
  bool Sets = false, Clears = false; ///< a flag
  llvm::SmallVector<const CXXMethodDecl *, 4> Called;

  /// The member of the lock that an expression names, of the type in it if it
  /// is an atomic; null for others.
  QualType member(const Expr *E) const {
    const auto *ME = dyn_cast<MemberExpr>(E->IgnoreParenImpCasts());
    const auto *Field = ME ? dyn_cast<FieldDecl>(ME->getMemberDecl()) : nullptr;
    if (!Field ||
        definition(dyn_cast<CXXRecordDecl>(Field->getParent())) != Lock)
      return {};
    return innermost(Field->getType());
  }
  static bool isCount(QualType T) {
    return !T.isNull() && T->isIntegerType() && !T->isBooleanType();
  }
  /// A flag is set to what it was, a count or a pointer to nothing.
  void assign(QualType T, const Expr *To) {
    if (T.isNull())
      return;
    To = To->IgnoreImplicit();
    const bool Nothing =
        isa<CXXNullPtrLiteralExpr>(To) ||
        (isa<InitListExpr>(To) && cast<InitListExpr>(To)->getNumInits() == 0);
    if (const auto *Flag = dyn_cast<CXXBoolLiteralExpr>(To))
      (Flag->getValue() ? Sets : Clears) = true;
    Expr::EvalResult Value;
    Opens |= T->isBooleanType() || (T->isPointerType() && Nothing) ||
             (isCount(T) && !To->isValueDependent() &&
              To->EvaluateAsInt(Value, Ctx) && Value.Val.getInt() == 0);
  }
  void count(const Expr *Of, bool Up) {
    if (isCount(member(Of)))
      (Up ? Adds : Takes) = true;
  }

  bool VisitBinaryOperator(BinaryOperator *B) {
    if (B->getOpcode() == BO_Assign)
      assign(member(B->getLHS()), B->getRHS());
    else if (B->getOpcode() == BO_AddAssign || B->getOpcode() == BO_SubAssign)
      count(B->getLHS(), B->getOpcode() == BO_AddAssign);
    return true;
  }
  bool VisitUnaryOperator(UnaryOperator *U) {
    if (U->isIncrementDecrementOp())
      count(U->getSubExpr(), U->isIncrementOp());
    return true;
  }
  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr *O) {
    const OverloadedOperatorKind Kind = O->getOperator();
    if (Kind == OO_Equal && O->getNumArgs() == 2)
      assign(member(O->getArg(0)), O->getArg(1));
    else if (Kind == OO_PlusPlus || Kind == OO_PlusEqual)
      count(O->getArg(0), /*Up=*/true);
    else if (Kind == OO_MinusMinus || Kind == OO_MinusEqual)
      count(O->getArg(0), /*Up=*/false);
    return true;
  }
  bool VisitCallExpr(CallExpr *CE) {
    const FunctionDecl *Callee = CE->getDirectCallee();
    if (!Callee || !Callee->getIdentifier())
      return true;
    const llvm::StringRef Name = Callee->getName();
    const auto *MC = dyn_cast<CXXMemberCallExpr>(CE);
    if (!MC) {
      if (Name == "exchange" && CE->getNumArgs() == 2)
        assign(member(CE->getArg(0)), CE->getArg(1));
      return true;
    }
    const CXXMethodDecl *MD = MC->getMethodDecl();
    const Expr *Object = MC->getImplicitObjectArgument();
    const CXXRecordDecl *Of = definition(MD->getParent());
    if (Of == Lock || Of == Guard)
      Called.push_back(MD);
    else if (Name == "fetch_add" || Name == "fetch_sub")
      count(Object, Name == "fetch_add");
    else if ((Name == "store" || Name == "exchange") && MC->getNumArgs() > 0)
      assign(member(Object), MC->getArg(0));
    return true;
  }
  bool TraverseLambdaExpr(LambdaExpr *) { return true; }
};

/// Finds where a class sets one of its flags to false.
struct FlagFinder : RecursiveASTVisitor<FlagFinder> {
  bool Found = false;
  bool VisitBinaryOperator(BinaryOperator *B) {
    const auto *False =
        dyn_cast<CXXBoolLiteralExpr>(B->getRHS()->IgnoreParenImpCasts());
    Found |= B->getOpcode() == BO_Assign && False && !False->getValue() &&
             isa<MemberExpr>(B->getLHS()->IgnoreParenImpCasts());
    return !Found;
  }
};
} // namespace

/// The bodies that are looked at before it is given up.
static constexpr unsigned MostCalls = 4;

std::optional<LockMode> TypeModel::givenBack(const FunctionDecl *End,
                                             const CXXRecordDecl *Guard,
                                             const CXXRecordDecl *Lock) const {
  // The nearest function that does something to the lock tells: who calls on
  // the next ones takes it for them.
  llvm::SmallVector<const FunctionDecl *, 4> Now{End};
  for (unsigned Depth = 0; Depth < MostCalls && !Now.empty(); ++Depth) {
    ReleaseFinder Finder(Guard, Lock, Ctx);
    for (const FunctionDecl *Each : Now)
      if (const FunctionDecl *Definition = nullptr; Each->hasBody(Definition))
        Finder.TraverseStmt(Definition->getBody());
    if (Finder.Opens)
      return LockMode::Exclusive;
    if (Finder.Adds)
      return LockMode::Counted;
    if (Finder.Takes) {
      // Who is counted is a reader where somebody else shuts all out.
      FlagFinder Writer;
      Writer.TraverseDecl(const_cast<CXXRecordDecl *>(Lock));
      return Writer.Found ? std::optional(LockMode::Shared) : std::nullopt;
    }
    Now.assign(Finder.Called.begin(), Finder.Called.end());
  }
  return std::nullopt;
}

/// Whether coroutines wait in the objects of a class.
static bool keepsCoroutines(const CXXRecordDecl *R) {
  return llvm::any_of(R->fields(), [](const FieldDecl *Field) {
    const QualType T = Field->getType();
    return holdsResumable(T->isPointerType() ? T->getPointeeType() : T);
  });
}

/// Whether a class of the program is one in which coroutines stand in line.
bool TypeModel::isLine(const CXXRecordDecl *Lock) const {
  return !inSystemHeader(Lock) && keepsCoroutines(Lock) && !drives(Lock);
}

/// `std::unique_ptr<lock, opener>`: what its deleter does to the lock.
std::optional<GateType> TypeModel::deleted(const CXXRecordDecl *Guard) const {
  if (N.qualified(Guard) != "std::unique_ptr")
    return std::nullopt;
  const QualType Of = typeArgument(Guard, 0), By = typeArgument(Guard, 1);
  const CXXRecordDecl *Lock =
      Of.isNull() ? nullptr : definition(Of->getAsCXXRecordDecl());
  const CXXRecordDecl *Deleter =
      By.isNull() ? nullptr : definition(By->getAsCXXRecordDecl());
  if (!Lock || !Deleter || inSystemHeader(Deleter) || !isLine(Lock))
    return std::nullopt;
  for (const CXXMethodDecl *M : Deleter->methods())
    if (M->getOverloadedOperator() == OO_Call)
      if (const auto Mode = givenBack(M, Deleter, Lock))
        return GateType{Lock, *Mode};
  return std::nullopt;
}

std::optional<GateType> TypeModel::gateOf(const CXXRecordDecl *Guard) {
  Guard = definition(Guard);
  if (const auto Mode = Guard ? deleted(Guard) : std::nullopt)
    return Mode;
  const CXXDestructorDecl *End = Guard ? Guard->getDestructor() : nullptr;
  if (!End || !End->isUserProvided() || isCopyable(Guard) ||
      inSystemHeader(Guard))
    return std::nullopt;
  const auto [Entry, New] = Gates.try_emplace(Guard);
  if (!New)
    return Entry->second;
  std::optional<GateType> Result;
  for (const FieldDecl *Field : Guard->fields()) {
    const QualType T = Field->getType();
    QualType Of = T->isReferenceType() || T->isPointerType()
                      ? T->getPointeeType()
                  : isHolder(T) ? firstTypeArgument(T)
                                : QualType();
    const CXXRecordDecl *Lock =
        Of.isNull() ? nullptr : definition(Of->getAsCXXRecordDecl());
    if (!Lock)
      continue;
    if (isGate(Lock) && !isHolder(T))
      Result = GateType{Lock, LockMode::Exclusive};
    else if (isLine(Lock))
      if (const auto Mode = givenBack(End, Guard, Lock))
        Result = GateType{Lock, *Mode};
    if (Result)
      break;
  }
  return Gates[Guard] = Result;
}

std::optional<GateType> TypeModel::gateTaken(QualType Given,
                                             const CXXRecordDecl *Of) {
  const std::optional<GateType> G =
      Given.isNull() ? std::nullopt : gateOf(recordOf(Given));
  Of = definition(Of);
  const auto Shares = [&](const FieldDecl *Field) {
    const QualType Inner = firstTypeArgument(Field->getType());
    return !Inner.isNull() && isHolder(Field->getType()) &&
           definition(Inner->getAsCXXRecordDecl()) == G->Lock;
  };
  return G && Of && (G->Lock == Of || llvm::any_of(Of->fields(), Shares))
             ? G
             : std::nullopt;
}

bool TypeModel::gives(const CXXMethodDecl *MD) {
  if (!MD || MD->isConst() || MD->isStatic() ||
      !MD->getReturnType()->isVoidType() || isa<CXXDestructorDecl>(MD) ||
      isa<CXXConstructorDecl>(MD))
    return false;
  const std::optional<GateType> G = gateOf(MD->getParent());
  return G && givenBack(MD, MD->getParent(), G->Lock);
}

bool TypeModel::waitsByKey(const CXXRecordDecl *Lock) {
  return llvm::any_of(Lock->fields(), [](const FieldDecl *Field) {
    const QualType Each = mappedType(Field->getType());
    return !Each.isNull() && holdsResumable(Each);
  });
}

/// What some functions do to the flags of a lock, or those that they call.
static ReleaseFinder doneTo(llvm::ArrayRef<const FunctionDecl *> Functions,
                            const CXXRecordDecl *Lock, const ASTContext &Ctx) {
  ReleaseFinder Result(Lock, Lock, Ctx);
  llvm::SmallVector<const FunctionDecl *, 8> Work(Functions.begin(),
                                                  Functions.end());
  for (unsigned I = 0; I < Work.size() && I < MostCalls; ++I) {
    if (const FunctionDecl *Definition = nullptr; Work[I]->hasBody(Definition))
      Result.TraverseStmt(Definition->getBody());
    Work.append(Result.Called.begin(), Result.Called.end());
    Result.Called.clear();
  }
  return Result;
}

bool TypeModel::shuts(const CXXMethodDecl *MD) {
  const CXXRecordDecl *Lock = definition(MD->getParent());
  const CXXRecordDecl *Awaiter = definition(recordOf(MD->getReturnType()));
  if (!Lock || !Awaiter || !isLine(Lock) || looksLikeMutex(Lock) ||
      isTask(MD->getReturnType()))
    return false;
  const QualType Given = awaitedType(MD->getReturnType());
  if (Given.isNull() || !Given->isVoidType())
    return false;
  llvm::SmallVector<const FunctionDecl *, 2> Asked;
  for (const CXXMethodDecl *M : Awaiter->methods())
    if (M->getIdentifier() &&
        (M->getName() == "await_ready" || M->getName() == "await_suspend"))
      Asked.push_back(M);
  return doneTo(Asked, Lock, Ctx).Sets;
}

bool TypeModel::opens(const CXXMethodDecl *MD) {
  const CXXRecordDecl *Lock = MD ? definition(MD->getParent()) : nullptr;
  return Lock && !MD->isConst() && MD->getReturnType()->isVoidType() &&
         isLine(Lock) && doneTo({MD}, Lock, Ctx).Clears &&
         llvm::any_of(Lock->methods(),
                      [&](const CXXMethodDecl *M) { return shuts(M); });
}

} // namespace interlock
