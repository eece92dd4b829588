#pragma once

#include "matchers/facts/Facts.h"

#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <map>
#include <vector>

namespace interlock {

class Liveness;

/// Locks of a function by index; the 64th and later are not tracked.
using LockSet = std::uint64_t;

/// That a value comes from a read of guarded state, and what happened since.
struct Tag {
  unsigned Read = 0;  ///< index into the function's reads
  bool Stale = false; ///< a suspension point was crossed since
  /// Where the state was modified in the slice of the read, by source offset.
  unsigned ClaimedAt = NoIndex;
  LockSet Locks = 0;          ///< held without a break since the read
  unsigned Crossed = NoIndex; ///< the first suspension crossed

  /// Not the value itself, but an assignment under a test of it.
  bool Implicit = false;
  bool Taken = false; ///< with the element, which was erased in the same slice
  /// Claimed under a lock that kept others out over the suspensions crossed.
  bool Kept = false;
  /// The value is that of the read as it is, in a local object with parts.
  bool Copy = false;
  bool claimed() const { return ClaimedAt != NoIndex; }
  /// Whether a modify may rely on the read because its own slice modified the
  /// state: not if it is the same modify again, in the next round of a loop.
  bool usedUp(unsigned ModifyAt) const {
    return claimed() && ClaimedAt != ModifyAt;
  }
  auto key() const {
    return std::tie(Read, Stale, ClaimedAt, Locks, Implicit, Taken, Kept, Copy);
  }
};

/// In ascending order; mostly one or two.
using TagList = llvm::SmallVector<Tag, 1>;

/// A branch that has tested the same state again.
struct Repetition {
  unsigned Branch = NoIndex; ///< NoIndex: inside a call
  bool Shape = false;        ///< only which elements there are
  LockSet Locks = 0;         ///< held without a break since then
  bool Stale = false; ///< a suspension point was crossed since, under them
  auto order() const { return std::tie(Branch, Shape, Locks, Stale); }
  friend bool operator==(const Repetition &A, const Repetition &B) {
    return A.order() == B.order();
  }
  friend bool operator<(const Repetition &A, const Repetition &B) {
    return A.order() < B.order();
  }
};

/// That control came here because of a test of guarded state.
struct Check {
  Tag What;
  unsigned Branch = NoIndex; ///< block that tests; NoIndex: inside a call
  unsigned Group = NoIndex;  ///< the condition that the test is a part of
  bool Loop = false;         ///< the condition of a loop
  /// A read whose value the test finds unchanged: whatever depends on it, and
  /// on what was read with it, is fresh again.
  unsigned Validates = NoIndex;
  /// An old value that the test compares with the state of now.
  unsigned Bounds = NoIndex;
  bool Used = false; ///< the state was modified on its strength already
  /// What has tested the same state again since the last suspension, or since
  /// a lock was taken that is still held; ascending.
  std::vector<Repetition> Repeated;

  /// What two findings of one test have in common.
  auto same() const {
    return std::tie(What.Read, What.Stale, What.ClaimedAt, What.Locks,
                    What.Implicit, Branch, Used);
  }
};

/// A reference, iterator, pointer or view into guarded state.
struct Handle {
  unsigned Bound = 0; ///< index into the function's handle bindings
  bool Stale = false;
  LockSet Locks = 0;
  unsigned Crossed = NoIndex;
  auto key() const { return std::tie(Bound, Stale, Locks); }
};

using HandleList = llvm::SmallVector<Handle, 1>;

struct HeldLock {
  unsigned Lock = 0;      ///< index into the function's locks
  unsigned Var = NoIndex; ///< the guard, if there is one
  LockMode Mode = LockMode::Exclusive;
  bool Blocking = false;
  bool Entry = false; ///< held by the caller
  SourceSpan At;
  friend bool operator==(const HeldLock &A, const HeldLock &B) {
    return A.Lock == B.Lock && A.Var == B.Var && A.Mode == B.Mode;
  }
};

/// What is known at a point of a function: a union over the paths that lead
/// to it, except for `Held`, which must hold on all of them.
struct FlowState {
  bool Reached = false;
  bool Suspended = false; ///< control may have been given up since the entry
  std::map<unsigned, TagList> Variables;
  std::map<unsigned, TagList> Registers;
  std::map<unsigned, HandleList> Handles; ///< by variable
  std::vector<Check> Checks;
  TagList Drained; ///< content given to a suspending operation
  std::vector<HeldLock> Held;
  /// Flags and entries that this activity has set after it found them free;
  /// as indices of locks. Others that look at them first keep out.
  std::vector<unsigned> Claims;
  /// Those of them that are given up, which nobody sees before control is.
  std::vector<unsigned> Ended;

  LockSet exclusive() const;
  LockSet locked() const; ///< in whatever mode
  void suspend(unsigned Point);
  void release(unsigned Lock);
  /// What was read since the last suspension is under the lock as well.
  void claim(unsigned Lock);
  /// Adds what another path brings to a block, of that what still matters
  /// there; null: all of it. True if anything is new.
  bool join(const FlowState &Other, const Liveness *Ahead, unsigned Block);
};

void addTag(TagList &To, const Tag &T);
void addHandle(HandleList &To, const Handle &H);
void addCheck(std::vector<Check> &To, const Check &C);
/// Restores the order of checks after a change that touched it.
void sortChecks(std::vector<Check> &Checks);

} // namespace interlock
