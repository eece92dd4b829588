#pragma once

#include "matchers/base/Finding.h"

#include <string>

namespace interlock {

/// Draws how a finding comes about: time runs down, the reported activity on
/// the left, what runs while it waits on the right, the steps numbered as in
/// the path. An SVG element for a page whose style knows `mine` and `other`;
/// empty where there is nothing to draw.
std::string drawInterleaving(const Finding &F);

} // namespace interlock
