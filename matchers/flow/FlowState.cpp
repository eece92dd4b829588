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
void addCheck(std::vector<Check> &To, const Check &C) { addUnique(To, C); }

template <class T>
static bool addAll(std::vector<T> &To, const std::vector<T> &From) {
  bool Changed = false;
  for (const T &Item : From)
    Changed |= addUnique(To, Item);
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

LockSet FlowState::exclusive() const {
  LockSet Result = 0;
  for (const HeldLock &H : Held)
    if (H.Mode == LockMode::Exclusive && H.Lock < 64)
      Result |= LockSet(1) << H.Lock;
  return Result;
}

void FlowState::suspend(unsigned Point) {
  const auto Age = [&](auto &Each) {
    if (!Each.Stale)
      Each.Crossed = Point;
    Each.Stale = true;
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
    C.Repeated.clear();
  }
  normalize(Checks);
  Suspended = true;
}

void FlowState::release(unsigned Lock) {
  if (Lock >= 64)
    return;
  const LockSet Rest = ~(LockSet(1) << Lock);
  for (auto *Map : {&Variables, &Registers})
    for (auto &[Key, Tags] : *Map) {
      for (Tag &T : Tags)
        T.Locks &= Rest;
      normalize(Tags);
    }
  for (auto &[Var, List] : Handles) {
    for (Handle &H : List)
      H.Locks &= Rest;
    normalize(List);
  }
  for (Tag &T : Drained)
    T.Locks &= Rest;
  normalize(Drained);
  for (Check &C : Checks)
    C.What.Locks &= Rest;
  normalize(Checks);
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
  const size_t Before = Held.size();
  llvm::erase_if(Held, [&](const HeldLock &H) {
    return !llvm::is_contained(Other.Held, H);
  });
  return Changed || Held.size() != Before;
}

} // namespace interlock
