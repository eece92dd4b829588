#pragma once

#include "matchers/base/SourceSpan.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/Expr.h"

#include <string>
#include <unordered_map>

namespace interlock {

/// Names and places of declarations and statements as values. Remembers what
/// it was asked; one object serves one translation unit.
class Names {
public:
  explicit Names(clang::ASTContext &Ctx) : Ctx(Ctx) {}

  /// `boost::asio::steady_timer::async_wait`: qualified, without inline and
  /// anonymous namespaces and without template arguments.
  const std::string &qualified(const clang::NamedDecl *D);
  /// The same for the class behind a type; empty if it is none.
  const std::string &type(clang::QualType T);
  /// Program-wide identity of a function; lambdas by place.
  const std::string &function(const clang::FunctionDecl *FD);
  /// Program-wide identity of a data member or variable; the same for all
  /// instantiations of a template.
  const std::string &state(const clang::ValueDecl *D);
  /// Identity of a class, the same for all its instantiations.
  const std::string &record(const clang::CXXRecordDecl *D);

  SourceSpan span(clang::SourceRange R);
  SourceSpan span(clang::SourceLocation L) { return span({L, L}); }
  /// The source text of an expression, on one line.
  std::string text(const clang::Stmt *S);

private:
  /// What tells apart names that several programs of one database have: classes
  /// and functions that are declared in the source file itself, where others
  /// cannot see them. Empty for what a header declares.
  const std::string &ownMark(const clang::Decl *D);

  clang::ASTContext &Ctx;
  std::string Mark;
  // Node-based: callers keep references while more names are asked for.
  std::unordered_map<const clang::Decl *, std::string> Qualified, Ids;
  llvm::DenseMap<const void *, const std::string *> Types;
  std::unordered_map<const clang::FileEntry *, FileName> Files;
};

/// An expression without parentheses, conversions, temporaries and copies
/// around it; null only for null.
const clang::Expr *strip(const clang::Expr *E);

/// The type of the object that a member or operator is called on, as the
/// program declares it: before it is converted to a base that implements it.
clang::QualType objectType(const clang::Expr *E);

/// The local that a member function is called on, itself or by a pointer.
const clang::VarDecl *localBehind(const clang::Expr *Object);

/// The class behind references, pointers and cv-qualifiers, or null.
const clang::CXXRecordDecl *recordOf(clang::QualType T);

} // namespace interlock
