#pragma once

#include "matchers/summary/Program.h"

namespace interlock {

/// Fills a program's summaries to a fixed point, callees first, and then what
/// flows down from callers: the locks that every caller of a helper holds.
/// Cost: a few passes over each function; members of a cycle of calls repeat
/// until nothing changes, at most a bounded number of times.
void summarize(Program &P);

} // namespace interlock
