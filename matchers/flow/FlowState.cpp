#include "matchers/flow/FlowState.h"

#include "matchers/flow/Liveness.h"

#include "llvm/ADT/STLExtras.h"

#include <optional>

namespace interlock {

template <class T>
static bool addUnique(llvm::SmallVectorImpl<T> &To, const T &Item) {
  auto *Place =
      std::lower_bound(To.begin(), To.end(), Item, [](const T &A, const T &B) {
        return A.key() < B.key();
      });
  if (Place != To.end() && Place->key() == Item.key())
    return false;
  To.insert(Place, Item);
  return true;
}

void addTag(TagList &To, const Tag &T) { addUnique(To, T); }
void addHandle(HandleList &To, const Handle &H) { addUnique(To, H); }
/// Of two ways to one test, the one with fewer repetitions is the stronger
/// suspect: it speaks for both.
static bool addWeakest(std::vector<Check> &To, const Check &C) {
  const auto Less = [](const Check &A, const Check &B) {
    return A.same() < B.same();
  };
  const auto [First, Last] = std::equal_range(To.begin(), To.end(), C, Less);
  const auto Covers = [](const Check &Fewer, const Check &More) {
    return std::includes(More.Repeated.begin(), More.Repeated.end(),
                         Fewer.Repeated.begin(), Fewer.Repeated.end());
  };
  for (auto Each = First; Each != Last; ++Each)
    if (Covers(*Each, C))
      return false;
  constexpr size_t Enough = 8;
  if (size_t(Last - First) >= Enough)
    return false;
  const auto Kept = std::remove_if(
      First, Last, [&](const Check &Each) { return Covers(C, Each); });
  To.insert(To.erase(Kept, Last), C);
  return true;
}

void addCheck(std::vector<Check> &To, const Check &C) { addWeakest(To, C); }

void sortChecks(std::vector<Check> &Checks) {
  std::vector<Check> Result;
  Result.reserve(Checks.size());
  for (const Check &C : Checks)
    addWeakest(Result, C);
  Checks = std::move(Result);
}

template <class T>
static bool addAll(llvm::SmallVectorImpl<T> &To,
                   const llvm::SmallVectorImpl<T> &From) {
  bool Changed = false;
  for (const T &Item : From)
    Changed |= addUnique(To, Item);
  return Changed;
}

template <class T>
static bool addAll(std::map<unsigned, T> &To, const std::map<unsigned, T> &From,
                   std::optional<LiveRanges::Ascending> Live) {
  bool Changed = false;
  for (const auto &[Key, Items] : From)
    if (!Items.empty() && (!Live || (*Live)(Key)))
      Changed |= addAll(To[Key], Items);
  return Changed;
}

/// Restores order and uniqueness after a change that touched keys.
template <class List> static void normalize(List &Items) {
  List Result;
  for (const auto &Item : Items)
    addUnique(Result, Item);
  Items = std::move(Result);
}

static void normalize(std::vector<Check> &Checks) {
  for (Check &C : Checks) {
    llvm::sort(C.Repeated);
    C.Repeated.erase(std::unique(C.Repeated.begin(), C.Repeated.end()),
                     C.Repeated.end());
  }
  sortChecks(Checks);
}

/// Applies a change to each item, which tells whether it changed anything.
template <class List, class F> static void changeAll(List &Items, F Change) {
  bool Changed = false;
  for (auto &Item : Items)
    Changed |= Change(Item);
  if (Changed)
    normalize(Items);
}

/// The same for everything that remembers a read, but for checks.
template <class F> static void changeReads(FlowState &S, F Change) {
  for (auto *Map : {&S.Variables, &S.Registers})
    for (auto &[Key, Tags] : *Map)
      changeAll(Tags, Change);
  for (auto &[Var, List] : S.Handles)
    changeAll(List, Change);
  changeAll(S.Drained, Change);
}

LockSet FlowState::exclusive() const {
  LockSet Result = 0;
  for (const HeldLock &H : Held)
    if (excludes(H.Mode) && H.Lock < 64)
      Result |= LockSet(1) << H.Lock;
  for (const unsigned Lock : Claims)
    Result |= LockSet(1) << Lock;
  return Result;
}

LockSet FlowState::locked() const {
  LockSet Result = 0;
  for (const HeldLock &H : Held)
    if (H.Lock < 64)
      Result |= LockSet(1) << H.Lock;
  return Result;
}

void FlowState::suspend(unsigned Point) {
  for (const unsigned Lock : std::exchange(Ended, {}))
    release(Lock);
  // A strand keeps nobody out meanwhile.
  LockSet Strands = 0;
  for (const HeldLock &H : Held)
    if (H.Mode == LockMode::Slice && H.Lock < 64)
      Strands |= LockSet(1) << H.Lock;
  const auto Age = [&](auto &Each) {
    bool Changes = !Each.Stale || (Each.Locks & Strands) != 0;
    if constexpr (requires { Each.Kept; })
      if (!Each.Locks)
        Changes |= std::exchange(Each.Kept, false);
    if (!Each.Stale)
      Each.Crossed = Point;
    Each.Stale = true;
    Each.Locks &= ~Strands;
    return Changes;
  };
  changeReads(*this, Age);
  // A check that has led to its modify is used up by then.
  llvm::erase_if(Checks, [](const Check &C) { return C.Used; });
  changeAll(Checks, [&](Check &C) {
    bool Changes = Age(C.What);
    const size_t Before = C.Repeated.size();
    llvm::erase_if(C.Repeated, [](const Repetition &R) { return !R.Locks; });
    Changes |= C.Repeated.size() != Before;
    for (Repetition &R : C.Repeated)
      Changes |= !std::exchange(R.Stale, true);
    return Changes;
  });
  llvm::erase_if(Held, [](const HeldLock &H) {
    return H.Mode == LockMode::Slice && !H.Entry;
  });
  Suspended = true;
}

void FlowState::release(unsigned Lock) {
  if (Lock >= 64)
    return;
  const LockSet Gone = LockSet(1) << Lock;
  const auto Drop = [&](auto &Each) {
    const bool Changes = (Each.Locks & Gone) != 0;
    Each.Locks &= ~Gone;
    return Changes;
  };
  changeReads(*this, Drop);
  changeAll(Checks, [&](Check &C) {
    bool Changes = Drop(C.What);
    for (Repetition &R : C.Repeated)
      Changes |= Drop(R);
    llvm::erase_if(C.Repeated,
                   [](const Repetition &R) { return R.Stale && !R.Locks; });
    return Changes;
  });
  llvm::erase(Claims, Lock);
}

void FlowState::claim(unsigned Lock) {
  llvm::erase(Ended, Lock);
  if (Lock >= 64 || llvm::is_contained(Claims, Lock))
    return;
  Claims.push_back(Lock);
  const LockSet New = LockSet(1) << Lock;
  const auto Take = [&](auto &Each) {
    const bool Changes = !Each.Stale && !(Each.Locks & New);
    if (!Each.Stale)
      Each.Locks |= New;
    return Changes;
  };
  changeReads(*this, Take);
  changeAll(Checks, [&](Check &C) {
    bool Changes = Take(C.What);
    for (Repetition &R : C.Repeated)
      Changes |= Take(R);
    return Changes;
  });
}

bool FlowState::join(const FlowState &Other, const Liveness *Ahead,
                     unsigned Block) {
  if (!Other.Reached)
    return false;
  const auto In = [&](const LiveRanges Liveness::*Ranges) {
    return Ahead ? std::optional((Ahead->*Ranges).at(Block)) : std::nullopt;
  };
  bool Changed = !Reached;
  if (!Reached) {
    Held = Other.Held;
    Claims = Other.Claims;
  }
  for (const unsigned Lock : Other.Ended)
    if (!llvm::is_contained(Ended, Lock)) {
      Ended.push_back(Lock);
      Changed = true;
    }
  Reached = true;
  if (Other.Suspended && !Suspended)
    Changed = Suspended = true;
  Changed |= addAll(Variables, Other.Variables, In(&Liveness::Variables));
  Changed |= addAll(Registers, Other.Registers, In(&Liveness::Registers));
  Changed |= addAll(Handles, Other.Handles, In(&Liveness::Variables));
  Checks.reserve(Checks.empty() ? Other.Checks.size() : 0);
  for (const Check &C : Other.Checks)
    if (C.Branch == NoIndex || !Ahead || Ahead->Tests.live(Block, C.Branch))
      Changed |= addWeakest(Checks, C);
  Changed |= addAll(Drained, Other.Drained);
  const size_t Before = Held.size() + Claims.size();
  llvm::erase_if(Held, [&](const HeldLock &H) {
    return !llvm::is_contained(Other.Held, H);
  });
  llvm::erase_if(Claims, [&](unsigned Lock) {
    return !llvm::is_contained(Other.Claims, Lock);
  });
  return Changed || Held.size() + Claims.size() != Before;
}

} // namespace interlock
