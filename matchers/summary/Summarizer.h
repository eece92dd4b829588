#pragma once

#include "matchers/summary/Program.h"

namespace interlock {

class Flows;

/// Fills a program's summaries to a fixed point, callees first, and then what
/// flows down from callers: the locks that every caller of a helper holds.
/// Cost: each function is solved once, and once more where its callers hold
/// locks; members of a cycle of calls repeat until nothing changes, at most a
/// bounded number of times.
void summarize(Program &P, Flows &Known);

} // namespace interlock
