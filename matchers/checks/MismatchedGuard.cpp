#include "matchers/checks/Judgement.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace interlock {

static constexpr llvm::StringLiteral OtherCategory = "another category";

/// `parts_[0]` for `parts_[hash(key) % parts]`: always the same element, where
/// the other path leads to any of them.
static bool isOneForAll(const AccessPath &One, const AccessPath &Any) {
  if (One.Steps.size() != Any.Steps.size())
    return false;
  for (size_t I = 0; I < One.Steps.size(); ++I)
    if (isElement(One.Steps[I]) && isElement(Any.Steps[I]) &&
        llvm::StringRef(One.Steps[I].Name).starts_with("#") &&
        !llvm::StringRef(Any.Steps[I].Name).starts_with("#"))
      return true;
  return false;
}

/// Whether a path goes on from an object to one that this only refers to:
/// `next_->count_` under the lock of `this`.
static bool leadsElsewhere(const AccessPath &From, const AccessPath &To,
                           const Program &P) {
  return From.Steps.size() < To.Steps.size() &&
         P.leadsOut(To, From.Steps.size());
}

bool Judgement::otherInstance(const LockName &L, const AccessPath &Path,
                              const StateInfo &G) const {
  // `std::lock_guard hold(from);`, where others lock the object itself.
  if (L.Category.empty() && isWholeObject(L.Path))
    return !besideAny(L, Path, Program_) &&
           llvm::any_of(Program_.writers(G.Field), [&](const Writer &W) {
             return llvm::any_of(W.Held, [&](const LockName &Theirs) {
               return isWholeObject(Theirs.Path) &&
                      besideAny(Theirs, W.Path, Program_);
             });
           });
  if (!L.Category.empty() || L.Path.Steps.empty() ||
      L.Path.Base == AccessPath::Root::Opaque)
    return false;
  const FieldInfo *Lock = Program_.field(L.Path.Steps.back().Name);
  if (!Lock || !inOneObject(*Lock, *G.Info))
    return false;
  AccessPath LockOwner = L.Path;
  LockOwner.Steps.pop_back();
  AccessPath StateOwner = Path;
  while (!StateOwner.Steps.empty() && StateOwner.Steps.back().Name != G.Field)
    StateOwner.Steps.pop_back();
  if (StateOwner.Steps.empty())
    return false;
  StateOwner.Steps.pop_back();
  // The only object of its kind can be named either way.
  const auto Named = [](const AccessPath &P, AccessPath::Root Base) {
    return P.Base == Base && P.Steps.empty();
  };
  if (Named(LockOwner, AccessPath::Root::This) &&
      Named(StateOwner, AccessPath::Root::Global))
    return false;
  return !overlaps(LockOwner, StateOwner) ||
         leadsElsewhere(LockOwner, StateOwner, Program_) ||
         leadsElsewhere(StateOwner, LockOwner, Program_) ||
         isOneForAll(LockOwner, StateOwner);
}

/// The key of a lock that is an element of a container of locks, or of one that
/// is taken by a key: `locks_[id]`, `locks_.acquire(id)`.
static llvm::StringRef elementKey(const LockName &L) {
  if (L.Category.empty() && !L.Key.empty())
    return L.Key;
  const bool Element = !L.Path.Steps.empty() &&
                       L.Path.Steps.back().What == PathStep::Kind::Element;
  return Element ? llvm::StringRef(L.Path.Steps.back().Name) : "";
}

/// Whether the lock of one key is held while another key's state is changed,
/// and who else changes that state holds the lock of the same key.
static bool otherKey(const LockName &L, const ModifyJudgement &J) {
  const std::string Mine = elementKey(L).str();
  if (!L.Category.empty() || Mine.empty() || J.Guarded.Key.empty() ||
      keysMeet(Mine, J.Guarded.Key))
    return false;
  return llvm::any_of(
      J.Program_.writers(J.Guarded.Field), [&](const Writer &W) {
        const auto Other = J.Program_.guarded(W.Path);
        return Other && llvm::any_of(W.Held, [&](const LockName &Theirs) {
                 return !elementKey(Theirs).empty() &&
                        elementKey(Theirs) == Other->Key && Other->Key != "?" &&
                        sameLockAnywhere(L, Theirs);
               });
      });
}

