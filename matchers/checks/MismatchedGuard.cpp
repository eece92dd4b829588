#include "matchers/checks/Judgement.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace interlock {

std::optional<Finding> mismatchedGuard(const ModifyJudgement &J) {
  const HeldLock *Wrong = nullptr;
  std::string Why;
  for (const HeldLock &H : J.State.Held) {
    const LockName &L = J.Flow.locks()[H.Lock];
    if (L.Category == "*" || H.Mode != LockMode::Exclusive)
      continue;
    if (J.otherInstance(L, J.Site.Path, J.Guarded)) {
      Wrong = &H;
      Why = "another object";
    } else if (L.Category.empty()) {
      return std::nullopt; // some lock of the user's: others decide
    } else if (L.Category != J.Guarded.Category) {
      if (!Wrong && J.Guarded.Named) {
        Wrong = &H;
        Why = "another category";
      }
    } else if (!J.protects(L, J.Site.Path, J.Guarded)) {
      Wrong = &H;
      Why = "another key";
    } else {
      return std::nullopt; // the right one is held too
    }
  }
  if (!Wrong)
    return std::nullopt;
  // A guard of another category is wrong only where this one was needed.
  if (Why == "another category" && J.exposed(J.written(true)).empty() &&
      J.deciding(true).empty() && J.deciding(false).empty() &&
      !unguardedModification(J))
    return std::nullopt;
  Finding F = J.finding("mismatched-guard", J.Site, J.Guarded);
  F.Message = fmt::format("'{}' is modified under the {}, which belongs to {}",
                          J.Guarded.Info->Name,
                          spell(J.Flow.locks()[Wrong->Lock], J.Program_), Why);
  if (Wrong->At.valid())
    F.Path.push_back({StepKind::Acquired, Wrong->At, "acquired here",
                      J.Flow.function().Name});
  F.Path.push_back({StepKind::Modified, J.Site.At,
                    fmt::format("'{}' is modified here", J.Guarded.Info->Name),
                    J.Flow.function().Name});
  return F;
}

} // namespace interlock
