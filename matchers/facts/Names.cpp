#include "matchers/facts/Names.h"

#include "matchers/facts/Facts.h"

#include "clang/AST/DeclTemplate.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Index/USRGeneration.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

using namespace clang;

namespace interlock {

const Expr *strip(const Expr *E) {
  while (E) {
    const Expr *Before = E;
    E = E->IgnoreParenImpCasts();
    if (const auto *W = dyn_cast<FullExpr>(E))
      E = W->getSubExpr();
    else if (const auto *B = dyn_cast<CXXBindTemporaryExpr>(E))
      E = B->getSubExpr();
    else if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(E))
      E = M->getSubExpr();
    else if (const auto *F = dyn_cast<CXXFunctionalCastExpr>(E))
      E = F->getSubExpr();
    else if (const auto *C = dyn_cast<CXXConstructExpr>(E);
             C && C->getNumArgs() == 1 &&
             C->getConstructor()->isCopyOrMoveConstructor())
      E = C->getArg(0);
    if (E == Before)
      return E;
  }
  return E;
}

const VarDecl *localBehind(const Expr *Object) {
  const Expr *E = strip(Object);
  if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(E);
      O && (O->getOperator() == OO_Arrow || O->getOperator() == OO_Star))
    E = strip(O->getArg(0));
  else if (const auto *U = dyn_cast_or_null<UnaryOperator>(E);
           U && U->getOpcode() == UO_Deref)
    E = strip(U->getSubExpr());
  const auto *D = dyn_cast_or_null<DeclRefExpr>(E);
  const auto *VD = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
  return VD && VD->isLocalVarDecl() ? VD : nullptr;
}

QualType objectType(const Expr *E) {
  return E->IgnoreParenImpCasts()->getType();
}

const CXXRecordDecl *recordOf(QualType T) {
  if (T.isNull())
    return nullptr;
  T = T.getNonReferenceType();
  if (T->isPointerType())
    T = T->getPointeeType();
  if (const auto *R = T->getAsCXXRecordDecl())
    return R;
  if (const auto *TST = T->getAs<TemplateSpecializationType>())
    if (const auto *TD = dyn_cast_or_null<ClassTemplateDecl>(
            TST->getTemplateName().getAsTemplateDecl()))
      return TD->getTemplatedDecl();
  return nullptr;
}

const std::string &Names::qualified(const NamedDecl *D) {
  static const std::string None;
  if (!D)
    return None;
  auto [Entry, New] = Qualified.try_emplace(D);
  if (!New)
    return Entry->second;
  std::string Prefix;
  const DeclContext *Outer = D->getDeclContext();
  while (Outer && !isa<NamedDecl>(Outer))
    Outer = Outer->getParent();
  if (Outer) {
    const auto *ND = cast<NamedDecl>(Outer);
    const auto *NS = dyn_cast<NamespaceDecl>(ND);
    if (NS && (NS->isInline() || NS->isAnonymousNamespace())) {
      // Leave this level out, but keep what is around it.
      std::string Inner = qualified(NS);
      Prefix = std::move(Inner);
    } else if (!isa<TranslationUnitDecl>(Outer)) {
      Prefix = qualified(ND);
    }
  }
  const auto *Self = dyn_cast<NamespaceDecl>(D);
  std::string Result;
  if (Self && (Self->isInline() || Self->isAnonymousNamespace())) {
    Result = Prefix;
  } else {
    std::string Name = D->getNameAsString();
    if (Name.empty() && isa<CXXRecordDecl>(D))
      Name = cast<CXXRecordDecl>(D)->isLambda() ? "(lambda)" : "(anonymous)";
    // Constructors of templates print their arguments; the class name is it.
    if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(D))
      Name = Ctor->getParent()->getNameAsString();
    if (const auto *Dtor = dyn_cast<CXXDestructorDecl>(D))
      Name = "~" + Dtor->getParent()->getNameAsString();
    if (isa<CXXConversionDecl>(D))
      Name = "operator()";
    Result = Prefix.empty() ? Name : Prefix + "::" + Name;
  }
  return Qualified[D] = std::move(Result);
}

const std::string &Names::type(QualType T) {
  const std::string *&Known = Types[T.getAsOpaquePtr()];
  if (!Known)
    Known = &qualified(recordOf(T));
  return *Known;
}

static const CXXRecordDecl *patternOf(const CXXRecordDecl *D) {
  if (const CXXRecordDecl *Pattern = D->getTemplateInstantiationPattern())
    return Pattern;
  if (const auto *S = dyn_cast<ClassTemplateSpecializationDecl>(D))
    if (S->getSpecializationKind() != TSK_ExplicitSpecialization)
      return S->getSpecializedTemplate()->getTemplatedDecl();
  return D;
}

static std::string usrOf(const Decl *D) {
  llvm::SmallString<128> Buffer;
  if (index::generateUSRForDecl(D, Buffer))
    return {};
  return std::string(Buffer);
}

const std::string &Names::record(const CXXRecordDecl *D) {
  D = patternOf(D)->getCanonicalDecl();
  auto [Entry, New] = Ids.try_emplace(D);
  if (New)
    Entry->second = usrOf(D) + ownMark(D);
  return Entry->second;
}

