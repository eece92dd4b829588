#include "matchers/checks/Judgement.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace interlock {

/// Whether a lock and a piece of state are members of one class, so that the
/// lock of one object is no help for the state of another.
static bool otherInstance(const LockName &L, const AccessPath &Path,
                          const StateInfo &G, const Program &P) {
  if (!L.Category.empty() || L.Path.Steps.empty() ||
      L.Path.Base == AccessPath::Root::Opaque)
    return false;
  const FieldInfo *Lock = P.field(L.Path.Steps.back().Name);
  if (!Lock || Lock->Record.empty() || Lock->Record != G.Info->Record)
    return false;
  AccessPath LockOwner = L.Path;
  LockOwner.Steps.pop_back();
  AccessPath StateOwner = Path;
  while (!StateOwner.Steps.empty() && StateOwner.Steps.back().Name != G.Field)
    StateOwner.Steps.pop_back();
  if (StateOwner.Steps.empty())
    return false;
  StateOwner.Steps.pop_back();
  return !overlaps(LockOwner, StateOwner);
}

std::optional<Finding> mismatchedGuard(const ModifyJudgement &J) {
  if (J.Program_.options().Guarded == GuardedState::All && !J.Guarded.Named)
    return std::nullopt;
  const HeldLock *Wrong = nullptr;
  std::string Why;
  for (const HeldLock &H : J.State.Held) {
    const LockName &L = J.Flow.locks()[H.Lock];
    if (L.Category == "*" || H.Mode != LockMode::Exclusive)
      continue;
    if (otherInstance(L, J.Site.Path, J.Guarded, J.Program_)) {
      Wrong = &H;
      Why = "another object";
    } else if (L.Category.empty()) {
      return std::nullopt; // some lock of the user's: others decide
    } else if (L.Category != J.Guarded.Category) {
      if (!Wrong) {
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
      J.deciding(true).empty() && J.deciding(false).empty())
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
