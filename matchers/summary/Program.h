#pragma once

#include "matchers/base/Options.h"
#include "matchers/facts/Facts.h"
#include "matchers/summary/Categories.h"
#include "matchers/summary/LockOrderGraph.h"
#include "matchers/summary/Summary.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace interlock {

/// Guarded state that an access path leads to.
struct StateInfo {
  std::string Field;    ///< id of the member, static or global
  std::string Category; ///< whose state it is
  bool Keyed = false;
  bool Named =
      false; ///< by name or annotation, not only by `guarded-state: all`
  const FieldInfo *Info = nullptr;
  std::string Key; ///< canonical key of the element, empty if there is none
};

/// Whether a member leads to an object that others may refer to as well.
bool refers(const FieldInfo &Member);

/// Whether a member is a pointer that threads may look at without a lock.
bool leadsAtomically(const FieldInfo &Member);

/// Whether a call waits for the end of threads.
bool joins(const CallSite &S);

/// Where a function is called or started.
struct CallerSite {
  const FunctionFacts *Caller = nullptr;
  const CallSite *Site = nullptr;
  bool Starts = false; ///< as an activity of its own
  bool Later = false;  ///< by somebody else, after the caller gave up control
  bool InLoop = false;
  bool Concurrent = false; ///< beside siblings
  bool Rounds = false;     ///< again and again, once it has ended
};

/// A place that changes guarded state, as everybody else sees it.
struct Writer {
  const FunctionFacts *Function = nullptr;
  AccessPath Path;
  Change How = Change::Assign;
  SourceSpan At;
  std::vector<LockName> Held;       ///< exclusively
  std::vector<LockName> HeldShared; ///< in any mode
  std::vector<LockName> Claims;     ///< flags and entries that it has set, or
                                    ///< has found free in the same slice
  bool InLoop = false;
  bool Shape = false;     ///< the element itself comes or goes
  bool Own = false;       ///< of an object that this activity alone can name
  bool Claiming = false;  ///< it found free what it takes
  std::string Written;    ///< the constant that is written
  Way Moves = Way::Open;  ///< in the end
  bool TakesBack = false; ///< what the same slice has moved the other way
};

/// Whether one function makes two changes without giving up control in between.
bool inOneSlice(const Writer &A, const Writer &B);

/// Who takes one lock where some state is changed.
struct LockShare {
  LockName Lock;
  std::set<const FunctionFacts *> Holders; ///< exclusively, at a change
  std::set<const FunctionFacts *> Takers;  ///< in any mode, at any place
  std::set<const FunctionFacts *> Users;   ///< in any mode, at any access
};

/// Where a function looks at some state or changes it, once that is shared.
struct Access {
  const FunctionFacts *Function = nullptr;
  std::vector<LockName> Held; ///< in any mode
};

/// What others call the `interlock::SafeTradingState` that guards some state.
struct StateObject {
  std::string Text; ///< `realm_->locks`, `locks()`; empty if it is the global
  bool Own = false; ///< it is reached over the state's owner
};

/// All translation units together: who is who, who calls whom, who writes
/// what. Does not depend on the order in which the units came.
class Program {
public:
  Program(llvm::ArrayRef<const TUFacts *> Units, const Options &Opts);

  const Options &options() const { return Opts; }
  const std::vector<const FunctionFacts *> &functions() const {
    return Ordered;
  }
  const FunctionFacts *function(llvm::StringRef Id) const;
  const FieldInfo *field(const std::string &Id) const;

