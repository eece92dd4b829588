#pragma once

#include "matchers/flow/FunctionFlow.h"

#include <map>

namespace interlock {

/// The reads that a function uses up, with the place of the modify that does:
/// all those of one condition together, as in
/// `if (on_hand_ - reserved_ < n) return false; reserved_ += n;`.
std::map<unsigned, unsigned> usedUp(FunctionFlow &Flow);

} // namespace interlock
