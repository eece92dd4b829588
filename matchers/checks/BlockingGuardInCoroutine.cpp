#include "matchers/checks/Judgement.h"

#include <fmt/format.h>

namespace interlock {

std::optional<Finding> blockingGuardInCoroutine(const Judgement &J,
                                                const Op &Acquire) {
  // A thread's own lock, held for a moment, is common and harmless; blocking
  // on a lock that coroutines hold while suspended is not.
  if (!J.Flow.function().Coroutine || !Acquire.Blocking ||
      Acquire.Conditional ||
      (Acquire.Lock.Category.empty() && !Acquire.PeerWait))
    return std::nullopt;
  Finding F = J.finding("blocking-guard-in-coroutine", Acquire.At);
  F.Message =
      Acquire.PeerWait
          ? "a coroutine blocks its thread until it is notified: whoever does "
            "that may need this thread"
          : fmt::format("a coroutine blocks its thread for the {}: its "
                        "holder may need this thread to go on",
                        spell(Acquire.Lock, J.Program_));
  F.State.Category = Acquire.Lock.Category;
  F.Path.push_back({StepKind::Acquired, Acquire.At,
                    Acquire.PeerWait ? "acquired again here" : "acquired here",
                    F.Function});
  return F;
}

} // namespace interlock