  /// The guarded state that a path of a function leads to, if any.
  std::optional<StateInfo> guarded(const AccessPath &Path) const;
  /// A flag, container or holder that is no guarded state itself, but whose
  /// content may tell others to keep out; or a counter that is compared, which
  /// may tell whether others were in.
  std::optional<StateInfo> marker(const AccessPath &Path) const;
  std::optional<StateInfo> guardedOrMarker(const AccessPath &Path) const;
  /// Whether a member is counted up in one place, and compared in another.
  bool isVersion(const std::string &Field) const;
  /// Whether two members belong to one invariant, declared or configured.
  bool tied(const std::string &FieldA, const std::string &FieldB) const;
  /// Whether two members seem to belong together: every function in view that
  /// changes the flag `Flag` of an object changes `Other` in the same slice, or
  /// empties it where it sets the flag to one value; or some function does so
  /// where it counts the version `Flag` up. Only after `sortWriters`.
  bool changeTogether(const std::string &Flag, const std::string &Other) const;
  /// Records that a test of one member decides a change of another.
  void addDecision(const FunctionFacts &By, const std::string &Tested,
                   const std::string &Changed, bool ToConstant);
  /// Whether a function tests one member before it changes the other, and
  /// another function the reverse: each makes untrue what the other has found
  /// (write skew). Two counters are left out: as a queue's ends they only move
  /// away from each other.
  bool decideEachOther(const std::string &A, const std::string &B) const;
  /// Records that a function tests one member and adds to another one in one
  /// critical section.
  void addSection(const FunctionFacts &By, const std::string &Tested,
                  const std::string &Changed) {
    Sections[{Tested, Changed}].insert(&By);
  }
  /// Whether somebody does so beside a function.
  bool inOneSection(const std::string &Tested, const std::string &Changed,
                    const FunctionFacts &Beside) const;

  const Summary *summary(const std::string &Id) const;
  /// The functions that a call site may run, overriders of virtual ones
  /// included.
  std::vector<const FunctionFacts *> callees(const CallSite &S) const;
  /// The function that a place stands in, among those that an operation calls,
  /// or that these call, as many private helpers deep; null if none of them.
  const FunctionFacts *calleeWith(const Op &Call, const SourceSpan &At,
                                  unsigned Helpers) const;
  /// The summaries that a call site may run; empty if none is known.
  std::vector<const Summary *> summaries(const CallSite &S) const;
  /// The locks that a call takes, as its caller names them.
  std::vector<LockUse> locksTaken(const CallSite &S) const;
  void setSummary(const std::string &Id, Summary S);

  const std::vector<CallerSite> &callers(const FunctionFacts &F) const;
  /// The lambdas that stand in a function.
  const std::vector<const FunctionFacts *> &
  closuresOf(const FunctionFacts &F) const;
  /// Callees before callers; members of a cycle next to each other.
  std::vector<std::vector<const FunctionFacts *>> bottomUp() const;

  /// Locks that every caller in view holds, besides declared ones.
  std::vector<LockName> EntryLocks(const FunctionFacts &F) const;
  void setEntryLocks(const FunctionFacts &F, std::vector<LockName> Locks);

  LockOrderGraph &lockOrder() { return Order; }
  const LockOrderGraph &lockOrder() const { return Order; }

  void addAccess(const std::string &Field, Access A);
  /// Where the state is looked at and changed, but for where it is made.
  const std::vector<Access> &accesses(const std::string &Field) const;
  void addWriter(const std::string &Field, Writer W);
  const std::vector<Writer> &writers(const std::string &Field) const;
  /// Those that change a part of what is in the member, but are listed
  /// elsewhere. Only after `sortWriters`.
  const std::vector<const Writer *> &
  writersWithin(const std::string &Field) const;
  void sortWriters();
  const FieldInfo *lastMember(const AccessPath &Path) const;
  /// Whether a path, behind its first steps, leads out of the object that it
  /// has come to, by a member that refers to another one or keeps it.
  bool leadsOut(const AccessPath &Path, size_t Behind = 0) const;
  /// Writers in plain functions, without a lock. Only after `sortWriters`.
  const std::vector<const Writer *> &
  plainWriters(const std::string &Field) const;
  /// The locks that writers of the state take. Only after `sortWriters`.
  const std::vector<LockShare> &lockShares(const std::string &Field) const;
  /// The members of a class that somebody changes, by field id; of the empty
  /// name, the variables. Only after `sortWriters`.
  const std::vector<std::string> &changedIn(const std::string &Record) const;
  /// The class of a path's last member, if its objects have locks of their own;
  /// empty otherwise.
  llvm::StringRef lockedClass(const AccessPath &Path) const;
  /// How a lock of the state's owner is acquired where others change it; empty
  /// if it has none. Only after `sortWriters`.
  const std::string &ownersLock(const StateInfo &G) const;
  /// Likewise, the object that hands out the locks of the state's category.
  const StateObject &stateObject(const StateInfo &G) const;
  /// Functions that change the state once it is shared.
  const std::set<const FunctionFacts *> &
  writerFunctions(const std::string &Field) const;

