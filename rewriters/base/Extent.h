#pragma once

#include "rewriters/base/FunctionView.h"

#include "llvm/ADT/ArrayRef.h"

#include <string>
#include <variant>

namespace interlock {

/// Why something cannot be done: the stable id and one sentence.
struct Why {
  std::string Id;
  std::string Reason;
};

/// A run of statements of one block, by their places among its children; or
/// the body of an `if` or a loop, which gets braces with its guard.
struct Extent {
  int Block = -1; ///< node of the compound statement, the `if` or the loop
  unsigned First = 0;
  unsigned Last = 0;
};

/// How a guard over an extent is written.
enum class Form {
  ToEndOfBlock, ///< a declaration before the first statement
  OwnBlock,     ///< a declaration and the extent in braces
  Unlocked,     ///< a declaration, and `unlock()` behind the last statement
};

/// Finds the smallest run of statements of one block that covers everything
/// that has to happen under the guard, grown over unbraced bodies, handlers,
/// loops that carry a check into their next pass, `switch` bodies, and over
/// declarations of aliases into the state (`Member`, a plain name) that the
/// run uses. With `Bodies` it may be a body without braces, where the whole
/// statement would hold the guard over more passes or waits than it is for.
std::variant<Extent, Why> findExtent(const FunctionView &View,
                                     llvm::ArrayRef<SourceSpan> Reads,
                                     llvm::ArrayRef<SourceSpan> Suspensions,
                                     llvm::ArrayRef<SourceSpan> Modifies,
                                     llvm::StringRef Member,
                                     bool Bodies = false);

/// Whether an extent is a body that has no braces.
bool isBareBody(const FunctionView &View, const Extent &E);

/// Grows an extent until it covers `Node` as well.
std::variant<Extent, Why> cover(const FunctionView &View, Extent E, int Node);

/// The innermost loop that the extent stands in; the extent itself if there is
/// none.
std::variant<Extent, Why> aroundLoop(const FunctionView &View, const Extent &E);

/// Whether a variable refers to something else by its type: a reference, a
/// pointer, an iterator, a view, a structured binding.
bool isAlias(const clang::ValueDecl *Var);

/// Chooses the form. `MayLast` says whether the guard may be held until the
/// end of the block although that is not needed; it is asked for forms that
/// end early only if the rest of the block suspends or `MayLast` is false.
std::variant<Form, Why> chooseForm(const FunctionView &View, const Extent &E,
                                   bool MayLast);

/// Where a guard's declaration goes: the start of the first statement, or
/// above the conditional directives that it stands in.
std::variant<unsigned, Why> insertionPoint(const FunctionView &View,
                                           const Extent &E);

/// Whether a block is the body of a `switch`: labels, no straight run.
bool isSwitchBody(const FunctionView &View, int Block);

/// Offsets of the extent in the file.
unsigned beginOf(const FunctionView &View, const Extent &E);
unsigned endOf(const FunctionView &View, const Extent &E);

} // namespace interlock
