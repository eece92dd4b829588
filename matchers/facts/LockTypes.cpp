#include "matchers/facts/TypeModel.h"

#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/RecursiveASTVisitor.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace clang;

// Which classes are locks, and which are guards that give a lock back.
namespace interlock {

namespace {
/// Finds the call that gives a lock back in a destructor.
struct UnlockFinder : RecursiveASTVisitor<UnlockFinder> {
  llvm::function_ref<bool(const CXXMemberCallExpr *)> MovesToken;
  std::string Found;
  /// Whoever has filled the one place of a channel has the lock.
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr *E) {
    if (Found.empty() && MovesToken(E))
      Found = "unlock";
    return true;
  }
  bool VisitMemberExpr(MemberExpr *E) {
    const auto *MD = dyn_cast<CXXMethodDecl>(E->getMemberDecl());
    if (!MD || !MD->getIdentifier())
      return true;
    const std::string Lower = MD->getName().lower();
    const llvm::StringRef Name(Lower);
    if (Name == "unlock" || Name == "unlock_shared" || Name == "release" ||
        Name == "signal" || Name == "read_unlock" || Name == "write_unlock" ||
        Name == "unlockShared" || Name == "Unlock")
      Found = Lower;
    return true;
  }
};
} // namespace

static const CXXRecordDecl *definition(const CXXRecordDecl *R) {
  return R ? R->getDefinition() : nullptr;
}

bool isCopyable(const CXXRecordDecl *R) {
  for (const CXXConstructorDecl *C : R->ctors())
    if (C->isCopyConstructor())
      return !C->isDeleted();
  return !R->hasUserDeclaredMoveOperation() &&
         !R->defaultedCopyConstructorIsDeleted();
}

/// A class that is never locked, only unlocked: what its destructor does, out
/// of view, is clear.
static bool givesOnly(const CXXRecordDecl *R) {
  bool Gives = false, Takes = false;
  for (const CXXMethodDecl *M : R->methods()) {
    if (!M->getIdentifier())
      continue;
    Gives |= M->getName() == "unlock";
    Takes |= M->getName().contains("lock") && M->getName() != "unlock" &&
             M->getName() != "owns_lock";
  }
  const CXXDestructorDecl *End = R->getDestructor();
  return Gives && !Takes && End && End->isUserProvided();
}

std::optional<GuardType> TypeModel::guard(QualType T) {
  const CXXRecordDecl *R = recordOf(T);
  if (!R || T.getNonReferenceType()->isPointerType())
    return std::nullopt;
  auto [Entry, New] = Guards.try_emplace(R->getCanonicalDecl());
  if (!New)
    return Entry->second;
  std::optional<GuardType> Result;
  if (const GuardType *Known = Words.guard(N.type(T))) {
    Result = *Known;
  } else if (R = R->getDefinition(); R && !R->isLambda() && !isCopyable(R)) {
    const CXXDestructorDecl *Dtor = R->getDestructor();
    if (!Dtor || !Dtor->hasBody())
      if (const auto *Pattern = R->getTemplateInstantiationPattern())
        Dtor = Pattern->getDestructor();
    UnlockFinder Finder;
    const auto MovesToken = [&](const CXXMemberCallExpr *E) {
      const auto *Of = dyn_cast<MemberExpr>(
          E->getImplicitObjectArgument()->IgnoreParenImpCasts());
      if (!Of || !E->getMethodDecl() ||
          !Words.channel(N.qualified(E->getMethodDecl())))
        return false;
      // Whose channel it refers to, and how much room that has, is known where
      // it is made.
      const QualType T = Of->getMemberDecl()->getType();
      return T->isPointerType() || T->isReferenceType() ||
             hasOnePermit(Of->getMemberDecl());
    };
    Finder.MovesToken = MovesToken;
    if (Dtor && Dtor->hasBody())
      Finder.TraverseStmt(Dtor->getBody());
    // A class that is made of guards is one.
    for (const FieldDecl *Field : R->fields()) {
      const QualType FT = Field->getType();
      if (FT->isReferenceType() || FT->isPointerType() || isHolder(FT) ||
          isContainer(FT) || !recordOf(FT) ||
          std::distance(R->field_begin(), R->field_end()) > 2)
        continue;
      if (std::optional<GuardType> Inner = guard(FT))
        if (!isTask(T) && !isMachinery(R))
          Result = GuardType{N.type(T), Inner->Mode, Inner->Blocking};
    }
    const std::optional<GateType> Gate = gateOf(R);
    if (Gate || (Dtor && !Dtor->hasBody() && givesOnly(R)))
      Result = GuardType{N.type(T), Gate ? Gate->Mode : LockMode::Exclusive,
                         /*Blocking=*/false};
    // What happens to the lock says more than that it is released.
    const bool Clear =
        Gate && (Finder.Found == "release" || Finder.Found == "signal");
    // A destructor that calls the guard's own unlock() says nothing yet about
    // what unlock() does, but a class of this shape is a guard in any case.
    if (!Finder.Found.empty() && !Clear) {
      const llvm::StringRef Found(Finder.Found);
      const bool Shared = Found.contains("shared") || Found.starts_with("read");
      Result = GuardType{N.type(T),
                         Finder.Found == "signal" ? LockMode::Counted
                         : Shared                 ? LockMode::Shared
                                                  : LockMode::Exclusive,
                         false};
    }
  }
  return Guards[recordOf(T)->getCanonicalDecl()] = Result;
}

