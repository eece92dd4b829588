#include "matchers/checks/Judgement.h"

#include <fmt/format.h>

namespace interlock {

std::optional<Finding> blockingLockAcrossSuspension(const Judgement &J,
                                                    const Op &Suspend) {
  for (const HeldLock &H : J.State.Held) {
    if (!H.Blocking || H.Entry)
      continue;
    const LockName &L = J.Flow.locks()[H.Lock];
    Finding F = J.finding("blocking-lock-across-suspension", Suspend.At);
    F.Message = fmt::format("{} blocks threads and is held at this suspension "
                            "point",
                            spell(L, J.Program_));
    F.State.Category = L.Category;
    F.Extent.Suspensions.push_back(Suspend.At);
    F.Path.push_back({StepKind::Acquired, H.At, "acquired here", F.Function});
    F.Path.push_back({StepKind::Suspends, Suspend.At,
                      "control can be given up here, and another coroutine on "
                      "this thread can wait for it for ever",
                      F.Function});
    return F;
  }
  return std::nullopt;
}

} // namespace interlock
