#pragma once

#include "matchers/base/Finding.h"
#include "matchers/flow/FunctionFlow.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <optional>
#include <vector>

/// checks/ decides what is a defect. Each check is one file, named from its
/// id; a check asks the flow what it knows and computes none itself.
namespace interlock {

class Recovery;

/// Whether the guards that its calls get cover a plain function: nobody but
/// coroutines is known to call it while they run.
bool coveredByCallers(const FunctionFacts &Writer, const FunctionFacts &Self,
                      const Program &P);

/// Who uses state, without a lock, on a thread that certainly runs beside its
/// modify; null if nobody does.
const FunctionFacts *besideOwnThread(const struct ModifyJudgement &J);

/// Whether a function is called on a thread that is made for that, rather than
/// by handlers.
bool runsOnMadeThread(const FunctionFacts &F, const Program &P);

/// Whether a lock is a member of an object that a path leads through.
bool besideAny(const LockName &L, const AccessPath &Path, const Program &P);

/// A place that a check looks at, with everything it may ask for.
class Judgement {
public:
  Judgement(const FunctionFlow &Flow, const FlowState &State)
      : Flow(Flow), Program_(Flow.program()), State(State) {}

  const FunctionFlow &Flow;
  const Program &Program_;
  const FlowState &State;

  /// Whether a lock protects a modify of `Path`: the guard of its category
  /// and key, or a lock that other writers of the state take as well.
  bool protects(const LockName &L, const AccessPath &Path,
                const StateInfo &G) const;
  /// Whether a lock is a member of the class that the state is a member of.
  bool beside(const LockName &L, const StateInfo &G) const;
  /// Whether a lock is a member of another object of the class that the state
  /// is a member of: then it is no help.
  bool otherInstance(const LockName &L, const AccessPath &Path,
                     const StateInfo &G) const;
  /// How many functions look at the state or change it under the lock.
  unsigned support(const LockName &L, const StateInfo &G) const;
  /// Whether the program keeps to a lock as that of the state. Most functions
  /// go without one that is held there for the sake of something else.
  bool believed(const LockName &L, const AccessPath &Path,
                const StateInfo &G) const;
  /// Whether a lock is there for another member of the same class first.
  bool meantForAnother(const LockName &L, const StateInfo &G) const;
  /// Whether a lock that is there for another member happens to be held by the
  /// only function that comes across the state under it.
  bool incidental(const LockName &L, const StateInfo &G) const;
  /// Whether a lock is a member of a class derived from that whose functions
  /// this is one of: other objects have none.
  bool ofDerived(const LockName &L, const StateInfo &G) const;
  /// Whether those who change the state under the lock look at it without that
  /// before: they are all on one thread, and the lock is for who reads it.
  bool publishes(llvm::ArrayRef<LockName> Locks, const StateInfo &G) const;
  /// Whether one of the locks is the one that most writers of the state take:
  /// those without it are to blame.
  bool covered(LockSet Locks, const AccessPath &Path, const StateInfo &G) const;
  /// Locks out of a set, by name.
  std::vector<LockName> names(LockSet Locks) const;

  /// Code that can run at a suspension point of this function and changes the
  /// state, other than under one of `Locks`; the first few.
  std::vector<const Writer *>
  interferers(const AccessPath &Path, const StateInfo &G,
              const std::vector<LockName> &Locks,
              llvm::function_ref<bool(const Writer &)> Matters) const;
  /// Whether the locks held since a read make the suspension harmless.
  bool guarded(LockSet Locks, const AccessPath &Path, const StateInfo &G,
               bool Claims = true) const;

  bool respected(const LockName &L, const StateInfo &G) const;
  bool honoured(const LockName &Claim, const AccessPath &Path,
                const StateInfo &G,
                llvm::function_ref<bool(const Writer &)> Matters) const;

  /// Tells the story: read, suspension, who else writes, modify.
  void tell(Finding &F, const ModifySite &M, const StateInfo &G,
            const TagList &Culprits, StepKind How,
            const std::vector<const Writer *> &Others) const;
  Finding finding(const char *Check, const ModifySite &M,
                  const StateInfo &G) const;
  /// A finding that is not about a modify: the function and the place.
  Finding finding(const char *Check, const SourceSpan &At) const;
  /// Facts that decide whether a guard may be held over the region.
  void addObstacles(Finding &F, const StateInfo &G) const;
};

/// A modify with the facts that depend on it.
struct ModifyJudgement : Judgement {
  ModifyJudgement(const FunctionFlow &Flow, const FlowState &State,
                  const ModifySite &Site, StateInfo Guarded)
      : Judgement(Flow, State), Site(Site), Guarded(std::move(Guarded)) {}

