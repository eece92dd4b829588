#include "matchers/facts/TypeModel.h"

#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/RecursiveASTVisitor.h"

using namespace clang;

namespace interlock {

bool TypeModel::inSystemHeader(const Decl *D) const {
  const SourceManager &SM = Ctx.getSourceManager();
  const SourceLocation L = D->getLocation();
  return L.isInvalid() || SM.isInSystemHeader(SM.getExpansionLoc(L));
}

bool TypeModel::isContainer(QualType T) const {
  return Words.stability(N.type(T)) != Stability::NotContainer ||
         T.getNonReferenceType()->isArrayType();
}

bool TypeModel::isHolder(QualType T) const {
  return Words.Holders.matches(N.type(T));
}

bool TypeModel::isStrongHolder(QualType T) const {
  const llvm::StringRef Name = N.type(T);
  return isHolder(T) && !Name.ends_with("weak_ptr") &&
         !Name.ends_with("reference_wrapper") && !keepsBareHandles(T);
}

bool TypeModel::isIterator(QualType T) const {
  const CXXRecordDecl *R = recordOf(T);
  if (!R || T.getNonReferenceType()->isPointerType())
    return false;
  const llvm::StringRef Name = R->getName();
  return Name.contains_insensitive("iterator");
}

bool TypeModel::isInsertion(QualType T) const {
  const auto *Pair =
      dyn_cast_or_null<ClassTemplateSpecializationDecl>(recordOf(T));
  return Pair && N.type(T) == "std::pair" &&
         Pair->getTemplateArgs().size() == 2 &&
         Pair->getTemplateArgs()[0].getKind() == TemplateArgument::Type &&
         isIterator(Pair->getTemplateArgs()[0].getAsType()) &&
         Pair->getTemplateArgs()[1].getAsType()->isBooleanType();
}

bool TypeModel::isView(QualType T) const {
  const llvm::StringRef Name = N.type(T);
  return Name.ends_with("string_view") || Name == "std::span" ||
         Name.ends_with("subrange") || Name.ends_with("_view");
}

bool TypeModel::isPointer(QualType T) const {
  const llvm::StringRef Name = N.type(T);
  return T.getNonReferenceType()->isPointerType() ||
         (isHolder(T) &&
          (Name.ends_with("_ptr") || Name.ends_with("reference_wrapper") ||
           Name.ends_with("not_null") || Name.ends_with("Pointer")));
}

bool TypeModel::isBareHandle(QualType T) const {
  return (isPointer(T) && !isStrongHolder(T) &&
          !N.type(T).ends_with("weak_ptr")) ||
         isIterator(T) || isView(T) || (isHolder(T) && keepsBareHandles(T));
}

bool TypeModel::keepsBareHandles(QualType Container) const {
  const auto *S =
      dyn_cast_or_null<ClassTemplateSpecializationDecl>(recordOf(Container));
  return S && llvm::any_of(S->getTemplateArgs().asArray(),
                           [&](const TemplateArgument &A) {
                             return A.getKind() == TemplateArgument::Type &&
                                    isBareHandle(A.getAsType());
                           });
}

bool TypeModel::isSharedHandle(QualType T) const {
  T = T.getNonReferenceType();
  const llvm::StringRef Name = N.type(T);
  return T->isPointerType() || Name.ends_with("shared_ptr") ||
         Name.ends_with("weak_ptr") || Name.ends_with("intrusive_ptr") ||
         Name.ends_with("reference_wrapper") || Name.ends_with("not_null");
}

bool TypeModel::isPointerLike(QualType T) const {
  return T.getNonReferenceType()->isPointerType() || isIterator(T) ||
         isView(T) || isHolder(T);
}

static bool hasMember(const CXXRecordDecl *R, llvm::StringRef Name) {
  if (!R || !(R = R->getDefinition()))
    return false;
  ASTContext &Ctx = R->getASTContext();
  const DeclarationName DN(&Ctx.Idents.get(Name));
  if (!R->lookup(DN).empty())
    return true;
  for (const CXXBaseSpecifier &B : R->bases())
    if (hasMember(B.getType()->getAsCXXRecordDecl(), Name))
      return true;
  return false;
}

bool TypeModel::isTask(QualType T) const {
  const CXXRecordDecl *R = recordOf(T);
  if (!R)
    return false;
  if (hasMember(R, "promise_type"))
    return true;
  const llvm::StringRef Name = R->getName();
  // Types whose traits are specialised rather than nested.
  return Name == "awaitable" || Name == "future" || Name == "result" ||
         Name == "task" || Name == "Task";
}

bool TypeModel::isAwaitable(QualType T) const {
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

bool TypeModel::isMachinery(const CXXRecordDecl *R) const {
  return hasMember(R, "await_suspend") || hasMember(R, "await_ready") ||
         hasMember(R, "get_return_object");
}

namespace {
/// Finds the call that gives a lock back in a destructor.
struct UnlockFinder : RecursiveASTVisitor<UnlockFinder> {
  std::string Found;
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

static bool copyable(const CXXRecordDecl *R) {
  for (const CXXConstructorDecl *C : R->ctors())
    if (C->isCopyConstructor())
      return !C->isDeleted();
  return !R->hasUserDeclaredMoveOperation() &&
         !R->defaultedCopyConstructorIsDeleted();
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
  } else if ((R = R->getDefinition()) && !R->isLambda() && !copyable(R)) {
    const CXXDestructorDecl *Dtor = R->getDestructor();
    if (!Dtor || !Dtor->hasBody())
      if (const auto *Pattern = R->getTemplateInstantiationPattern())
        Dtor = Pattern->getDestructor();
    UnlockFinder Finder;
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
    // A destructor that calls the guard's own unlock() says nothing yet about
    // what unlock() does, but a class of this shape is a guard in any case.
    if (!Finder.Found.empty()) {
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

bool TypeModel::looksLikeMutex(const CXXRecordDecl *R) {
  if (!R || !(R = R->getDefinition()))
    return false;
  if (const auto Known = Mutexes.find(R); Known != Mutexes.end())
    return Known->second;
  return Mutexes[R] = hasLockAndUnlock(R);
}

bool TypeModel::hasLockAndUnlock(const CXXRecordDecl *R) {
  bool Takes = false, Gives = false;
  for (const CXXMethodDecl *M : R->methods()) {
    if (!M->getIdentifier())
      continue;
    const std::string Lower = M->getName().lower();
    const llvm::StringRef Name(Lower);
    const bool Gave = Name.contains("unlock") || Name == "release";
    Gives |= Gave;
    Takes |= !Gave && (Name == "acquire" || Name.starts_with("lock") ||
                       Name.ends_with("lock") || Name.contains("_lock_"));
  }
  // Functions that both give and take are members of bases, too.
  for (const CXXBaseSpecifier &B : R->bases())
    if (looksLikeMutex(B.getType()->getAsCXXRecordDecl()))
      return true;
  return Takes && Gives;
}

bool TypeModel::countsPermits(const CXXRecordDecl *R) const {
  if (!R || !(R = R->getDefinition()))
    return true;
  const auto Counts = [](QualType T) {
    if (const auto *S = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
            T->getAsCXXRecordDecl()))
      if (S->getTemplateArgs().size() > 0 &&
          S->getTemplateArgs()[0].getKind() == TemplateArgument::Type)
        T = S->getTemplateArgs()[0].getAsType();
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
        return A->getType()->isIntegerType();
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
  return FD->hasInClassInitializer() && FD->getInClassInitializer() &&
         IsOne(FD->getInClassInitializer());
}

bool TypeModel::initializedWith(const ValueDecl *Member,
                                const NameSet &Wanted) const {
  const auto *FD = dyn_cast<FieldDecl>(Member);
  const auto *R = FD ? dyn_cast<CXXRecordDecl>(FD->getParent()) : nullptr;
  if (!R)
    return false;
  for (const CXXConstructorDecl *C : R->ctors())
    for (const CXXCtorInitializer *I : C->inits())
      if (I->getMember() == FD && I->isWritten())
        if (const Expr *From = onlyArgument(I->getInit());
            From && Wanted.matches(N.type(From->getType())))
          return true;
  return false;
}

/// Classes whose non-const functions change the value that they are: numbers,
/// strings, dates; as opposed to devices and services.
static bool isValueLike(const CXXRecordDecl *R) {
  if (!R || !(R = R->getDefinition()))
    return false;
  if (R->isAggregate())
    return true;
  for (const CXXMethodDecl *M : R->methods())
    if (M->isCopyAssignmentOperator() && !M->isDeleted())
      return true;
  return !R->hasUserDeclaredMoveOperation() &&
         !R->hasUserDeclaredCopyAssignment();
}

const std::string &TypeModel::field(const ValueDecl *D) {
  const std::string &Id = N.state(D);
  if (Facts.Fields.count(Id))
    return Id;
  FieldInfo Info;
  const QualType T = D->getType();
  Info.Name = D->getNameAsString();
  Info.Type = T.getAsString(Ctx.getPrintingPolicy());
  Info.At = N.span(D->getLocation());
  const auto *Record = dyn_cast<CXXRecordDecl>(D->getDeclContext());
  if (Record)
    Info.Record = N.qualified(Record);
  Info.Global = !isa<FieldDecl>(D);
  if (const auto *VD = dyn_cast<VarDecl>(D))
    Info.ThreadLocal = VD->getTLSKind() != VarDecl::TLS_None;
  Info.Elements =
      T->isArrayType() ? Stability::Contiguous : Words.stability(N.type(T));
  QualType Plain = T.getNonReferenceType();
  Info.Const = Plain.isConstQualified() && !Plain->isPointerType();
  if (const auto *VD = dyn_cast<VarDecl>(D))
    Info.Const |= VD->isConstexpr();
  if (Plain->isPointerType() || isHolder(T)) {
    // A constant pointer to shared state is still the way to it.
    Info.Const = Plain.isConstQualified();
  }
  const llvm::StringRef TypeName = N.type(T);
  Info.Atomic = TypeName == "std::atomic" || TypeName == "std::atomic_ref" ||
                TypeName.starts_with("std::atomic_") || Plain->isAtomicType();
  Info.Boolean = Plain->isBooleanType();
  Info.Holder = isHolder(T);
  if (Info.Atomic)
    if (const auto *S = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
            Plain->getAsCXXRecordDecl()))
      if (S->getTemplateArgs().size() > 0 &&
          S->getTemplateArgs()[0].getKind() == TemplateArgument::Type)
        Info.Boolean = S->getTemplateArgs()[0].getAsType()->isBooleanType();
  const auto Synchronizes = [&](QualType Type) {
    const CXXRecordDecl *R = recordOf(Type);
    return R && (Words.Synchronizers.matches(N.type(Type)) ||
                 (!isContainer(Type) && looksLikeMutex(R)) ||
                 guard(Type).has_value());
  };
  Info.Synchronizes = Synchronizes(T);
  // A device behind a pointer orders activities, the pointer is state.
  if (isHolder(T) && !isPointer(T))
    if (const auto *S = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
            Plain->getAsCXXRecordDecl()))
      if (S->getTemplateArgs().size() > 0 &&
          S->getTemplateArgs()[0].getKind() == TemplateArgument::Type)
        Info.Synchronizes |= Synchronizes(S->getTemplateArgs()[0].getAsType());
  const CXXRecordDecl *Class = recordOf(T);
  Info.Opaque = Class && !isContainer(T) && !isHolder(T) && !isValueLike(Class);
  Info.Confined = Record && (isMachinery(Record) ||
                             (!Record->isLambda() && Record->hasDefinition() &&
                              guard(Ctx.getRecordType(Record)).has_value()));
  for (const auto *A : D->specific_attrs<AnnotateAttr>()) {
    llvm::StringRef Text = A->getAnnotation();
    if (Text.consume_front("interlock::state="))
      Info.Category = Text.str();
  }
  if (const auto *G = D->getAttr<GuardedByAttr>())
    if (const auto *ME =
            dyn_cast<MemberExpr>(G->getArg()->IgnoreParenImpCasts()))
      Info.GuardedBy = N.state(ME->getMemberDecl());
  Facts.Fields.emplace(Id, std::move(Info));
  return Id;
}

ScopeEnd TypeModel::atScopeEnd(QualType T) {
  const CXXRecordDecl *R = recordOf(T);
  if (!R || !(R = R->getDefinition()) || R->isLambda())
    return ScopeEnd::Nothing;
  const auto [Entry, New] = ScopeEnds.try_emplace(R, ScopeEnd::Nothing);
  return New ? Entry->second = scopeEndOf(T, R) : Entry->second;
}

ScopeEnd TypeModel::scopeEndOf(QualType T, const CXXRecordDecl *R) const {
  if (isTask(T) || isContainer(T) || isHolder(T))
    return ScopeEnd::Nothing;
  const std::string Name = N.type(T);
  if (Words.FailureExits.matches(Name))
    return ScopeEnd::RunsOnFailure;
  if (Words.ScopeExits.matches(Name))
    return ScopeEnd::Runs;
  const CXXDestructorDecl *End = R->getDestructor();
  if (!End || !End->hasBody() || inSystemHeader(End))
    return ScopeEnd::Nothing;
  bool CallsMember = false, AsksForFailure = false;
  llvm::SmallVector<const Stmt *, 8> Work{End->getBody()};
  while (!Work.empty()) {
    const Stmt *S = Work.pop_back_val();
    if (!S)
      continue;
    Work.append(S->child_begin(), S->child_end());
    const auto *CE = dyn_cast<CallExpr>(S);
    if (!CE)
      continue;
    const auto *O = dyn_cast<CXXOperatorCallExpr>(CE);
    const Expr *Called =
        O && O->getOperator() == OO_Call ? O->getArg(0) : CE->getCallee();
    const auto *ME = dyn_cast<MemberExpr>(Called->IgnoreParenImpCasts());
    CallsMember |= ME && isa<FieldDecl>(ME->getMemberDecl());
    AsksForFailure |=
        CE->getDirectCallee() &&
        N.qualified(CE->getDirectCallee()) == "std::uncaught_exceptions";
  }
  if (!CallsMember)
    return ScopeEnd::Nothing;
  return AsksForFailure ? ScopeEnd::RunsOnFailure : ScopeEnd::Runs;
}

} // namespace interlock
