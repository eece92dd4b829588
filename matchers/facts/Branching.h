#pragma once

#include "clang/Analysis/CFG.h"
#include "llvm/ADT/SmallVector.h"

namespace interlock {

/// How control leaves a block of Clang's graph.
///
/// A condition that makes temporaries is one value to Clang: all its parts come
/// together before the branch, as in `if (full() || known(std::string("x")))`.
/// Here what a part decides alone goes straight on, and what is left for the
/// branch is the last part.
struct Branching {
  explicit Branching(const clang::CFGBlock &From);

  const clang::Expr *Condition = nullptr; ///< null where nothing is asked
  /// In Clang's order; null where control cannot go.
  llvm::SmallVector<const clang::CFGBlock *, 2> To;
  /// Of a condition with two ways, where control goes if it holds and if not.
  const clang::CFGBlock *Yes = nullptr, *No = nullptr;
};

} // namespace interlock
