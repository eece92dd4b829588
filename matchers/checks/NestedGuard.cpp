#include "matchers/checks/Judgement.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"

#include <fmt/format.h>

namespace interlock {

/// Whether taking a lock again, with it held, waits for ever.
static bool sameLock(const LockName &Held, const LockName &Taken,
                     const Program &P) {
  if (Held.Category != Taken.Category || Held.Key != Taken.Key ||
      Held.Key == "?")
    return false;
  if (!Held.Category.empty())
    return true;
  if (!(Held.Path == Taken.Path) || Held.Path.Base == AccessPath::Root::Opaque)
    return false;
  const FieldInfo *Info = Held.Path.Steps.empty()
                              ? P.field(Held.Path.Name)
                              : P.field(Held.Path.Steps.back().Name);
  return !Info ||
         !llvm::StringRef(Info->Type).contains_insensitive("recursive");
}

/// Tells how others take the two locks the other way round.
static void tellInversion(Finding &F, const Program &P,
                          llvm::ArrayRef<const LockOrderEdge *> Others) {
  for (const LockOrderEdge *E : Others) {
    F.Path.push_back({StepKind::Acquired, E->HeldAt,
                      fmt::format("elsewhere, '{}' acquires {} here",
                                  E->Function, spell(E->Held, P)),
                      E->Function});
    F.Path.push_back(
        {StepKind::Acquired, E->TakenAt,
         fmt::format("and then {}, while it holds that", spell(E->Taken, P)),
         E->Function});
    if (!E->Inside.empty())
      F.Path.push_back(
          {StepKind::Acquired, E->InsideAt,
           fmt::format("'{}' acquires {} here", E->Inside, spell(E->Taken, P)),
           E->Inside});
  }
}

std::optional<Finding> nestedGuard(const Judgement &J, const SourceSpan &At,
                                   const LockName &Taken, bool Blocking,
                                   const LockUse *Inside) {
  for (const HeldLock &H : J.State.Held) {
    const LockName &Held = J.Flow.locks()[H.Lock];
    // What every caller holds, is reported where it calls.
    if (H.Entry && !llvm::is_contained(J.Flow.function().Requires, Held))
      continue;
    if (Held.Category == "*" || H.At == At || H.Mode == LockMode::Counted ||
        H.Mode == LockMode::Slice)
      continue;
    const bool Again =
        H.Mode == LockMode::Exclusive && sameLock(Held, Taken, J.Program_);
    const std::vector<const LockOrderEdge *> Others =
        J.Program_.lockOrder().path(Taken, Held);
    // Ordinary locks of threads may nest, in one order.
    const bool Plain = (Blocking && Taken.Category.empty()) ||
                       (H.Blocking && Held.Category.empty());
    if (Plain && !Again && Others.empty())
      continue;
    Finding F = J.finding("nested-guard", At);
    const std::string Outer = spell(Held, J.Program_),
                      Inner = spell(Taken, J.Program_);
    if (Again) {
      F.Severity = Level::Error;
      F.Message = fmt::format("{} is acquired while it is held: this waits for "
                              "itself for ever",
                              Inner);
    } else if (!Others.empty()) {
      F.Message = fmt::format("{} is acquired while {} is held, and elsewhere "
                              "the other way round: the two can wait for each "
                              "other for ever",
                              Inner, Outer);
    } else {
      F.Message = fmt::format("{} is acquired while {} is held", Inner, Outer);
    }
    F.State.Category = Taken.Category;
    if (H.At.valid())
      F.Path.push_back({StepKind::Acquired, H.At,
                        H.Entry ? "held on entry, by declaration"
                                : fmt::format("{} is acquired here", Outer),
                        F.Function});
    if (Inside)
      F.Path.push_back(
          {StepKind::Acquired, Inside->At,
           fmt::format("'{}' acquires {} here", Inside->Function, Inner),
           Inside->Function});
    if (!Again)
      tellInversion(F, J.Program_, Others);
    return F;
  }
  return std::nullopt;
}

} // namespace interlock