  /// Whether code of W can run at a suspension point of F on the same object:
  /// they belong to different activities, or to one that runs several times.
  /// `OneFrame`: the state is a local, so only activities that one run of its
  /// function starts can meet.
  bool canInterleave(const FunctionFacts &F, const FunctionFacts &W,
                     bool OneFrame = false) const;
  /// Whether `main` calls something beside the threads that it has started.
  bool amongThreads(const CallerSite &S) const;
  /// Whether handlers can run on several threads at once, as far as is in view:
  /// threads are made in a loop, or strands keep them apart. Where neither
  /// `main` nor any thread is made in view, anything can be.
  bool severalThreads() const;
  /// Whether somebody in view evidently has two runs of a member function going
  /// on one object, rather than that nobody tells how often it runs.
  bool runsBesideItself(const FunctionFacts &F, unsigned Depth = 0) const;
  /// Functions that call something which changes what is in a member: they may
  /// wake who waits for it.
  const std::vector<const FunctionFacts *> &
  wakersOf(const std::string &Field) const;
  /// Whether both only run on locals of their callers, and the state is a part
  /// of these, or of a local that the callers lend.
  bool ownObjects(const FunctionFacts &F, const AccessPath &Path,
                  const Writer &W) const;
  /// Whether each run of the function has an element of its own on a path,
  /// under the number that its thread was made with.
  bool ownElements(const FunctionFacts &F, const AccessPath &Path,
                   const Writer &W) const;

private:
  const std::set<const FunctionFacts *> &roots(const FunctionFacts &F) const;
  /// `OneFrame`: started by one run of its caller.
  /// `Shares`: what is started by it changes state that is not its object's.
  bool calledAgain(const FunctionFacts &F, bool Shares,
                   unsigned Depth = 0) const;
  const std::vector<SourceSpan> &besideOthers(const FunctionFacts &Main) const;
  /// Whether an operation starts an activity, or calls who does: one that
  /// begins with `Root`, if that is given.
  bool starts(const Op &O, const FunctionFacts *Root = nullptr,
              unsigned Depth = 0) const;
  /// Whether `main` calls what leads to W while an activity that begins with
  /// `Root` waits.
  bool calledBeside(const FunctionFacts &Root, const FunctionFacts &W,
                    const FunctionFacts &Main) const;
  /// Whether `main` has run one activity to its end before it sets another one
  /// going: `co_spawn(io, restore()); io.run(); co_spawn(io, serve());`.
  bool endedFirst(const FunctionFacts &First, const FunctionFacts &Other) const;
  /// Whether somebody stops an event loop while something waits.
  bool stopsLoops() const;
  unsigned fanOut(const FunctionFacts &F, unsigned Depth = 0) const;
  const FunctionFacts *headOfChain(const FunctionFacts &F) const;
  bool entersOnce(const CallerSite &S) const;
  bool runsSeveralTimes(const FunctionFacts &Root, bool OneFrame = false) const;
  bool runsOnLocals(const FunctionFacts &F) const;
  bool inOneActivity(const FunctionFacts &F, const FunctionFacts &W) const;
  bool lentByOwners(const FunctionFacts &F, unsigned Input,
                    unsigned Depth) const;
  void addCallers(const FunctionFacts &F);
  std::vector<const Op *> askedFor(bool Equality) const;
  void addVersions();
  void addSpent();
  void addContents();
  /// The last member of the program, static or global on a path.
  const std::string *innermost(const AccessPath &Path) const;