bool TypeModel::givesBackTo(const CXXRecordDecl *Guard,
                            const CXXRecordDecl *Lock) const {
  Guard = definition(Guard);
  Lock = definition(Lock);
  const auto Refers = [&](const FieldDecl *F) {
    const QualType T = F->getType();
    return (T->isPointerType() || T->isReferenceType()) &&
           definition(T->getPointeeCXXRecordDecl()) == Lock;
  };
  return Guard && Lock && llvm::any_of(Guard->fields(), Refers) &&
         llvm::any_of(Lock->methods(), [](const CXXMethodDecl *M) {
           return M->getIdentifier() && M->param_empty() &&
                  (M->getName() == "signal" || M->getName() == "unlock");
         });
}

bool TypeModel::looksLikeMutex(const CXXRecordDecl *R) {
  R = definition(R);
  if (!R)
    return false;
  if (const auto Known = Mutexes.find(R); Known != Mutexes.end())
    return Known->second;
  return Mutexes[R] = hasLockAndUnlock(R);
}

/// What a function locks or unlocks by its name, beside how it does: nothing
/// for `try_lock_shared`, "row" for `lockRow`.
static std::string lockedThing(llvm::StringRef Name) {
  static const llvm::StringSet<> How = {
      "lock",  "unlock", "acquire",   "release", "try",  "scoped", "unique",
      "async", "co",     "coro",      "await",   "for",  "until",  "guard",
      "read",  "write",  "exclusive", "shared",  "with", "upgrade"};
  std::string Spaced;
  for (const char Each : Name) {
    if (llvm::isUpper(Each))
      Spaced += '_';
    Spaced += llvm::toLower(Each);
  }
  llvm::SmallVector<llvm::StringRef, 4> Words;
  llvm::StringRef(Spaced).split(Words, '_', -1, /*KeepEmpty=*/false);
  std::string Result;
  for (const llvm::StringRef Each : Words)
    if (!How.contains(Each))
      Result += Each;
  return Result;
}

bool TypeModel::hasLockAndUnlock(const CXXRecordDecl *R) {
  llvm::StringSet<> Taken, Given;
  for (const CXXMethodDecl *M : R->methods()) {
    // `unlock_paragraph(document, number)`: something that is locked, no lock.
    if (!M->getIdentifier() || M->getMinRequiredArguments() > 1)
      continue;
    const std::string Lower = M->getName().lower();
    const llvm::StringRef Name(Lower);
    const bool Gave = Name.contains("unlock") || Name == "release";
    // `int acquire() { return ++uses_; }`, `T *acquire()`: a count, a pool.
    QualType Handed = M->getReturnType().getNonReferenceType();
    if (const QualType Given = awaitedType(Handed); !Given.isNull())
      Handed = Given;
    const bool Lends = (Handed->isIntegerType() && !Handed->isBooleanType()) ||
                       isPointer(Handed) || isBareHandle(Handed) ||
                       isHolder(Handed);
    const bool Takes =
        !Gave && ((Name == "acquire" && !Lends) || Name.starts_with("lock") ||
                  Name.ends_with("lock") || Name.contains("_lock_"));
    // `lock_soon()` is not undone by `unlock_keypad()`.
    if (Gave || Takes)
      (Gave ? Given : Taken).insert(lockedThing(M->getName()));
  }
  // Functions that both give and take are members of bases, too.
  for (const CXXBaseSpecifier &B : R->bases())
    if (looksLikeMutex(B.getType()->getAsCXXRecordDecl()))
      return true;
  return llvm::any_of(
      Given.keys(), [&](llvm::StringRef Each) { return Taken.contains(Each); });
}

