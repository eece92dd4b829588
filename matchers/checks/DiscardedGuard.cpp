#include "matchers/checks/Judgement.h"

#include <fmt/format.h>

namespace interlock {

std::optional<Finding> discardedGuard(const Judgement &J, const Op &Misuse) {
  Finding F = J.finding("discarded-guard", Misuse.At);
  F.Message =
      Misuse.Weak
          ? fmt::format("'{}' is never awaited: nothing is locked", Misuse.Text)
          : fmt::format("the guard that '{}' returns is destroyed at "
                        "once: nothing stays locked",
                        Misuse.Text);
  F.State.Category = Misuse.Lock.Category;
  F.Path.push_back(
      {StepKind::Acquired, Misuse.At, "acquired and lost here", F.Function});
  return F;
}

} // namespace interlock
