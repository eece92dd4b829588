#include "matchers/checks/Judgement.h"

#include <fmt/format.h>

namespace interlock {

std::optional<Finding> slowCriticalSection(const Judgement &J,
                                           const Op &Suspend,
                                           const HeldLock &Lock) {
  const LockName &L = J.Flow.locks()[Lock.Lock];
  Finding F = J.finding("slow-critical-section", Suspend.At);
  F.Message = fmt::format("{} is held at this suspension point and protects "
                          "nothing across it",
                          spell(L, J.Program_));
  F.State.Category = L.Category;
  F.Extent.Suspensions.push_back(Suspend.At);
  F.Path.push_back({StepKind::Acquired, Lock.At, "acquired here", F.Function});
  F.Path.push_back({StepKind::Suspends, Suspend.At,
                    "everybody who wants the lock waits for this, too",
                    F.Function});
  return F;
}

} // namespace interlock