const std::string &Names::ownMark(const Decl *D) {
  static const std::string None;
  const SourceManager &SM = Ctx.getSourceManager();
  const FileID Main = SM.getMainFileID();
  if (SM.getFileID(SM.getExpansionLoc(D->getLocation())) != Main)
    return None;
  if (Mark.empty())
    if (const OptionalFileEntryRef Entry = SM.getFileEntryRefForID(Main)) {
      const llvm::StringRef Real = Entry->getFileEntry().tryGetRealPathName();
      const llvm::StringRef File = Real.empty() ? Entry->getName() : Real;
      // A header may be analysed alone, and is included by others all the same.
      const llvm::StringRef Ending = llvm::sys::path::extension(File);
      Mark = Ending.starts_with(".h") || Ending.starts_with(".i")
                 ? UnitMark.str()
                 : (UnitMark + llvm::utohexstr(llvm::xxh3_64bits(File))).str();
    }
  return Mark == UnitMark ? None : Mark;
}

const std::string &Names::function(const FunctionDecl *FD) {
  FD = FD->getCanonicalDecl();
  auto [Entry, New] = Ids.try_emplace(FD);
  if (!New)
    return Entry->second;
  const auto *MD = dyn_cast<CXXMethodDecl>(FD);
  std::string Id;
  if (MD && MD->getParent()->isLambda()) {
    const SourceSpan At = span(MD->getParent()->getLocation());
    Id = "lambda@" + llvm::sys::path::filename(At.File).str() + ":" +
         std::to_string(At.Begin);
    // Instantiations of a generic lambda, and of the function around it,
    // are functions of their own.
    Id += "#" + QualType(FD->getType()).getAsString();
    if (const auto *Outer =
            dyn_cast<FunctionDecl>(MD->getParent()->getDeclContext()))
      Id += "@" + function(Outer);
    Id += ownMark(MD->getParent());
  } else {
    Id = usrOf(FD);
    // What another unit declares for itself it finds without the mark.
    if (MD)
      Id += ownMark(patternOf(MD->getParent())->getCanonicalDecl());
    else if (FD->isDefined())
      Id += ownMark(FD);
  }
  return Ids[FD] = std::move(Id);
}

const std::string &Names::state(const ValueDecl *D) {
  const Decl *Key = D->getCanonicalDecl();
  auto [Entry, New] = Ids.try_emplace(Key);
  if (!New)
    return Entry->second;
  std::string Id;
  if (const auto *Record = dyn_cast<CXXRecordDecl>(D->getDeclContext())) {
    Id = record(Record) + "@" + D->getNameAsString();
    if (D->getNameAsString().empty())
      Id += "#" + std::to_string(span(D->getLocation()).Begin);
  } else if (const auto *VD = dyn_cast<VarDecl>(D);
             VD && VD->hasLocalStorage()) {
    const SourceSpan At = span(D->getLocation());
    Id = "local@" + llvm::sys::path::filename(At.File).str() + ":" +
         std::to_string(At.Begin) + ownMark(D) + "@" + D->getNameAsString();
  } else {
    Id = usrOf(D);
    if (!D->hasExternalFormalLinkage())
      Id += ownMark(D);
  }
  return Ids[Key] = std::move(Id);
}

SourceSpan Names::span(SourceRange R) {
  SourceSpan Result;
  const SourceManager &SM = Ctx.getSourceManager();
  if (R.isInvalid())
    return Result;
  Result.InMacro = R.getBegin().isMacroID() || R.getEnd().isMacroID();
  const SourceLocation Begin = SM.getExpansionLoc(R.getBegin());
  SourceLocation End = SM.getExpansionRange(R.getEnd()).getEnd();
  End = Lexer::getLocForEndOfToken(End, 0, SM, Ctx.getLangOpts());
  const auto [File, Offset] = SM.getDecomposedLoc(Begin);
  const OptionalFileEntryRef Entry = SM.getFileEntryRefForID(File);
  if (!Entry)
    return Result;
  auto [Name, New] = Files.try_emplace(&Entry->getFileEntry());
  if (New) {
    const llvm::StringRef Real = Entry->getFileEntry().tryGetRealPathName();
    Name->second = Real.empty() ? Entry->getName() : Real;
  }
  Result.File = Name->second;
  Result.Begin = Offset;
  Result.End = Offset;
  if (End.isValid() && SM.getFileID(End) == File)
    Result.End = std::max(Offset, SM.getFileOffset(End));
  Result.Line = SM.getLineNumber(File, Offset);
  Result.Column = SM.getColumnNumber(File, Offset);
  return Result;
}

std::string Names::text(const Stmt *S) {
  const SourceManager &SM = Ctx.getSourceManager();
  const CharSourceRange Range = SM.getExpansionRange(S->getSourceRange());
  const llvm::StringRef Raw =
      Lexer::getSourceText(Range, SM, Ctx.getLangOpts());
  std::string Result;
  bool Space = false;
  for (const char C : Raw) {
    if (isWhitespace(C)) {
      Space = true;
      continue;
    }
    if (Space && !Result.empty())
      Result += ' ';
    Space = false;
    Result += C;
  }
  return Result;
}

} // namespace interlock
