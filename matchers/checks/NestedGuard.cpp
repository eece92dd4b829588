#include "matchers/checks/Judgement.h"

#include <fmt/format.h>

namespace interlock {

std::optional<Finding> nestedGuard(const Judgement &J, const SourceSpan &At,
                                   const LockName &Taken, bool Blocking,
                                   const LockUse *Inside) {
  if (Blocking && Taken.Category.empty())
    return std::nullopt; // ordinary locks of threads nest in an order
  for (const HeldLock &H : J.State.Held) {
    const LockName &Held = J.Flow.locks()[H.Lock];
    if (Held.Category == "*" || (H.Blocking && Held.Category.empty()) ||
        H.At == At || H.Mode == LockMode::Counted || H.Mode == LockMode::Slice)
      continue;
    const bool Same = Held.Category == Taken.Category &&
                      Held.Path == Taken.Path && Held.Key == Taken.Key &&
                      Held.Key != "?" &&
                      Held.Path.Base != AccessPath::Root::Opaque &&
                      H.Mode == LockMode::Exclusive;
    const bool SameGlobal = !Held.Category.empty() &&
                            Held.Category == Taken.Category &&
                            Held.Key == Taken.Key && Held.Key != "?";
    Finding F = J.finding("nested-guard", At);
    if (Same || SameGlobal)
      F.Severity = Level::Error;
    const std::string Outer = spell(Held, J.Program_),
                      Inner = spell(Taken, J.Program_);
    F.Message =
        Same || SameGlobal
            ? fmt::format("{} is acquired while it is held: this waits for "
                          "itself for ever",
                          Inner)
            : fmt::format("{} is acquired while {} is held", Inner, Outer);
    F.State.Category = Taken.Category;
    if (H.At.valid())
      F.Path.push_back({StepKind::Acquired, H.At,
                        H.Entry ? "held by every caller of this function"
                                : fmt::format("{} is acquired here", Outer),
                        F.Function});
    if (Inside)
      F.Path.push_back(
          {StepKind::Acquired, Inside->At,
           fmt::format("'{}' acquires {} here", Inside->Function, Inner),
           Inside->Function});
    return F;
  }
  return std::nullopt;
}

} // namespace interlock
