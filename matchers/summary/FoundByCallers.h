#pragma once

#include "matchers/summary/Program.h"

namespace interlock {

/// Whether everybody who calls a helper has looked at some state at once before
/// that, and comes to the call by what he has found: `if (!flight_) refresh();`
bool foundByCallers(const FunctionFacts &F, const AccessPath &State,
                    const Program &P);

} // namespace interlock
