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
  const auto Unknown = [](const PathStep &S) {
    return S.What == PathStep::Kind::Element && S.Name == "?";
  };
  if (!(Held.Path == Taken.Path) ||
      Held.Path.Base == AccessPath::Root::Opaque ||
      llvm::any_of(Held.Path.Steps, Unknown))
    return false;
  const FieldInfo *Info = Held.Path.Steps.empty()
                              ? P.field(Held.Path.Name)
                              : P.field(Held.Path.Steps.back().Name);
  return !Info ||
         !llvm::StringRef(Info->Type).contains_insensitive("recursive");
}

/// What of a path the caller chooses by an argument; empty if nothing is, or
/// more than one part.
static std::string chosen(const AccessPath &Path, const FunctionFacts &F) {
  std::string Result;
  if (Path.Base == AccessPath::Root::Parameter && Path.Var < F.InputCount)
    Result = "$" + std::to_string(Path.Var);
  for (const PathStep &S : Path.Steps) {
    if (S.What != PathStep::Kind::Element)
      continue;
    unsigned Var = 0;
    llvm::StringRef Key(S.Name);
    if (!Key.consume_front("$") || Key.consumeInteger(10, Var) ||
        Var >= F.InputCount || !Result.empty())
      return "";
    Result = S.Name;
  }
  return Result;
}

/// Whether two locks are the same of two objects that the caller names, and the
/// function takes them in the order of its arguments: a call with these swapped
/// takes them the other way round.
static bool inOrderOfArguments(const LockName &Held, const LockName &Taken,
                               const Judgement &J) {
  const FunctionFacts &F = J.Flow.function();
  // `lend(other)`, which others call the other way round.
  const auto Mine = [&](const AccessPath &Own, const AccessPath &Given) {
    return Own.Base == AccessPath::Root::This && !F.Constructor &&
           Given.Base == AccessPath::Root::Parameter &&
           Own.Steps == Given.Steps && llvm::none_of(Own.Steps, isElement);
  };
  const bool OfThis =
      Mine(Held.Path, Taken.Path) || Mine(Taken.Path, Held.Path);
  const auto Chosen = [&](const AccessPath &Path) {
    return OfThis && Path.Base == AccessPath::Root::This ? "this"
                                                         : chosen(Path, F);
  };
  const std::string First = Chosen(Held.Path), Second = Chosen(Taken.Path);
  // Local pointers to them may have been put in order.
  const bool Ordered =
      (OfThis || Held.Path.Base == AccessPath::Root::Parameter) &&
      llvm::any_of(
          llvm::drop_begin(F.Variables, F.InputCount),
          [](const Variable &V) { return V.Indirect && !V.Name.empty(); });
  if (Ordered || First.empty() || Second.empty() || First == Second ||
      F.Lambda || (!OfThis && Held.Path.Base != Taken.Path.Base) ||
      Held.Path.Steps.size() != Taken.Path.Steps.size() ||
      !overlapsAnyObject(Held.Path, Taken.Path))
    return false;
  // `if (a < b)` this way, else that way.
  std::optional<unsigned> Other;
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops)
      if (O.Kind == OpKind::Acquire && O.Lock == Taken)
        Other = std::min(Other.value_or(O.At.Begin), O.At.Begin);
  const auto Again = [&](const Op &O) {
    return O.Kind == OpKind::Acquire && O.Lock == Held && Other &&
           O.At.Begin > *Other;
  };
  return llvm::none_of(
      F.Blocks, [&](const Block &B) { return llvm::any_of(B.Ops, Again); });
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
    const bool Swapped =
        !Again && Others.empty() && inOrderOfArguments(Held, Taken, J);
    if (Plain && !Again && Others.empty() && !Swapped)
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
    } else if (Swapped) {
      F.Message = fmt::format("{} is acquired while that of another object is "
                              "held, in the order of the arguments: a call "
                              "with these swapped waits for this one for ever",
                              Inner);
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
