#include "matchers/facts/TypeModel.h"

#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace interlock {

QualType typeArgument(const CXXRecordDecl *R, unsigned Index) {
  const auto *S = dyn_cast_or_null<ClassTemplateSpecializationDecl>(R);
  return S && S->getTemplateArgs().size() > Index &&
                 S->getTemplateArgs()[Index].getKind() == TemplateArgument::Type
             ? S->getTemplateArgs()[Index].getAsType()
             : QualType();
}

QualType firstTypeArgument(QualType T) {
  return typeArgument(T.getNonReferenceType()->getAsCXXRecordDecl(), 0);
}

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
  R = R ? R->getDefinition() : nullptr;
  if (!R)
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
  R = R ? R->getDefinition() : nullptr;
  if (!R)
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

/// Classes whose non-const functions change the value that they are: numbers,
/// strings, dates; as opposed to devices and services.
static bool isValueLike(const CXXRecordDecl *R) {
  R = R ? R->getDefinition() : nullptr;
  if (!R)
    return false;
  if (R->isAggregate())
    return true;
  for (const CXXMethodDecl *M : R->methods())
    if (M->isCopyAssignmentOperator() && !M->isDeleted())
      return true;
  return !R->hasUserDeclaredMoveOperation() &&
         !R->hasUserDeclaredCopyAssignment();
}

/// Whether a class of the program has one of some operators, for its own kind.
static bool hasOperator(const CXXRecordDecl *R,
                        llvm::ArrayRef<OverloadedOperatorKind> Kinds) {
  R = R ? R->getDefinition() : nullptr;
  if (!R || R->isInStdNamespace())
    return false;
  const auto Is = [&](const FunctionDecl *F) {
    return F && llvm::is_contained(Kinds, F->getOverloadedOperator());
  };
  return llvm::any_of(R->methods(), Is) ||
         llvm::any_of(R->friends(), [&](const FriendDecl *F) {
           return Is(dyn_cast_or_null<FunctionDecl>(F->getFriendDecl()));
         });
}

/// Numbers, and classes that have the operators of numbers.
static bool isNumber(QualType T) {
  return T->isRealFloatingType() ||
         (T->isIntegerType() && !T->isBooleanType() &&
          !T->isAnyCharacterType() && !T->isEnumeralType()) ||
         hasOperator(T->getAsCXXRecordDecl(), {OO_MinusEqual, OO_Minus});
}

/// The type of what a value has in it: its own, or that of its elements. A
/// pointer has nothing in it.
static QualType contentOf(const TypeModel &Types, QualType T) {
  if (Types.isPointer(T))
    return {};
  for (unsigned Depth = 0; !T.isNull() && Depth < 4; ++Depth) {
    T = T.getNonReferenceType();
    if (const auto *Array = T->getAsArrayTypeUnsafe()) {
      T = Array->getElementType();
      continue;
    }
    const CXXRecordDecl *R = recordOf(T);
    if (!R || (!Types.isContainer(T) && !Types.isHolder(T)))
      return T;
    T = typeArgument(R, hasMember(R, "mapped_type") ? 1 : 0);
  }
  return {};
}

void TypeModel::addBases(const CXXRecordDecl *R, std::vector<std::string> &To) {
  R = R->getDefinition();
  if (!R)
    return;
  for (const CXXBaseSpecifier &Each : R->bases())
    if (const CXXRecordDecl *Base = recordOf(Each.getType());
        Base && !inSystemHeader(Base)) {
      To.push_back(N.qualified(Base));
      addBases(Base, To);
    }
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
  if (Record) {
    Info.Record = N.qualified(Record);
    addBases(Record, Info.Bases);
  }
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
  // Of those that keep as many as they were made with, each is one.
  QualType Each = Plain;
  if (const auto *Array = T->getAsArrayTypeUnsafe())
    Each = Array->getElementType();
  else if (N.type(T) == "std::array" || N.type(T) == "std::vector")
    Each = firstTypeArgument(T);
  const llvm::StringRef TypeName =
      Each.isNull() ? llvm::StringRef() : N.type(Each);
  Info.Atomic = TypeName == "std::atomic" || TypeName == "std::atomic_ref" ||
                TypeName.starts_with("std::atomic_") || Plain->isAtomicType();
  Info.Boolean = Plain->isBooleanType();
  const QualType Content = contentOf(*this, T);
  const CXXRecordDecl *Held = Content.isNull() ? nullptr : recordOf(Content);
  // What a number is made of is none by itself, nor are the keys of a set.
  Info.Numbers =
      !Content.isNull() && isNumber(Content) &&
      !hasOperator(Record, {OO_PlusEqual, OO_Plus, OO_MinusEqual, OO_Minus}) &&
      (!hasMember(recordOf(T), "key_type") ||
       hasMember(recordOf(T), "mapped_type"));
  if (Held && !Info.Numbers)
    Info.Content = N.qualified(Held);
  Info.Holder = isHolder(T);
  const QualType Inner = firstTypeArgument(T);
  if (Info.Atomic && !Inner.isNull())
    Info.Boolean = Inner->isBooleanType();
  const auto Locks = [&](QualType Type) {
    const CXXRecordDecl *R = recordOf(Type);
    return R && ((!isContainer(Type) && !isHolder(Type) && looksLikeMutex(R)) ||
                 guard(Type).has_value());
  };
  Info.Synchronizes =
      Locks(T) || (recordOf(T) && Words.Synchronizers.matches(N.type(T)));
  // A device in a holder orders activities, the holder is state.
  if (isHolder(T) && !isPointer(T) && !Inner.isNull())
    Info.Synchronizes |= Locks(Inner);
  const CXXRecordDecl *Class = recordOf(T);
  Info.Opaque = Class && !isContainer(T) && !isHolder(T) && !isValueLike(Class);
  // `std::cerr` is nobody's state.
  const bool Library = isa<VarDecl>(D) && inSystemHeader(D);
  Info.Confined =
      Library || (Record && (isMachinery(Record) ||
                             (!Record->isLambda() && Record->hasDefinition() &&
                              guard(Ctx.getRecordType(Record)).has_value())));
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
  // What its elements have says what it is, whether anybody reads it or not.
  if (const CXXRecordDecl *R = Held ? Held->getDefinition() : nullptr;
      R && R != recordOf(T) && !inSystemHeader(R))
    for (const FieldDecl *Part : R->fields())
      field(Part);
  return Id;
}

ScopeEnd TypeModel::atScopeEnd(QualType T) {
  const CXXRecordDecl *R = recordOf(T);
  R = R ? R->getDefinition() : nullptr;
  if (!R || R->isLambda())
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
