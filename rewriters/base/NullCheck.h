#pragma once

#include "rewriters/base/Extent.h"
#include "rewriters/base/FixPlan.h"
#include "rewriters/base/FunctionView.h"

#include <optional>
#include <string>

namespace interlock {

/// `if (!p || rest) leave;` as two statements, so that a guard which looks
/// behind `p` can stand between them.
struct NullCheck {
  std::string Above; ///< `if (!p) leave;`
  Edit Shortened;    ///< takes `!p ||` out of the second one
  unsigned Rest = 0; ///< where what is left of the condition begins
};

/// The split of the statement that an extent begins with, if it is of that
/// kind.
std::optional<NullCheck> splitNullCheck(const FunctionView &View,
                                        const Extent &E);

} // namespace interlock
