#include "rewriters/base/Excerpt.h"
#include "rewriters/base/Format.h"

#include "clang/AST/DeclCXX.h"

namespace interlock {

using namespace clang;

namespace {

/// What a scope puts before and behind its content.
struct Scope {
  std::string Head;
  std::string Tail;
};

} // namespace

/// The outermost function around a lambda or a local class.
static const FunctionDecl &outermost(const FunctionDecl &Function) {
  const FunctionDecl *Outer = &Function;
  for (const DeclContext *C = Function.getLexicalParent(); C;
       C = C->getLexicalParent())
    if (const auto *Around = dyn_cast<FunctionDecl>(C))
      Outer = Around;
  return *Outer;
}

static std::optional<Scope> scopeOf(const FunctionView &View, const Decl &D) {
  const SourceManager &SM = View.context().getSourceManager();
  if (D.getBeginLoc().isMacroID() || D.getEndLoc().isMacroID())
    return std::nullopt;
  const char *Head = isa<NamespaceDecl>(D)     ? "namespace a {"
                     : isa<LinkageSpecDecl>(D) ? "extern \"C\" {"
                     : isa<CXXRecordDecl>(D)   ? "class a {"
                                               : nullptr;
  if (!Head)
    return std::nullopt;
  const llvm::StringRef Content = View.content();
  const std::string Indent =
      indentationAt(Content, SM.getFileOffset(D.getBeginLoc())).str();
  const std::string Break = layoutOf(Content).LineEnd;
  return Scope{Indent + Head + Break,
               Indent + (isa<CXXRecordDecl>(D) ? "};" : "}") + Break};
}

std::optional<Excerpt> excerptOf(const FunctionView &View) {
  const FunctionDecl &Function = outermost(View.function());
  if (&Function != &View.function())
    return excerptOf(FunctionView(View.context(), Function));
  if (View.nodes().empty())
    return std::nullopt;
  const llvm::StringRef Content = View.content();
  Excerpt Result;
  Result.Begin = lineStart(Content, View.begin());
  Result.End = lineEnd(Content, View.end());
  for (const llvm::StringRef Beside :
       {Content.slice(Result.Begin, View.begin()),
        Content.slice(View.end(), Result.End)})
    if (Beside.find_first_of("{}#") != llvm::StringRef::npos)
      return std::nullopt;
  std::string Tails;
  for (const DeclContext *C = Function.getLexicalParent();
       C && !C->isTranslationUnit(); C = C->getLexicalParent()) {
    const auto Around = scopeOf(View, *cast<Decl>(C));
    if (!Around)
      return std::nullopt;
    Result.Code = Around->Head + Result.Code;
    Tails += Around->Tail;
  }
  Result.At = static_cast<unsigned>(Result.Code.size());
  Result.Code += Content.slice(Result.Begin, Result.End);
  Result.Code += layoutOf(Content).LineEnd + Tails;
  return Result;
}

} // namespace interlock
