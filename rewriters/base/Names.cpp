#include "rewriters/base/Names.h"
#include "rewriters/base/StateCode.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

static bool isWord(char C) { return std::isalnum(C) || C == '_'; }

static bool mentions(llvm::StringRef Text, llvm::StringRef Word) {
  for (std::size_t At = Text.find(Word); At != llvm::StringRef::npos;
       At = Text.find(Word, At + 1)) {
    const std::size_t Behind = At + Word.size();
    if ((At == 0 || !isWord(Text[At - 1])) &&
        (Behind >= Text.size() || !isWord(Text[Behind])))
      return true;
  }
  return false;
}

/// The outermost function around the code: a lambda sees its locals.
static llvm::StringRef outermostText(const FunctionView &View) {
  const FunctionDecl *Top = &View.function();
  for (const DeclContext *At = Top; At; At = At->getParent())
    if (const auto *F = dyn_cast<FunctionDecl>(At))
      Top = F;
  const SourceManager &SM = View.context().getSourceManager();
  const unsigned From = SM.getDecomposedExpansionLoc(Top->getBeginLoc()).second;
  const unsigned To = SM.getDecomposedExpansionLoc(Top->getEndLoc()).second;
  return View.content().slice(std::min(From, View.begin()),
                              std::max(To, View.end()));
}

/// The name as the program knows it; null if nothing in it is called so.
static const IdentifierInfo *known(const ASTContext &Ctx,
                                   llvm::StringRef Name) {
  const auto It = Ctx.Idents.find(Name);
  return It == Ctx.Idents.end() ? nullptr : It->second;
}

/// Whether a local of that name would hide a variable, which compilers may be
/// told to warn of, or be replaced by a macro.
static bool isTaken(const FunctionView &View, llvm::StringRef Name) {
  const IdentifierInfo *Id = known(View.context(), Name);
  if (!Id)
    return false;
  if (Id->hadMacroDefinition())
    return true;
  for (const DeclContext *At = View.function().getDeclContext(); At;
       At = At->getParent())
    if (At->isFileContext() &&
        llvm::any_of(At->lookup(DeclarationName(Id)),
                     [](const NamedDecl *D) { return isa<VarDecl>(D); }))
      return true;
  return false;
}

static bool takeName(const FunctionView &View, const std::string &Name,
                     std::set<std::string> &Taken) {
  return !mentions(outermostText(View), Name) &&
         !hasMember(enclosingClass(View.function()), Name) &&
         !isTaken(View, Name) && Taken.insert(Name).second;
}

std::string guardName(const FunctionView &View, llvm::StringRef Category,
                      std::set<std::string> &Taken) {
  for (unsigned I = 0;; ++I) {
    const std::string Name = I == 0   ? "guard"
                             : I == 1 ? Category.str() + "_guard"
                                      : fmt::format("interlock_guard_{}", I);
    if (takeName(View, Name, Taken))
      return Name;
  }
}

std::string freeName(const FunctionView &View, llvm::StringRef Wanted,
                     std::set<std::string> &Taken) {
  for (unsigned I = 1;; ++I) {
    const std::string Name =
        I == 1 ? Wanted.str() : fmt::format("{}_{}", Wanted.str(), I);
    if (takeName(View, Name, Taken))
      return Name;
  }
}

/// Whether a name before `::` is somebody else's: a namespace or a type,
/// nothing else counts there.
static bool hides(const DeclContext *Scope, const IdentifierInfo *Id) {
  return llvm::any_of(Scope->lookup(DeclarationName(Id)),
                      [](const NamedDecl *D) {
                        return isa<NamespaceDecl, NamespaceAliasDecl, TypeDecl,
                                   ClassTemplateDecl>(D);
                      });
}

std::string libraryName(const DeclContext *Around, llvm::StringRef Name) {
  const std::string Plain = "interlock::" + Name.str();
  const IdentifierInfo *Id = known(Around->getParentASTContext(), "interlock");
  if (!Id)
    return Plain;
  for (const DeclContext *At = Around; At; At = At->getParent()) {
    if (!At->isTranslationUnit() && !At->isFunctionOrMethod() && hides(At, Id))
      return "::" + Plain;
    for (const UsingDirectiveDecl *Using : At->using_directives())
      if (hides(Using->getNominatedNamespace(), Id))
        return "::" + Plain;
  }
  return Plain;
}

std::string libraryName(const FunctionView &View, llvm::StringRef Name) {
  return libraryName(View.function().getDeclContext(), Name);
}

} // namespace interlock
