#include "rewriters/base/StateCode.h"
#include "rewriters/base/Format.h"
#include "rewriters/base/Includes.h"
#include "rewriters/base/KeyCode.h"

#include "clang/AST/Attr.h"
#include "clang/AST/ExprCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

static bool isState(QualType Type) {
  const auto *Record = Type.getNonReferenceType()->getAsCXXRecordDecl();
  return Record &&
         Record->getQualifiedNameAsString() == "interlock::SafeTradingState";
}

/// A field of the class, or of a base, that is a state or refers to one.
static const FieldDecl *stateField(const CXXRecordDecl *Record) {
  if (!Record || !Record->hasDefinition())
    return nullptr;
  for (const FieldDecl *Field : Record->getDefinition()->fields())
    if (isState(Field->getType()))
      return Field;
  for (const CXXBaseSpecifier &Base : Record->getDefinition()->bases())
    if (const FieldDecl *Field =
            stateField(Base.getType()->getAsCXXRecordDecl());
        Field && Field->getAccess() != AS_private)
      return Field;
  return nullptr;
}

const CXXRecordDecl *enclosingClass(const FunctionDecl &F) {
  const DeclContext *At = &F;
  while (At && !At->isTranslationUnit()) {
    if (const auto *Record = dyn_cast<CXXRecordDecl>(At);
        Record && !Record->isLambda())
      return Record;
    At = At->getParent();
  }
  return nullptr;
}

bool hasMember(const CXXRecordDecl *Record, llvm::StringRef Name) {
  if (!Record || !Record->hasDefinition())
    return false;
  for (const Decl *D : Record->getDefinition()->decls())
    if (const auto *Named = dyn_cast<NamedDecl>(D);
        Named && Named->getDeclName().isIdentifier() &&
        Named->getName() == Name)
      return true;
  return llvm::any_of(
      Record->getDefinition()->bases(), [&](const CXXBaseSpecifier &Base) {
        return hasMember(Base.getType()->getAsCXXRecordDecl(), Name);
      });
}

/// A parameter that is the state.
static std::string stateVariable(const FunctionView &View) {
  for (const ParmVarDecl *P : View.function().parameters())
    if (isState(P->getType()))
      return P->getNameAsString();
  return {};
}

/// The class of a member that is reached in a helper, by its qualified name.
static const CXXRecordDecl *classOfMember(const ASTContext &Ctx,
                                          llvm::StringRef Member) {
  const DeclContext *At = Ctx.getTranslationUnitDecl();
  const CXXRecordDecl *Found = nullptr;
  for (auto [Name, Rest] = Member.split("::"); !Rest.empty();
       std::tie(Name, Rest) = Rest.split("::")) {
    const auto It = Ctx.Idents.find(Name);
    const auto Same = It == Ctx.Idents.end()
                          ? DeclContext::lookup_result()
                          : At->lookup(DeclarationName(It->second));
    Found = nullptr;
    At = nullptr;
    for (const NamedDecl *D : Same) {
      if (const auto *Template = dyn_cast<ClassTemplateDecl>(D))
        D = Template->getTemplatedDecl();
      Found = dyn_cast<CXXRecordDecl>(D);
      At = dyn_cast<DeclContext>(D);
      if (Found && Found->hasDefinition())
        At = Found = Found->getDefinition();
    }
    if (!At)
      return nullptr;
  }
  return Found;
}

const FieldDecl *fieldOf(const FunctionView &View, const Finding &F) {
  const CXXRecordDecl *Class = classOfMember(View.context(), F.State.Member);
  if (Class && Class->hasDefinition())
    for (const FieldDecl *Field : Class->fields())
      if (Field->getName() == memberName(F))
        return Field;
  return nullptr;
}

/// The class whose objects own the state: the one that declares the member, so
/// that all functions that reach it use one lock.
static const CXXRecordDecl *owningClass(const FunctionView &View,
                                        const Finding &F) {
  for (const Node &N : View.nodes())
    if (const auto *Access = dyn_cast<MemberExpr>(N.S))
      if (const auto *Field = dyn_cast<FieldDecl>(Access->getMemberDecl());
          Field && Field->getName() == memberName(F))
        return dyn_cast<CXXRecordDecl>(Field->getParent());
  if (!F.State.Owner.empty() && F.State.Owner != "this")
    return classOfMember(View.context(), F.State.Member);
  return enclosingClass(View.function());
}