/// Whether the lock of one element is held around a loop that changes element
/// after element: it is that of none of the others.
static bool heldAroundElements(const HeldLock &H, const LockName &L,
                               const ModifyJudgement &J) {
  const auto Which = llvm::find_if(L.Path.Steps, isElement);
  const auto Changed = llvm::find_if(J.Site.Path.Steps, isElement);
  if (!L.Category.empty() || !J.Site.Operation->InLoop || !H.At.valid() ||
      Which == L.Path.Steps.end() || Changed == J.Site.Path.Steps.end() ||
      Changed->Name != "?")
    return false;
  const auto Inside = [&](OpKind Kind, auto Fits) {
    const auto Is = [&](const Op &O) {
      return O.Kind == Kind && O.InLoop && Fits(O);
    };
    return llvm::any_of(J.Flow.function().Blocks, [&](const Block &B) {
      return llvm::any_of(B.Ops, Is) || llvm::any_of(B.Gains, Is);
    });
  };
  // `for (shard &each : shards_)`; a number that counts, against a constant.
  const bool Each =
      J.Site.Via != NoIndex && Inside(OpKind::Bind, [&](const Op &O) {
        return O.Var == J.Site.Via && overlaps(O.Path, J.Site.Path) &&
               std::equal(L.Path.Steps.begin(), Which,
                          J.Site.Path.Steps.begin(), Changed);
      });
  return (Each || llvm::StringRef(Which->Name).starts_with("#")) &&
         !Inside(OpKind::Acquire, [&](const Op &O) { return O.At == H.At; });
}

/// What a lock that is held belongs to in place of the state; none if it is the
/// state's own, or one of the user's that other checks judge.
static std::optional<llvm::StringRef>
belongsTo(const HeldLock &H, const LockName &L, const ModifyJudgement &J) {
  if (J.otherInstance(L, J.Site.Path, J.Guarded))
    return "another object";
  if (heldAroundElements(H, L, J))
    return "one element, not to each";
  if (otherKey(L, J))
    return "another key";
  if (L.Category.empty())
    return std::nullopt;
  if (L.Category != J.Guarded.Category)
    return OtherCategory;
  if (!J.protects(L, J.Site.Path, J.Guarded))
    return "another key";
  return std::nullopt;
}

std::optional<Finding> mismatchedGuard(const ModifyJudgement &J) {
  const HeldLock *Wrong = nullptr;
  llvm::StringRef Why;
  for (const HeldLock &H : J.State.Held) {
    const LockName &L = J.Flow.locks()[H.Lock];
    if (L.Category == "*" || H.Mode != LockMode::Exclusive)
      continue;
    const std::optional<llvm::StringRef> Other = belongsTo(H, L, J);
    if (!Other)
      return std::nullopt;
    if (J.Site.Callee && !H.Entry && !H.At.valid())
      continue; // the callee's own, which is told so
    if (*Other == OtherCategory && (Wrong || !J.Guarded.Named))
      continue;
    Wrong = &H;
    Why = *Other;
  }
  if (!Wrong)
    return std::nullopt;
  // A guard of another category is wrong only where this one was needed.
  if (Why == OtherCategory && J.exposed(J.written(true)).empty() &&
      J.deciding(true).empty() && J.deciding(false).empty() &&
      !unguardedModification(J))
    return std::nullopt;
  Finding F = J.finding("mismatched-guard", J.Site, J.Guarded);
  F.Message =
      fmt::format("'{}' is modified under the {}, which belongs to {}",
                  J.Guarded.Info->Name,
                  spell(J.Flow.locks()[Wrong->Lock], J.Program_), Why.str());
  if (Wrong->At.valid())
    F.Path.push_back({StepKind::Acquired, Wrong->At, "acquired here",
                      J.Flow.function().Name});
  F.Path.push_back({StepKind::Modified, J.Site.At,
                    fmt::format("'{}' is modified here", J.Guarded.Info->Name),
                    J.Flow.function().Name});
  return F;
}

} // namespace interlock
