#pragma once

#include "matchers/base/SourceSpan.h"

#include <string>
#include <vector>

namespace interlock {

enum class Level { Note, Warning, Error };

/// One step of the path that a finding's notes walk.
enum class StepKind {
  Checked,    ///< guarded state is tested here
  Copied,     ///< its value is copied here
  Bound,      ///< a reference, iterator or pointer into it is made here
  Suspends,   ///< a suspension point on the path
  Interferes, ///< other code that can run meanwhile and changes the state
  Acquired,   ///< a lock is taken here
  Released,   ///< a lock is given back here
  Modified,   ///< the modify (or the use) that the finding is about
  Explains,   ///< anything else that a reader needs
};

struct Step {
  StepKind Kind = StepKind::Explains;
  SourceSpan At;
  std::string Message;
  /// Function that the step stands in, qualified; differs from the finding's
  /// for `Interferes` and for steps inside callees.
  std::string Function;
};

/// The state that a finding is about, as spelled at its modify.
struct StateRef {
  std::string Category; ///< "balance", "position", "order", "trade", or user's
  std::string Member;   ///< qualified, `Account::balance_`
  std::string Owner;    ///< expression of the owning object: "this", "account",
                        ///< "*session->account"; empty for namespace scope, or
                        ///< where a helper reaches what the caller cannot name
  bool Keyed = false;   ///< the category has a key
  std::string Key;      ///< key expression as spelled at the access, or empty
  SourceSpan KeyAt;     ///< where it is spelled
  bool Sought = false;  ///< the key was found out from the state itself
  /// How others acquire the lock that the owner has for it, in its own terms:
  /// `mutex_.scoped_lock()`; empty if it has none.
  std::string Lock;
  /// The `interlock::SafeTradingState` by which others guard it, `locks()`;
  /// empty if nobody does, or by the global one.
  std::string Locks;
  bool OwnersLocks = false; ///< `Locks` is in the owner's terms, too
};

/// A place outside the region that decides whether a guard may be held there.
struct Obstacle {
  enum class Kind {
    CalleeNeedsGuard,  ///< a callee in the region needs or takes the same lock
    CallerMayHold,     ///< some caller already holds the lock
    SynchronousWriter, ///< a plain function writes the state without the lock
    PeerWait,          ///< waits for an event, channel or rendezvous in region
    Recursion,         ///< the function can reach itself inside the region
    Detached,          ///< the write happens in an activity nobody awaits
  };
  Kind What;
  std::string Name; ///< the function or awaited thing, for the message
  SourceSpan At;
};

/// What a fix has to cover: every read and dependent modify, the suspensions
/// in between, and what stands in the way. Spans only; the rewriter finds the
/// nodes again in its own parse.
struct Region {
  SourceSpan Function;    ///< the whole definition that is to be edited
  std::string FunctionId; ///< its USR
  bool IsCoroutine = false;
  std::vector<SourceSpan> Reads;
  std::vector<SourceSpan> Suspensions;
  std::vector<SourceSpan> Modifies;
  std::vector<Obstacle> Obstacles;
  /// Where a guard is acquired that protects the modify but starts only after
  /// the read.
  std::vector<SourceSpan> LateGuards;
};

/// What a check reports. A value: holds no AST pointer.
struct Finding {
  std::string Check; ///< id, `stale-check`
  Level Severity = Level::Warning;
  SourceSpan At;
  std::string Message;
  std::vector<Step> Path;
  StateRef State;
  std::string Function; ///< qualified name with parameter types
  Region Extent;
  /// Modifies elsewhere that are right as they are, but would break a guard
  /// that is held here over a suspension: not reported, repaired together.
  std::vector<Finding> Companions;
  /// Functions, by id, that call this one in a region of theirs for the same
  /// state: a guard that they hold over the region covers it.
  std::vector<std::string> HeldBy;
  /// Others call it as well, without such a region.
  bool CalledUnheld = false;

  auto order() const { return std::tie(At.File, At.Begin, Check, Message); }
};

} // namespace interlock
