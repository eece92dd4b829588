#pragma once

#include "matchers/flow/FunctionFlow.h"

#include <map>
#include <vector>

namespace interlock {

/// What a function adds to numbers and takes from them, by the variables that
/// hold the amounts and stay as they are. Cost: linear to build; to ask, the
/// places that have to do with one variable.
class Amounts {
public:
  explicit Amounts(const FunctionFlow &Flow);

  /// Which way a modify moves a number, if what it adds or takes is not
  /// negative. That of a variable is not where the function has compared it
  /// with zero before, or asked with it whether there is enough, or still room.
  Way wayOf(const Op &Modify, unsigned At) const;

  /// Whether a modify puts back in its slice what was taken before in it, or
  /// takes what was added: `left_ -= n; if (!known) left_ += n;`. Nobody else
  /// sees that.
  bool takesBack(const Op &Modify, unsigned At) const;

private:
  using Place = std::pair<unsigned, const Op *>; ///< with its block
  bool undoes(const Place &Now, const Place &Then) const;

  const FunctionFlow &Flow;
  std::map<Register, const Op *> Loads;           ///< of the amounts
  std::map<unsigned, std::vector<Place>> Moves;   ///< by variable
  std::map<unsigned, std::vector<unsigned>> Asks; ///< branches, by variable
  std::vector<unsigned> Suspensions; ///< where they stand, ascending
};

/// Which way a number must not go that a read has compared in a branch, for the
/// branch to lead to a block as before; open if it may matter either way.
Way mustNotMove(const Block &Branch, const AccessPath &Read,
                const SourceSpan &At, unsigned By);

} // namespace interlock
