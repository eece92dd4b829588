#pragma once

#include "matchers/facts/Facts.h"

namespace interlock {

/// Whether a function writes to a variable once that has its first value.
bool isAssigned(const FunctionFacts &F, unsigned Var);

/// Which way a modify moves a number, if what it adds or takes is not negative.
/// That of a variable is not where the function has compared it with zero
/// before, or asked with it whether there is enough, or still room.
Way wayOf(const Op &Modify, unsigned At, const FunctionFacts &F);

/// Whether a modify puts back in its slice what was taken before in it, or
/// takes what was added: `left_ -= n; if (!known) left_ += n;`. Nobody else
/// sees that.
bool takesBack(const FunctionFacts &F, const SourceSpan &Modify);

/// Which way a number must not go that a read has compared in a branch, for the
/// branch to lead to a block as before; open if it may matter either way.
Way mustNotMove(const Block &Branch, const AccessPath &Read,
                const SourceSpan &At, unsigned By);

} // namespace interlock
