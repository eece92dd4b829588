#pragma once

#include "rewriters/base/FunctionView.h"

#include "clang/AST/Expr.h"

#include <optional>

namespace interlock {

/// `state = old + amount` or with `-`, where the type can do `+=` as well.
struct WriteBack {
  int Statement = -1;
  const clang::Expr *State = nullptr;
  const clang::Expr *Old = nullptr;
  const clang::Expr *Amount = nullptr;
  const char *Operator = "+=";
};

/// What the statement does, if it is one of those.
std::optional<WriteBack> writeBack(const FunctionView &View, int Statement);

/// What an expression computes, without copies that only pass it on.
const clang::Expr *bare(const clang::Expr *E);

/// Whether two expressions of the function are spelled alike.
bool sameText(const FunctionView &View, const clang::Expr *A,
              const clang::Expr *B);

/// The declaration of the local that holds the old value: its initialiser is
/// the state, and it is never changed; -1 if the old value is something else.
int copyOfState(const FunctionView &View, const WriteBack &W);

} // namespace interlock