/// Adds a state, or a reference to the global one, behind the last member of
/// the class. Trailing, so that positional initialisation keeps its meaning.
/// Returns its name.
static std::variant<std::string, Why>
declareState(const FunctionView &View, const CXXRecordDecl *Class,
             const FixOptions &Opts, llvm::StringRef Header,
             std::vector<Edit> &Declares) {
  if (const CXXRecordDecl *Pattern = Class->getTemplateInstantiationPattern())
    Class = Pattern;
  Class = Class->getDefinition();
  const auto No = [&](llvm::StringRef Reason) {
    return Why{"fixed-layout", fmt::format("'{}' cannot be given a member: {}",
                                           Class->getNameAsString(), Reason)};
  };
  const SourceManager &SM = View.context().getSourceManager();
  const SourceLocation Brace = Class->getBraceRange().getEnd();
  if (Class->isUnion() || Class->hasAttr<PackedAttr>() ||
      Class->getDeclContext()->isExternCContext())
    return No("its layout is fixed");
  if (Brace.isInvalid() || Brace.isMacroID())
    return No("it comes out of a macro");
  if (SM.isInSystemHeader(Brace))
    return No("it stands in a system header");
  std::string Name = "safe_state_";
  if (hasMember(Class, Name))
    Name = "interlock_state_";
  if (hasMember(Class, Name))
    return No(fmt::format("'{}' is taken", Name));
  const auto [File, Offset] = SM.getDecomposedLoc(Brace);
  const llvm::StringRef Content = SM.getBufferData(File);
  const std::string Path = realPath(SM, File);
  const std::string Declaration =
      Opts.Access == StateAccess::Member
          ? fmt::format("mutable interlock::SafeTradingState {}{{}};", Name)
          : fmt::format("interlock::SafeTradingState &{} = "
                        "interlock::get_global_safe_state();",
                        Name);
  if (firstOnLine(Content, Offset)) {
    const Layout Own = layoutOf(Content);
    const unsigned Line = lineStart(Content, Offset);
    Declares = formatted({{Path, Line, 0,
                           indentationAt(Content, Offset).str() + Own.Indent +
                               Declaration + Own.LineEnd}},
                         Path, Content, Line, Offset + 1);
  } else {
    Declares = {{Path, Offset, 0, Declaration + " "}};
  }
  if (const auto Include = includeEdit(Path, Content, Header))
    Declares.push_back(*Include);
  return Name;
}

std::string within(const KeyCode &Owner, llvm::StringRef Member) {
  llvm::StringRef Object = Owner.Text;
  if (Object == "this")
    return Member.str();
  if (Object.consume_front("*"))
    return (Object + "->" + Member).str();
  const bool Simple = Object.find_first_of(" +-?*") == llvm::StringRef::npos ||
                      Object.contains("->");
  return Simple ? (Object + "." + Member).str()
                : ("(" + Object + ")." + Member).str();
}

std::variant<StateCode, Why> stateOf(const FunctionView &View, const Finding &F,
                                     const FixOptions &Opts,
                                     llvm::StringRef Header) {
  if (!Opts.StateExpression.empty())
    return StateCode{Opts.StateExpression, {}, {}};
  const KeyCode Owner = ownerOf(View, F);
  if (!F.State.Locks.empty() && !F.State.OwnersLocks)
    return StateCode{F.State.Locks, {}, {}};
  if (!F.State.Locks.empty() && !Owner.Text.empty())
    return StateCode{within(Owner, F.State.Locks), Owner.Uses, {}};
  const CXXRecordDecl *Class =
      Owner.Text.empty() ? nullptr : owningClass(View, F);
  if (const FieldDecl *Field = stateField(Class))
    return StateCode{within(Owner, Field->getName()), Owner.Uses, {}};
  if (Owner.Text == "this")
    if (const FieldDecl *Field = stateField(enclosingClass(View.function())))
      return StateCode{Field->getNameAsString(), {}, {}};
  if (const std::string Name = stateVariable(View); !Name.empty())
    return StateCode{Name, {}, {}};
  const bool Adds = Opts.Access == StateAccess::MemberReference ||
                    Opts.Access == StateAccess::Member;
  if (Class && Class->hasDefinition() && Adds) {
    StateCode Added;
    auto Name = declareState(View, Class, Opts, Header, Added.Declares);
    if (std::holds_alternative<std::string>(Name)) {
      Added.Spelling = within(Owner, std::get<std::string>(Name));
      Added.Uses = Owner.Uses;
      return Added;
    }
    // A reference would be to the same locks.
    if (Opts.Access == StateAccess::Member)
      return std::get<Why>(Name);
  }
  return StateCode{"interlock::get_global_safe_state()", {}, {}};
}

} // namespace interlock
