#pragma once

#include "matchers/base/Finding.h"

#include <interlock/drawing.hpp>

namespace interlock {

/// How a finding comes about, as the explorer draws a schedule: the reported
/// activity in one lane, what runs while it waits in the other, the steps
/// numbered as in the path.
drawing::interleaving interleavingOf(const Finding &F);

} // namespace interlock