  const Options &Opts;
  Categories Kinds;
  std::vector<const FunctionFacts *> Ordered;
  llvm::StringMap<const FunctionFacts *> Functions;
  /// By their plain ids, where one unit alone defines them.
  llvm::StringMap<const FunctionFacts *> Declared;
  struct Member {
    const FieldInfo *Info = nullptr;
    std::string Category; ///< empty: not named as guarded state
    bool Version = false; ///< a counter that is compared
    /// What its use, its content or a name that may mean something else tells
    /// of it, where no name is clear.
    std::string Inferred;
  };
  llvm::StringMap<Member> Members; ///< by field id
  std::set<std::pair<std::string, std::string>> Ties;
  /// Who may run where a virtual function is called, besides itself.
  std::map<std::string, std::vector<const FunctionFacts *>> Overriders;
  std::map<std::string, Summary> Summaries;
  std::map<const FunctionFacts *, std::vector<CallerSite>> Callers;
  std::map<std::string, std::vector<const FunctionFacts *>> Closures;
  std::map<const FunctionFacts *, std::vector<LockName>> Entries;
  LockOrderGraph Order;
  std::map<std::string, std::vector<Access>> Accesses;
  std::map<std::string, std::vector<Writer>> Writers;
  std::map<std::string, std::vector<const Writer *>> PlainWriters, Within;
  /// By the tested and the changed member.
  struct Decision {
    std::set<const FunctionFacts *> By;
    bool ToConstant = false;
  };
  std::map<std::pair<std::string, std::string>, Decision> Decisions;
  std::map<std::pair<std::string, std::string>, std::set<const FunctionFacts *>>
      Sections;
  std::map<std::string, std::vector<LockShare>> Shares;
  std::map<std::string, std::vector<std::string>> Changed; ///< by class
  std::set<std::string> LockedClasses; ///< with a lock among their members
  mutable std::map<std::string, std::string> OwnersLocks; ///< found so far
  mutable std::map<std::string, StateObject> StateObjects;
  std::map<std::string, std::set<const FunctionFacts *>> WriterFunctions;
  mutable std::map<const FunctionFacts *, std::set<const FunctionFacts *>>
      RootCache;
  mutable std::map<std::pair<const FunctionFacts *, bool>, bool> SeveralCache;
  mutable std::optional<bool> SeveralThreads;
  mutable std::map<const FunctionFacts *, bool> LocalsCache;
  mutable std::map<const FunctionFacts *, unsigned> FanOutCache;
  mutable std::map<const FunctionFacts *, const FunctionFacts *> ChainCache;
  mutable std::map<const FunctionFacts *, std::vector<SourceSpan>> BesideCache;
  mutable std::map<std::array<const FunctionFacts *, 3>, bool> BesideMain;
  mutable std::map<std::array<const FunctionFacts *, 2>, bool> EndedFirst;
  mutable std::optional<bool> StopsLoops;
  mutable std::optional<
      std::map<std::string, std::vector<const FunctionFacts *>>>
      Wakers; ///< by field, once asked for
};

/// A plain function that only code in view calls: its modifies are judged
/// where it is called.
bool isPrivateHelper(const FunctionFacts &F, const Program &P);

/// Whether two names in different functions can mean one lock of one object.
bool sameLockAnywhere(const LockName &A, const LockName &B);
/// Whether a lock is one of some.
bool among(llvm::ArrayRef<LockName> Locks, const LockName &L);

} // namespace interlock
