#include "matchers/flow/FlowState.h"

#include "llvm/ADT/STLExtras.h"

namespace interlock {

template <class T> static bool addUnique(std::vector<T> &To, const T &Item) {
  const auto Place =
      std::lower_bound(To.begin(), To.end(), Item, [](const T &A, const T &B) {
        return A.key() < B.key();
      });
  if (Place != To.end() && Place->key() == Item.key())
    return false;
  To.insert(Place, Item);
  return true;
}

void addTag(std::vector<Tag> &To, const Tag &T) { addUnique(To, T); }
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

template <class T>
static bool addAll(std::vector<T> &To, const std::vector<T> &From) {
  bool Changed = false;
  for (const T &Item : From)
    Changed |= addUnique(To, Item);
  return Changed;
}

static bool addAll(std::vector<Check> &To, const std::vector<Check> &From) {
  bool Changed = false;
  for (const Check &C : From)
    Changed |= addWeakest(To, C);
  return Changed;
}

template <class T>
static bool addAll(std::map<unsigned, std::vector<T>> &To,
                   const std::map<unsigned, std::vector<T>> &From) {
  bool Changed = false;
  for (const auto &[Key, Items] : From)
    if (!Items.empty())
      Changed |= addAll(To[Key], Items);
  return Changed;
}

/// Restores order and uniqueness after a change that touched keys.
template <class T> static void normalize(std::vector<T> &Items) {
  llvm::stable_sort(Items,
                    [](const T &A, const T &B) { return A.key() < B.key(); });
  Items.erase(
      std::unique(Items.begin(), Items.end(),
                  [](const T &A, const T &B) { return A.key() == B.key(); }),
      Items.end());
}

static void normalize(std::vector<Check> &Checks) {
  std::vector<Check> Result;
  for (Check &C : Checks) {
    llvm::sort(C.Repeated);
    C.Repeated.erase(std::unique(C.Repeated.begin(), C.Repeated.end()),
                     C.Repeated.end());
    addWeakest(Result, C);
  }
  Checks = std::move(Result);
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

void FlowState::suspend(unsigned Point) {
  // A strand keeps nobody out meanwhile.
  LockSet Strands = 0;
  for (const HeldLock &H : Held)
    if (H.Mode == LockMode::Slice && H.Lock < 64)
      Strands |= LockSet(1) << H.Lock;
  const auto Age = [&](auto &Each) {
    if (!Each.Stale)
      Each.Crossed = Point;
    Each.Stale = true;
    Each.Locks &= ~Strands;
  };
  for (auto *Map : {&Variables, &Registers})
    for (auto &[Key, Tags] : *Map) {
      llvm::for_each(Tags, Age);
      normalize(Tags);
    }
  for (auto &[Var, List] : Handles) {
    llvm::for_each(List, Age);
    normalize(List);
  }
  llvm::for_each(Drained, Age);
  normalize(Drained);
  // A check that has led to its modify is used up by then.
  llvm::erase_if(Checks, [](const Check &C) { return C.Used; });
  for (Check &C : Checks) {
    Age(C.What);
    llvm::erase_if(C.Repeated, [](const Repetition &R) { return !R.Locks; });
    for (Repetition &R : C.Repeated)
      R.Stale = true;
  }
  normalize(Checks);
  llvm::erase_if(Held, [](const HeldLock &H) {
    return H.Mode == LockMode::Slice && !H.Entry;
  });
  Suspended = true;
}

/// Applies a change to everything that remembers under which locks it was read.
template <class F> static void eachLockSet(FlowState &S, F Change) {
  const auto All = [&](auto &Items) {
    for (auto &Item : Items)
      Change(Item);
    normalize(Items);
  };
  for (auto *Map : {&S.Variables, &S.Registers})
    for (auto &[Key, Tags] : *Map)
      All(Tags);
  for (auto &[Var, List] : S.Handles)
    All(List);
  All(S.Drained);
  for (Check &C : S.Checks)
    Change(C.What);
  normalize(S.Checks);
}

void FlowState::release(unsigned Lock) {
  if (Lock >= 64)
    return;
  const LockSet Rest = ~(LockSet(1) << Lock);
  for (Check &C : Checks) {
    for (Repetition &R : C.Repeated)
      R.Locks &= Rest;
    llvm::erase_if(C.Repeated,
                   [](const Repetition &R) { return R.Stale && !R.Locks; });
  }
  eachLockSet(*this, [&](auto &Each) { Each.Locks &= Rest; });
  llvm::erase(Claims, Lock);
}

void FlowState::claim(unsigned Lock) {
  if (Lock >= 64 || llvm::is_contained(Claims, Lock))
    return;
  Claims.push_back(Lock);
  for (Check &C : Checks)
    for (Repetition &R : C.Repeated)
      if (!R.Stale)
        R.Locks |= LockSet(1) << Lock;
  eachLockSet(*this, [&](auto &Each) {
    if (!Each.Stale)
      Each.Locks |= LockSet(1) << Lock;
  });
}

bool FlowState::join(const FlowState &Other) {
  if (!Other.Reached)
    return false;
  if (!Reached) {
    *this = Other;
    return true;
  }
  bool Changed = false;
  if (Other.Suspended && !Suspended)
    Changed = Suspended = true;
  Changed |= addAll(Variables, Other.Variables);
  Changed |= addAll(Registers, Other.Registers);
  Changed |= addAll(Handles, Other.Handles);
  Changed |= addAll(Checks, Other.Checks);
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
