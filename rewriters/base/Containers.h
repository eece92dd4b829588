#pragma once

#include "clang/AST/Expr.h"

#include <optional>

namespace interlock {

/// What class of the standard library an expression is of, by its plain name;
/// in a template, of what all instantiations say. Empty for anything else.
llvm::StringRef standardClass(const clang::Expr *E);

/// `object.name(...)`, in a template as well, where it is not known yet which
/// function that calls.
struct NamedCall {
  const clang::CallExpr *Call = nullptr;
  const clang::Expr *Object = nullptr;
  llvm::StringRef Name;
};
std::optional<NamedCall> namedCall(const clang::Stmt *S);

/// The object of a call of a method with one of the names; null otherwise.
const clang::Expr *objectOfCall(const clang::Stmt *S,
                                std::initializer_list<llvm::StringRef> Names);

/// `a[i]`: what it is called on, and what by.
struct Subscript {
  const clang::Expr *Object = nullptr;
  const clang::Expr *Index = nullptr;
};
std::optional<Subscript> subscript(const clang::Stmt *S);

} // namespace interlock
