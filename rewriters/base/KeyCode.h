#pragma once

#include "matchers/base/Finding.h"
#include "matchers/base/Options.h"
#include "rewriters/base/FunctionView.h"

#include <string>
#include <vector>

namespace interlock {

/// A key, or an object, as the function spells it.
struct KeyCode {
  std::string Text;
  llvm::SmallVector<const clang::ValueDecl *> Uses; ///< locals that it names
  std::string Address = {}; ///< of an object: `this`, `&account`, `account`
  /// Evaluating it a second time could change something, or give another value.
  bool Impure = false;
};

/// The keys by which the region of a finding reaches the elements of its
/// container, `symbol` in `positions_[symbol]` or, over an alias, in
/// `auto it = positions_.find(symbol)`; without duplicates, those of the
/// modifies first; behind them those of elements that the statements in between
/// modify as well. Empty if none is spelled in the function.
std::vector<KeyCode> keysOf(const FunctionView &View, const Finding &F);

/// Whether one guard is for the whole container: an index of a sequence names
/// no element for long, and on several threads the lock of an element does not
/// keep others from adding or erasing the one beside it.
bool isGuardedWhole(const FunctionView &View, const Finding &F,
                    const FixOptions &Opts);

/// Whether the elements of a container may move to other indices, so that an
/// index names no element for long: a vector, not a map or an array.
bool shiftsElements(clang::QualType Type);

/// Whether the state is a container by key, whose elements are guarded one by
/// one.
bool isContainer(const FunctionView &View, const Finding &F);

/// Whether a function makes its result of its arguments alone and leaves them
/// as they are, as far as its signature shows: `next_id()` does not.
bool computes(const clang::FunctionDecl &F);

/// The object that owns the member, as the region spells it: `this`, `account`,
/// `*session->account`; empty for state that no object owns.
KeyCode ownerOf(const FunctionView &View, const Finding &F);

/// The same with the address of the object that has the state: that of the
/// owner, or of what a member refers or points to, which owners may share.
KeyCode objectOf(const FunctionView &View, const Finding &F);

/// What the analysis says in the function's words, where it calls a helper that
/// reaches the state.
KeyCode inWords(const FunctionView &View, const std::string &Text);

/// The member's name without its class.
llvm::StringRef memberName(const Finding &F);

} // namespace interlock