bool TypeModel::countsPermits(const CXXRecordDecl *R) const {
  R = definition(R);
  if (!R)
    return true;
  const auto Counts = [](QualType T) {
    if (const QualType Inner = firstTypeArgument(T); !Inner.isNull())
      T = Inner;
    return T->isIntegerType() && !T->isBooleanType();
  };
  return llvm::any_of(
             R->fields(),
             [&](const FieldDecl *F) { return Counts(F->getType()); }) ||
         llvm::any_of(R->bases(), [&](const CXXBaseSpecifier &B) {
           return countsPermits(B.getType()->getAsCXXRecordDecl());
         });
}

/// What a member is made from: the only argument, or the first number.
static const Expr *onlyArgument(const Expr *Init) {
  while (Init) {
    Init = Init->IgnoreImplicit();
    if (const auto *List = dyn_cast<InitListExpr>(Init))
      Init = List->getNumInits() == 1 ? List->getInit(0) : nullptr;
    else if (const auto *Ctor = dyn_cast<CXXConstructExpr>(Init)) {
      const auto Number = llvm::find_if(Ctor->arguments(), [](const Expr *A) {
        return A->getType()->isIntegerType() && !isa<CXXDefaultArgExpr>(A);
      });
      Init = Number != Ctor->arg_end() ? *Number
             : Ctor->getNumArgs() >= 1 ? Ctor->getArg(0)
                                       : nullptr;
    } else {
      return Init;
    }
  }
  return nullptr;
}

bool TypeModel::hasOnePermit(const ValueDecl *Semaphore) const {
  const auto IsOne = [&](const Expr *Init) {
    const Expr *Count = onlyArgument(Init);
    Expr::EvalResult Value;
    return Count && !Count->isValueDependent() &&
           Count->EvaluateAsInt(Value, Ctx) && Value.Val.getInt() == 1;
  };
  if (const auto *VD = dyn_cast<VarDecl>(Semaphore))
    return VD->getInit() && IsOne(VD->getInit());
  const auto *FD = dyn_cast<FieldDecl>(Semaphore);
  if (!FD)
    return false;
  if (const auto *R = dyn_cast<CXXRecordDecl>(FD->getParent())) {
    bool Any = false;
    for (const CXXConstructorDecl *C : R->ctors())
      for (const CXXCtorInitializer *I : C->inits())
        if (I->getMember() == FD && I->isWritten()) {
          if (!IsOne(I->getInit()))
            return false;
          Any = true;
        }
    if (Any)
      return true;
  }
  if (!FD->hasInClassInitializer())
    return startsWithOne(recordOf(FD->getType()));
  return FD->getInClassInitializer() && IsOne(FD->getInClassInitializer());
}

/// `explicit semaphore(int permits = 1)`, `int free_ = 1;`
bool TypeModel::startsWithOne(const CXXRecordDecl *R) const {
  R = definition(R);
  if (!R || inSystemHeader(R))
    return false;
  const auto IsOne = [&](const Expr *Init) {
    Expr::EvalResult Value;
    return Init && !Init->isValueDependent() &&
           Init->EvaluateAsInt(Value, Ctx) && Value.Val.getInt() == 1;
  };
  const auto IsCount = [](QualType T) {
    return T->isIntegerType() && !T->isBooleanType();
  };
  for (const CXXConstructorDecl *C : R->ctors())
    for (const ParmVarDecl *P : C->parameters())
      if (C->isDefaultConstructor() && IsCount(P->getType()))
        return P->hasDefaultArg() && !P->hasUninstantiatedDefaultArg() &&
               IsOne(P->getDefaultArg());
  const auto Count = llvm::find_if(
      R->fields(), [&](const FieldDecl *F) { return IsCount(F->getType()); });
  return Count != R->field_end() && Count->hasInClassInitializer() &&
         IsOne(Count->getInClassInitializer());
}

const Expr *TypeModel::initializedWith(const ValueDecl *Member,
                                       const NameSet &Wanted) const {
  const auto *FD = dyn_cast<FieldDecl>(Member);
  const auto *R = FD ? dyn_cast<CXXRecordDecl>(FD->getParent()) : nullptr;
  if (!R)
    return nullptr;
  for (const CXXConstructorDecl *C : R->ctors())
    for (const CXXCtorInitializer *I : C->inits())
      if (I->getMember() == FD && I->isWritten())
        if (const Expr *From = onlyArgument(I->getInit());
            From && Wanted.matches(N.type(From->getType())))
          return From;
  return nullptr;
}

