#include "matchers/checks/Judgement.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace interlock {

/// Whether somebody holds a guard for the state over a suspension point: then
/// a writer without it breaks that guard on one thread, too.
static const Writer *guardedElsewhere(const ModifyJudgement &J,
                                      bool OneThread) {
  std::vector<LockName> Mine = J.Flow.heldNames(J.State);
  llvm::erase_if(Mine, [&](const LockName &L) {
    return !J.protects(L, J.Site.Path, J.Guarded);
  });
  unsigned Support = 0;
  for (const LockName &L : Mine)
    Support = std::max(Support, J.support(L, J.Guarded));
  for (const Writer &W : J.Program_.writers(J.Guarded.Field)) {
    if ((W.Function == &J.Flow.function() && W.At.Begin <= J.Site.At.Begin) ||
        W.Held.empty() || !overlapsAnyObject(W.Path, J.Site.Path))
      continue;
    const bool Common = llvm::any_of(W.Held, [&](const LockName &Theirs) {
      return llvm::any_of(
          Mine, [&](const LockName &L) { return sameLockAnywhere(L, Theirs); });
    });
    // Where two locks are taken, the one that more functions take is meant.
    const bool Protects = llvm::any_of(W.Held, [&](const LockName &L) {
      return J.protects(L, W.Path, J.Guarded) &&
             J.support(L, J.Guarded) >= Support;
    });
    // On one thread whoever takes out at the front is not hindered by who adds
    // at the back.
    const bool Harmless = OneThread && J.Site.How == Change::Insert &&
                          (W.How == Change::Erase || W.How == Change::Clear);
    if (!Common && Protects && !Harmless &&
        J.Program_.canInterleave(*W.Function, J.Flow.function()))
      return &W;
  }
  return nullptr;
}

std::optional<Finding>
unguardedBeside(const ModifyJudgement &J,
                const std::vector<StaleRegion> &Regions) {
  if (!J.judgedHere() || !J.Flow.function().Coroutine ||
      J.guarded(J.State.exclusive(), J.Site.Path, J.Guarded))
    return std::nullopt;
  const auto Breaks = [&](const StaleRegion &R) {
    return !(R.At == J.Site.At) && overlapsAnyObject(R.Path, J.Site.Path) &&
           J.Program_.canInterleave(*R.Function, J.Flow.function());
  };
  if (llvm::none_of(Regions, Breaks))
    return std::nullopt;
  Finding F = J.finding("unguarded-modification", J.Site, J.Guarded);
  F.Message =
      fmt::format("'{}' is modified outside its guard", J.Guarded.Info->Name);
  J.addObstacles(F, J.Guarded);
  return F;
}

std::optional<Finding> unguardedModification(const ModifyJudgement &J) {
  if (!J.judgedHere())
    return std::nullopt;
  const bool OneThread =
      J.Program_.options().ExecutorModel == Executor::SingleThreaded;
  const Writer *Elsewhere = guardedElsewhere(J, OneThread);
  if (Elsewhere && OneThread) {
    // On one thread only a guard that is held over a suspension point can be
    // broken, and only a coroutine can hold one, or call who changes it.
    if (!Elsewhere->Function->Coroutine &&
        (!isPrivateHelper(*Elsewhere->Function, J.Program_) ||
         llvm::none_of(
             J.Program_.callers(*Elsewhere->Function),
             [](const CallerSite &S) { return S.Caller->Coroutine; })))
      Elsewhere = nullptr;
  }
  if ((OneThread || J.Guarded.Info->ThreadLocal) && !Elsewhere)
    return std::nullopt;
  if (!J.Guarded.Named && !Elsewhere)
    return std::nullopt; // no lock anywhere: nobody meant to share it
  if (J.Guarded.Info->Atomic && !Elsewhere)
    return std::nullopt;
  const LockSet Held = J.State.exclusive();
  if (!Elsewhere && J.covered(Held, J.Site.Path, J.Guarded))
    return std::nullopt;
  if (!OneThread &&
      J.interferers(J.Site.Path, J.Guarded, J.names(Held),
                    [](const Writer &) { return true; })
          .empty() &&
      !Elsewhere)
    return std::nullopt;
  Finding F = J.finding("unguarded-modification", J.Site, J.Guarded);
  F.Message =
      fmt::format("'{}' is modified outside its guard", J.Guarded.Info->Name);
  if (Elsewhere) {
    F.Path.push_back(
        {StepKind::Explains, Elsewhere->At,
         fmt::format("'{}' modifies it under {}", Elsewhere->Function->Name,
                     spell(Elsewhere->Held.front(), J.Program_)),
         Elsewhere->Function->Name});
  }
  F.Path.push_back({StepKind::Modified, J.Site.At,
                    fmt::format("'{}' is modified here", J.Guarded.Info->Name),
                    J.Flow.function().Name});
  J.addObstacles(F, J.Guarded);
  return F;
}

} // namespace interlock
