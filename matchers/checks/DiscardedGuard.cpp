#include "matchers/checks/Judgement.h"

#include <fmt/format.h>

namespace interlock {

std::optional<Finding> discardedGuard(const Judgement &J, const Op &Misuse) {
  Finding F;
  F.Check = "discarded-guard";
  F.Severity = levelOf(F.Check);
  F.At = Misuse.At;
  F.Function = J.Flow.function().Name;
  F.Message =
      Misuse.Weak
          ? fmt::format("'{}' is never awaited: nothing is locked", Misuse.Text)
          : fmt::format("the guard that '{}' returns is destroyed at "
                        "once: nothing stays locked",
                        Misuse.Text);
  F.State.Category = Misuse.Lock.Category;
  F.Extent.Function = J.Flow.function().Definition;
  F.Extent.FunctionId = J.Flow.function().Id;
  F.Extent.IsCoroutine = J.Flow.function().Coroutine;
  F.Extent.Modifies.push_back(Misuse.At);
  F.Path.push_back(
      {StepKind::Acquired, Misuse.At, "acquired and lost here", F.Function});
  return F;
}

} // namespace interlock