namespace {
/// Finds work that is handed to the executor of a member by name.
struct OrderFinder : RecursiveASTVisitor<OrderFinder> {
  OrderFinder(const ValueDecl *Member,
              llvm::function_ref<bool(const FunctionDecl *)> Later)
      : Member(Member), Later(Later) {}
  const ValueDecl *Member;
  llvm::function_ref<bool(const FunctionDecl *)> Later;
  bool Found = false;
  bool VisitCallExpr(CallExpr *CE) {
    const Expr *Executor =
        CE->getNumArgs() > 1 ? CE->getArg(0)->IgnoreImplicit() : nullptr;
    const ValueDecl *Of = Executor ? executorOf(Executor) : nullptr;
    Found |=
        Of == Member && CE->getDirectCallee() && Later(CE->getDirectCallee());
    return !Found;
  }
};
} // namespace

const ValueDecl *executorOf(const Expr *E) {
  const auto *Call = dyn_cast<CXXMemberCallExpr>(E->IgnoreParenImpCasts());
  const CXXMethodDecl *MD = Call ? Call->getMethodDecl() : nullptr;
  const auto *Of =
      MD && MD->getIdentifier() && MD->getName() == "get_executor"
          ? dyn_cast<MemberExpr>(
                Call->getImplicitObjectArgument()->IgnoreParenImpCasts())
          : nullptr;
  return Of ? Of->getMemberDecl() : nullptr;
}

bool TypeModel::ordersWork(const ValueDecl *Member) {
  const auto *FD = dyn_cast<FieldDecl>(Member);
  const auto *R = FD ? dyn_cast<CXXRecordDecl>(FD->getParent()) : nullptr;
  if (!R)
    return false;
  const auto [Entry, New] = Orders.try_emplace(Member, false);
  if (!New)
    return Entry->second;
  // A coroutine that is started there may go on beside others.
  const auto Later = [&](const FunctionDecl *Callee) {
    return !Words.Starts.matches(N.qualified(Callee));
  };
  OrderFinder Finder(Member, Later);
  for (const CXXMethodDecl *M : R->methods())
    if (M->doesThisDeclarationHaveABody() || M->hasBody())
      Finder.TraverseStmt(M->getBody());
  return Orders[Member] = Finder.Found;
}

QualType TypeModel::awaitedType(QualType T) const {
  const CXXRecordDecl *R = recordOf(T);
  R = definition(R);
  if (!R)
    return {};
  for (const CXXMethodDecl *M : R->methods()) {
    if (M->getIdentifier() && M->getName() == "await_resume")
      return M->getReturnType();
    if (M->getOverloadedOperator() == OO_Coawait)
      return awaitedType(M->getReturnType());
  }
  return isTask(T) ? firstTypeArgument(T) : QualType();
}

bool TypeModel::leadsUnderLock(QualType T) {
  const CXXRecordDecl *R = definition(recordOf(T));
  if (!R || T.getNonReferenceType()->isPointerType() || !guard(T))
    return false;
  return llvm::any_of(R->methods(), [](const CXXMethodDecl *M) {
    return M->getOverloadedOperator() == OO_Arrow;
  });
}

const FieldDecl *TypeModel::lockOfValue(QualType T) {
  const CXXRecordDecl *R = definition(recordOf(T));
  if (!R || T.getNonReferenceType()->isPointerType() ||
      !isa<ClassTemplateSpecializationDecl>(R))
    return nullptr;
  const auto [Entry, New] = LocksOfValues.try_emplace(R, nullptr);
  if (!New)
    return Entry->second;
  const FieldDecl *Lock = nullptr;
  for (const FieldDecl *Field : R->fields())
    if (looksLikeMutex(recordOf(Field->getType())))
      Lock = Field;
  if (!Lock || llvm::none_of(R->methods(), [&](const CXXMethodDecl *M) {
        return leadsUnderLock(M->getReturnType());
      }))
    return nullptr;
  return LocksOfValues[R] = Lock;
}

const FieldDecl *TypeModel::valueUnderLock(QualType T) {
  const QualType Value = firstTypeArgument(T);
  if (Value.isNull() || !lockOfValue(T))
    return nullptr;
  const auto Fields = definition(recordOf(T))->fields();
  const auto Found = llvm::find_if(Fields, [&](const FieldDecl *Field) {
    return Ctx.hasSameType(Field->getType(), Value);
  });
  return Found == Fields.end() ? nullptr : *Found;
}

} // namespace interlock
