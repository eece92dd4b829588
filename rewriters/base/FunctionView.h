#pragma once

#include "matchers/base/SourceSpan.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/Decl.h"
#include "clang/AST/Stmt.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace interlock {

/// A statement or expression of a function with the stretch of the file that
/// it takes: for something out of a macro, that of the whole expansion.
struct Node {
  const clang::Stmt *S = nullptr;
  unsigned Begin = 0;
  unsigned End = 0; ///< behind the semicolon, where the statement has one
  bool BeginInMacro = false;
  bool EndInMacro = false;
  int Parent = -1;
  int Depth = 0;
  /// Inside a lambda that stands in this function: code of another function.
  bool Foreign = false;
  std::vector<int> Children;
};

/// Whether the function itself awaits or yields here.
bool isSuspension(const Node &N);

/// The body of one function as a tree of file stretches, so that positions
/// which outlived the AST they come from can be found again.
class FunctionView {
public:
  FunctionView(clang::ASTContext &Ctx, const clang::FunctionDecl &Function);

  const clang::FunctionDecl &function() const { return Function; }
  clang::ASTContext &context() const { return Ctx; }
  const std::string &file() const { return File; }
  llvm::StringRef content() const { return Content; }
  llvm::ArrayRef<Node> nodes() const { return Nodes; }
  const Node &operator[](int I) const { return Nodes[I]; }
  unsigned begin() const { return Begin; }
  unsigned end() const { return End; }

  /// The innermost node that covers the span; -1 if it is not in the body.
  int find(unsigned From, unsigned To) const;
  /// The innermost node that covers both.
  int common(int A, int B) const;
  /// The child of `Ancestor` on the way down to `Inner`.
  int childTowards(int Ancestor, int Inner) const;
  /// The closest node above (or at) `I` whose statement is a `T`; -1 if none.
  template <class T> int above(int I) const {
    while (I >= 0 && !llvm::isa<T>(Nodes[I].S))
      I = Nodes[I].Parent;
    return I;
  }
  bool inside(int I, int Ancestor) const;
  /// Local variables (parameters included) that the subtree names.
  llvm::SmallVector<const clang::ValueDecl *> locals(int I) const;
  /// The node of the `DeclStmt` that declares a local variable; -1 if it is a
  /// parameter or is declared in the head of a statement.
  int declarationOf(const clang::ValueDecl *Var) const;
  bool suspends(int I) const; ///< the subtree awaits or yields
  /// Where the subtree does so; -1 if it does not, or more than once.
  int soleSuspension(int I) const;
  std::string text(int I) const;

private:
  int add(const clang::Stmt *S, int Parent, bool Foreign);

  clang::ASTContext &Ctx;
  const clang::FunctionDecl &Function;
  std::string File;
  llvm::StringRef Content;
  unsigned Begin = 0, End = 0;
  std::vector<Node> Nodes;
  llvm::DenseMap<const clang::ValueDecl *, int> Declared;
};

/// All function definitions of a TU that stand in files, lambdas and template
/// patterns included, found by position.
class FunctionIndex {
public:
  explicit FunctionIndex(clang::ASTContext &Ctx);

  /// The definition that covers `Span` and whose own stretch comes closest to
  /// `Whole`; the innermost one if `Whole` is not valid.
  const FunctionView *find(const SourceSpan &Span, const SourceSpan &Whole);

private:
  struct Entry {
    unsigned Begin, End;
    const clang::FunctionDecl *Function;
  };
  clang::ASTContext &Ctx;
  std::map<std::string, std::vector<Entry>> ByFile;
  std::map<const clang::FunctionDecl *, std::unique_ptr<FunctionView>> Views;
};

/// The absolute real path of a file, as spans spell it; empty for locations
/// that are not in a file.
std::string realPath(const clang::SourceManager &SM, clang::FileID File);

/// The files that a TU has read, by absolute real path.
class TUFiles {
public:
  explicit TUFiles(const clang::SourceManager &SM);

  const clang::SourceManager &manager() const { return SM; }
  /// Invalid if the TU has not read the file.
  clang::FileID find(const std::string &Path) const;

private:
  const clang::SourceManager &SM;
  std::map<std::string, clang::FileID> ByPath;
};

} // namespace interlock
