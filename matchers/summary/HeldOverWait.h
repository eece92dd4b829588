#pragma once

#include "matchers/summary/Program.h"

namespace interlock {

/// Whether a guard of the writer's is held over a suspension point while it is
/// about the state: only such a one can be broken on one thread, and only a
/// coroutine can hold one, or call who changes it.
bool holdsOverWait(const Writer &W, const AccessPath &State, const Program &P);

} // namespace interlock
