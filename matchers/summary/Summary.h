#pragma once

#include "matchers/facts/Facts.h"

#include <cstdint>
#include <string>
#include <vector>

namespace interlock {

/// A set of inputs of a function by index; the 64th and later share a bit.
using InputSet = std::uint64_t;
inline InputSet inputBit(unsigned Index) {
  return InputSet(1) << (Index < 63 ? Index : 63);
}

/// That a call itself modifies what it was lent on the strength of an old read.
struct LateUse {
  enum class Kind : unsigned char { None, Check, Value };
  Kind What = Kind::None;
  SourceSpan ReadAt, SuspendsAt;
};

/// A modify that a call performs, in terms of the called function's frame.
struct Effect {
  AccessPath Path;
  Change How = Change::Assign;
  SourceSpan At;
  std::string Function; ///< that contains it
  std::string Text, Owner, KeyText;
  std::string Written;          ///< the constant that is written
  InputSet Inputs = 0;          ///< whose values are written
  InputSet Deciders = 0;        ///< whose values decide whether it happens
  InputSet Compared = 0;        ///< which the state of now has to be equal to
  InputSet IfSet = 0;           ///< flags without which it does not happen
  InputSet IfUnset = 0;         ///< flags with which it does not happen
  bool AfterSuspension = false; ///< the call can give up control before it
  bool Shape = false;           ///< the element itself comes or goes
  bool IfThere = false;         ///< Erase: of what has the key, if anything has
  unsigned Covered = 0;   ///< steps of `Path` that a captured handle stands for
  std::uint32_t Made = 0; ///< elements that come where there are none
  /// Only functions in view can call the one that contains it, so it is
  /// judged at their calls.
  bool Private = false;
  bool SelfChecked = false;   ///< the callee tests the state itself, freshly
                              ///< or under a lock
  bool Tested = false;        ///< it does so at any time on the way there
  std::vector<LockName> Held; ///< taken inside the call
  /// Flags and entries that are set for this since before the call first gave
  /// up control.
  std::vector<LockName> Claims;
  LateUse Late; ///< only where the callee cannot judge it

  auto order() const {
    return std::tie(At, Path, AfterSuspension, SelfChecked, Tested, Inputs,
                    Deciders, Compared, IfSet, IfUnset, Late.What, Held,
                    Claims);
  }
};

/// A read whose outcome a call hands out.
struct Observation {
  AccessPath Path;
  bool Stale = false; ///< read before the call's last suspension
  SourceSpan At;
  std::string Text;
  bool Shape = false;  ///< which elements there are, not what they hold
  bool Extent = false; ///< how many there are, or a part of the last
  /// Where the call has modified something on the strength of it.
  unsigned ClaimedAt = NoIndex;
  /// The caller is told whether, not what: a truth value, or a constant where
  /// there is nothing.
  bool Whether = false;
  auto order() const {
    return std::tie(Path, Stale, At, Shape, Extent, ClaimedAt, Whether);
  }
};

/// A use of what a call was lent by reference, or of the object that it is a
/// call of, once it has given up control.
struct LentUse {
  unsigned Input = 0; ///< NoIndex: the object
  SourceSpan At;
  std::string Function; ///< that contains it
  auto order() const { return std::tie(Input, At); }
};

/// A lock that a call takes (and normally gives back).
struct LockUse {
  LockName Lock;
  SourceSpan At;
  std::string Function;
  LockMode Mode = LockMode::Exclusive;
  bool Blocking = false;
  bool OneOfSeveral = false; ///< others that override a function do not take it
  /// How many functions on the way there decide by what they are given.
  unsigned Decisions = 0;

  auto order() const { return std::tie(At, Lock, Blocking); }
  /// Whether more has to come together than a caller can be expected to bring
  /// about: a receiver of one class, and data that take one way at several
  /// forks.
  bool speculative() const { return OneOfSeveral && Decisions > 1; }
};

/// A parameter that the function calls.
struct ParameterCall {
  unsigned Index = 0;
  bool AfterSuspension = false;
  std::vector<LockName> Held;
  std::vector<std::optional<AccessPath>> Arguments; ///< what it passes
  auto order() const {
    return std::tie(Index, AfterSuspension, Held, Arguments);
  }
};

/// A callable as the function that it is passed to, at `Outer`, calls it.
CallSite calledBy(const CallSite &Closure, const ParameterCall &Call,
                  const CallSite &Outer);

/// What a variable of the caller depends on after a closure has assigned to it.
struct Assignment {
  unsigned Input = 0;
  Observation From;
  auto order() const { return std::make_tuple(Input, From.order()); }
};

/// What a call of a function does, seen from its caller.
struct Summary {
  bool Suspends = false;
  SourceSpan SuspendsAt;
  std::vector<Effect> Effects;
  std::vector<Observation> Returned;    ///< the result depends on these
  std::vector<Observation> Established; ///< so does returning at all
  InputSet ReturnedInputs = 0;
  InputSet LentInputs = 0; ///< by reference, so it sees what they are later
  std::vector<Assignment> Assigned;
  std::vector<LockUse> Locks;
  std::vector<LockName> HeldAtExit, ReleasedAtExit;
  std::vector<LockName> HandedOut; ///< the guard that it returns holds these
  std::vector<ParameterCall> ParameterCalls;
  std::vector<LentUse> LentUses; ///< the first of each input
};

bool sameSummary(const Summary &A, const Summary &B);

/// Names of the callee's frame as the caller sees them; empty where the caller
/// has no name for it.
std::optional<AccessPath> translate(const AccessPath &Path, const CallSite &S);
LockName translate(const LockName &Lock, const CallSite &S);
/// A canonical key of the callee in terms of the caller, "?" if there is none.
std::string translateKey(const std::string &Key, const CallSite &S);

} // namespace interlock
