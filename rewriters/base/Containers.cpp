#include "rewriters/base/Containers.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/DeclTemplate.h"
#include "clang/AST/ExprCXX.h"
#include "llvm/ADT/STLExtras.h"

namespace interlock {

using namespace clang;

static llvm::StringRef nameInStd(const NamedDecl *D) {
  return D && D->getDeclName().isIdentifier() && D->isInStdNamespace()
             ? D->getName()
             : llvm::StringRef();
}

static llvm::StringRef nameInStd(QualType Type) {
  Type = Type.getNonReferenceType();
  if (const auto *Record = Type->getAsCXXRecordDecl())
    return nameInStd(Record);
  const auto *Pattern = Type->getAs<TemplateSpecializationType>();
  return Pattern && !Pattern->isTypeAlias()
             ? nameInStd(Pattern->getTemplateName().getAsTemplateDecl())
             : llvm::StringRef();
}

/// What is true of both: `unordered_map` for a map with an order and one
/// without. Empty if they have no name in common.
static llvm::StringRef inCommon(llvm::StringRef A, llvm::StringRef B) {
  if (A == B || A.empty())
    return B;
  llvm::StringRef PlainA = A, PlainB = B;
  const bool Unordered = PlainA.consume_front("unordered_");
  PlainB.consume_front("unordered_");
  return PlainA != PlainB ? llvm::StringRef() : Unordered ? A : B;
}

/// What the instantiations of its class make of a member.
static llvm::StringRef instantiated(const FieldDecl &Field) {
  const auto *Class = dyn_cast<CXXRecordDecl>(Field.getParent());
  const ClassTemplateDecl *Template =
      Class ? Class->getDescribedClassTemplate() : nullptr;
  llvm::StringRef Common;
  if (!Template)
    return Common;
  for (const ClassTemplateSpecializationDecl *Each :
       Template->specializations()) {
    if (!Each->hasDefinition() ||
        Each->getTemplateInstantiationPattern() != Class)
      continue;
    const auto Same = llvm::find_if(Each->fields(), [&](const FieldDecl *F) {
      return F->getFieldIndex() == Field.getFieldIndex();
    });
    const llvm::StringRef Name = Same == Each->field_end()
                                     ? llvm::StringRef()
                                     : nameInStd(Same->getType());
    Common = inCommon(Common, Name);
    if (Name.empty() || Common.empty())
      return {};
  }
  return Common;
}

llvm::StringRef standardClass(const Expr *E) {
  E = plain(E);
  if (!E)
    return {};
  const llvm::StringRef Name = nameInStd(E->getType());
  const auto *Access = dyn_cast<MemberExpr>(E);
  const auto *Field =
      Access ? dyn_cast<FieldDecl>(Access->getMemberDecl()) : nullptr;
  return Name.empty() && Field && E->isTypeDependent() ? instantiated(*Field)
                                                       : Name;
}

std::optional<NamedCall> namedCall(const Stmt *S) {
  const auto *Call = dyn_cast_or_null<CallExpr>(plain(S));
  if (const auto *Known = dyn_cast_or_null<CXXMemberCallExpr>(Call)) {
    const CXXMethodDecl *Method = Known->getMethodDecl();
    if (!Method || !Method->getDeclName().isIdentifier())
      return std::nullopt;
    return NamedCall{Known, Known->getImplicitObjectArgument(),
                     Method->getName()};
  }
  const auto *Late =
      Call ? dyn_cast<CXXDependentScopeMemberExpr>(plain(Call->getCallee()))
           : nullptr;
  if (!Late || Late->isImplicitAccess() || !Late->getMember().isIdentifier())
    return std::nullopt;
  return NamedCall{Call, Late->getBase(),
                   Late->getMember().getAsIdentifierInfo()->getName()};
}

const Expr *objectOfCall(const Stmt *S,
                         std::initializer_list<llvm::StringRef> Names) {
  const auto Call = namedCall(S);
  return Call && llvm::is_contained(Names, Call->Name) ? Call->Object : nullptr;
}

std::optional<Subscript> subscript(const Stmt *S) {
  const Expr *E = plain(S);
  if (const auto *Op = dyn_cast_or_null<CXXOperatorCallExpr>(E);
      Op && Op->getOperator() == OO_Subscript && Op->getNumArgs() == 2)
    return Subscript{Op->getArg(0), Op->getArg(1)};
  if (const auto *Index = dyn_cast_or_null<ArraySubscriptExpr>(E);
      Index && Index->isTypeDependent())
    return Subscript{Index->getLHS(), Index->getRHS()};
  return std::nullopt;
}

} // namespace interlock
