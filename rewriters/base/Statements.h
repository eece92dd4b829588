#pragma once

#include "rewriters/base/FixPlan.h"
#include "rewriters/base/FunctionView.h"

#include "clang/AST/Expr.h"

#include <optional>
#include <string>

namespace interlock {

/// The child of a block that a span stands in; -1 if there is none.
int statementAt(const FunctionView &View, const SourceSpan &At);
int statementAt(const FunctionView &View, int Node);

/// The statement that a span stands in, if it is an expression: the body of an
/// unbraced `if` as well; -1 if it is in the head of one, or a declaration.
int fullExpressionAt(const FunctionView &View, const SourceSpan &At);

/// The place of a statement among the children of its block.
unsigned placeInBlock(const FunctionView &View, int Statement);

/// The node of an expression below `Root`; -1 if it has none.
int nodeOf(const FunctionView &View, int Root, const clang::Stmt *S);

/// What a statement computes, without parentheses, casts and temporaries that
/// the language wraps around it.
const clang::Expr *plain(const clang::Stmt *S);

/// Whether evaluating the expression once more is as good as once.
bool repeatable(const FunctionView &View, int I);

/// The expression that a node assigns to; null if it assigns nothing.
const clang::Expr *assignedTo(const clang::Stmt *S);

/// What `a == b` compares.
std::optional<std::pair<const clang::Expr *, const clang::Expr *>>
equal(const clang::Expr *E);

/// What `a != b` compares, which may be written as `!(a == b)`.
std::optional<std::pair<const clang::Expr *, const clang::Expr *>>
unequal(const clang::Expr *E);

/// The text of an expression with a `!` before it, in parentheses where it
/// needs them.
std::string negated(const clang::Expr *E, const std::string &Text);

/// Whether a part of an `if` or a loop is not its head.
bool isBodyOf(const clang::Stmt *Control, const clang::Stmt *Part);

/// Whether a statement always leaves: an exit, or a block that ends in one.
bool leaves(const clang::Stmt *S);

/// The whole line of a statement that stands alone on it, or on several; with
/// a comment behind it, if that is allowed.
struct Lines {
  unsigned Begin = 0, End = 0; ///< with the line's end
};
std::optional<Lines> ownLines(const FunctionView &View, int Statement,
                              bool Commented = false);

/// What goes with a statement that is taken away: its lines; the blanks beside
/// it where there is more on them. None if a macro has a part in it.
std::optional<Lines> removal(const FunctionView &View, int Statement);

/// A break and the indentation of the statement: what goes between it and
/// another one in front of it.
std::string gapBefore(const FunctionView &View, int Statement);

/// `state += amount` or `state -= amount`.
struct RelativeModify {
  int Statement = -1;
  const clang::Expr *State = nullptr;
  const clang::Expr *Amount = nullptr;
  bool Adds = false;
};
/// The modify at a place, if what it does can be undone by its opposite:
/// floating point gives back something else than it took.
std::optional<RelativeModify> relativeModify(const FunctionView &View,
                                             const SourceSpan &At);
std::optional<RelativeModify> relativeModify(const FunctionView &View,
                                             int Statement);

/// Whether an expression is a constant or a local that keeps its value from
/// `Offset` to the end of the function.
bool settledAmount(const FunctionView &View, int Amount, unsigned Offset);

/// Whether an expression has the same value at `Offset` as where it stands,
/// behind it, as far as this function goes: what it names is there by then and
/// not changed on the way, and evaluating it does nothing else.
bool sameFrom(const FunctionView &View, int I, unsigned Offset);

} // namespace interlock
