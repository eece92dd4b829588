#pragma once

#include "matchers/flow/FunctionFlow.h"

#include <map>

namespace interlock {

/// The reads that a function uses up, with the place of the modify that does:
/// all those of one condition together, as in
/// `if (on_hand_ - reserved_ < n) return false; reserved_ += n;`.
class UsedUpReads {
public:
  void note(const FunctionFlow &Flow, const ModifySite &M, const FlowState &S);
  /// Where the read is used up, as a source offset; NoIndex: nowhere.
  unsigned at(unsigned Read) const;

private:
  std::map<unsigned, unsigned> Places; ///< by read
};

} // namespace interlock