  const ModifySite &Site;
  StateInfo Guarded;

  /// Whether a modify without a guard is reported here: in the function that
  /// contains it, or, for a private helper, where that is called.
  bool judgedHere() const;
  /// Whether the function makes the threads of its object behind the modify, or
  /// has joined them before it.
  bool withoutThreads() const;
  /// A version counter or an equal copy shows that nobody came in between.
  bool validated() const;
  /// Whether the modify settles for itself if it may happen.
  bool settlesItself() const {
    return Site.How == Change::Validated || Site.How == Change::InsertIfAbsent;
  }
  /// Whether the callee relies on an old read of what it was lent, which only
  /// here is known to be guarded state.
  bool late(LateUse::Kind What) const;
  /// Whether the outcome of a read matters for what is modified.
  bool concerns(const Tag &T) const;
  /// Whether a read only says to which object the modified member belongs, or
  /// that there is one: `if (session_) session_->close();`
  bool onlyLeads(const Tag &T) const;
  bool tied(const Tag &T) const;
  /// Whether a read was made in a critical section that has ended, where others
  /// may have had theirs since.
  bool inEndedSection(const Tag &T) const;
  bool beforeLock(const Check &C) const;
  /// Whether all others that change what a test has compared, and that it does
  /// not keep out, move it away from where the test would fail.
  bool staysTrue(const Check &C) const;
  /// Whether a change that comes later is one of a claim that stands behind it.
  bool claimedBehind() const;
  /// Tests, stale or fresh, that decide whether the modify happens.
  std::vector<Check> deciding(bool Stale) const;
  /// What has picked the element, by an index or a key, and may lead to
  /// another one by now.
  TagList misplaced() const;
  /// Values, stale or fresh, that go into what is written.
  TagList written(bool Stale) const;
  /// The rest after those that a guard protects. `Wiped`: whatever others add
  /// is lost.
  TagList exposed(const TagList &Tags, bool Wiped = false) const;
  std::vector<const Writer *> others() const;
  /// Whether what a writer does can make untrue what the modify relies on.
  bool matters(const Writer &W) const;
};

// One function a check, defined in the file that its id names. Those for a
// modify are asked in this order, and the first that answers is reported.
std::optional<Finding> unspecifiedReadOrder(const ModifyJudgement &);
std::optional<Finding> mismatchedGuard(const ModifyJudgement &);
std::optional<Finding> staleValue(const ModifyJudgement &);
std::optional<Finding> staleCheck(const ModifyJudgement &);
std::optional<Finding> stalePlace(const ModifyJudgement &); // in StaleValue.cpp
std::optional<Finding> unguardedCheckThenModify(const ModifyJudgement &);
std::optional<Finding> unguardedModification(const ModifyJudgement &);

/// Where a check or a value goes stale: what a guard would be held over.
struct StaleRegion {
  const FunctionFacts *Function = nullptr;
  AccessPath Path;
  SourceSpan At;
};
/// What `unguardedModification` would say if the regions of the same state
/// held their guards.
std::optional<Finding> unguardedBeside(const ModifyJudgement &,
                                       const std::vector<StaleRegion> &Regions);

std::optional<Finding> staleReference(const Judgement &, const Op &Use,
                                      const Handle &H);
/// What a call is lent by reference and uses once it has given up control.
std::optional<Finding> staleArgument(const Judgement &, const Op &Call,
                                     const CallSite &, const LentUse &);
/// The same of the object that a function is called on.
std::optional<Finding> staleObject(const Judgement &, const Op &Call,
                                   const CallSite &, const LentUse &);
std::optional<Finding> discardedGuard(const Judgement &, const Op &Misuse);
std::optional<Finding> nestedGuard(const Judgement &, const SourceSpan &At,
                                   const LockName &Taken, bool Blocking,
                                   const LockUse *Inside);
std::optional<Finding> blockingLockAcrossSuspension(const Judgement &,
                                                    const Op &Suspend);
std::optional<Finding> blockingGuardInCoroutine(const Judgement &,
                                                const Op &Acquire);
std::optional<Finding> missingRollback(const ModifyJudgement &, Recovery &);
std::optional<Finding> slowCriticalSection(const Judgement &, const Op &Suspend,
                                           const HeldLock &Lock);

/// The level that the registry gives a check.
Level levelOf(llvm::StringRef Check);
/// How a lock is called in messages: `mutex_`, `position guard`.
std::string spell(const LockName &L, const Program &P);

} // namespace interlock
