#pragma once

#include "matchers/flow/ControlIndex.h"
#include "matchers/flow/FlowState.h"
#include "matchers/flow/Liveness.h"
#include "matchers/summary/Program.h"

#include <optional>
#include <vector>

namespace interlock {

/// A read of guarded state in a function, its own or one inside a call.
struct ReadSite {
  AccessPath Path;
  SourceSpan At;
  unsigned Block = NoIndex;
  std::string Text;
  bool Unsequenced = false;
  bool Shape = false;       ///< which elements there are, not what they hold
  bool Extent = false;      ///< how many there are, or a part of the last
  bool Content = false;     ///< whether the element at hand has any content
  unsigned Input = NoIndex; ///< stands for an input of the function
  unsigned Group = 0;       ///< the same for all reads of one state
  LockSet Under = 0;        ///< locks held there, in whatever mode
  bool Locked = false;      ///< inside a call that takes a lock for itself
};

/// Whether a modify of `Path` can change the outcome of the read. A count of
/// elements survives a change inside one of them, and so does the presence of
/// an element that is changed through a handle to it. `Covered`: how many steps
/// of the path a handle stands for; `Made`: the elements that come with it.
bool meets(const ReadSite &R, const AccessPath &Path, unsigned Covered = 0,
           std::uint32_t Made = 0);

/// Whether a modify of `Path`, which overlaps that of a read, takes the element
/// out that was read.
bool takesOut(const AccessPath &Path, Change How, const AccessPath &Read);

bool repeats(const ReadSite &New, const ReadSite &Old);

/// A place where the function can give up control.
struct SuspensionSite {
  SourceSpan At;
  bool GivesBack = false; ///< not control but a lock, where threads meet
  std::string Text;
  std::string Through; ///< the callee that suspends, if it is known
  SourceSpan ThroughAt;
};

struct HandleSite {
  AccessPath Path;
  AccessPath Whole; ///< what others know it as, if a local keeps it alive
  SourceSpan At;
  HandleKind Kind = HandleKind::Reference;
  Stability Elements = Stability::NotContainer; ///< of its container, if known
  bool Content = false; ///< of a smart pointer or optional
  std::string Text;
  unsigned Var = NoIndex;
  unsigned Via = NoIndex; ///< the handle that it was made from
  LockSet Under = 0;      ///< locks held there, in whatever mode
  std::uint32_t Made = 0; ///< elements on the way that were made for it
};

/// A modify as the flow meets it, in this function or inside a call.
struct ModifySite {
  AccessPath Path;
  Change How = Change::Assign;
  SourceSpan At;
  const Op *Operation = nullptr;
  const Effect *Callee = nullptr; ///< the effect, if it is inside a call
  unsigned Block = 0;
  unsigned Via = NoIndex; ///< handle that it goes through
  unsigned Covered = 0;   ///< steps of `Path` that a handle stands for
  std::uint32_t Made = 0; ///< elements on the way that it makes
  bool Later = false;     ///< runs after the function has given up control
  TagList Inputs;         ///< what the written value depends on
  TagList Keys;           ///< what the choice of the element depends on
  TagList Expected;       ///< what it must still be
  TagList Deciders;       ///< tests by the caller, of an effect in a call
};

/// Sees a function's operations with what is known before each of them.
class FlowObserver {
public:
  virtual ~FlowObserver() = default;
  virtual void read(const Op &, const FlowState &) {}
  virtual void modify(const ModifySite &, const FlowState &) {}
  virtual void use(const Op &, unsigned Var, const FlowState &) {}
  virtual void useLent(const Op &, unsigned Input) {}
  virtual void assign(const Op &, const TagList &) {}
  virtual void suspend(const Op &, const FlowState &, bool Suspends) {}
  virtual void acquire(const Op &, unsigned Lock, const FlowState &) {}
  virtual void call(const Op &, const CallSite &, const FlowState &) {}
  virtual void finish(const Op *Return, unsigned Block, const FlowState &) {}
  virtual void leave(unsigned Block) {} ///< by an exception
  virtual void misuse(const Op &, const FlowState &) {}
};

/// Follows reads of guarded state through a function: which values and
/// branches depend on them, and which suspension points they have crossed.
///
/// A forward analysis to a fixed point over the block graph. Cost: blocks times
/// facts, bounded by a budget.
class FunctionFlow {
public:
  FunctionFlow(const Program &P, const FunctionFacts &F);

  /// Runs to the fixed point. False if the budget ran out.
  bool solve();
  /// Walks the solved function once.
  void walk(FlowObserver &O);
  unsigned block() const { return Walking; } ///< that is walked

  const Program &program() const { return P; }
  const FunctionFacts &function() const { return F; }
  const std::vector<ReadSite> &reads() const { return Reads; }
  const std::vector<SuspensionSite> &suspensions() const { return Points; }
  const std::vector<HandleSite> &handles() const { return Bindings; }
  const std::vector<LockName> &locks() const { return Locks; }
  /// Whether a branch that the block depends on tests the state anew.
  bool testedFor(unsigned Block, const AccessPath &Path) const;
  /// The same for tests other than that of one branch.
  bool testedBeside(unsigned Branch, unsigned Block,
                    const AccessPath &Path) const;
  /// Whether a branch outside of loops, by what it finds of the state at once
  /// or beside a change of that, decides if the block runs at all.
  bool admitted(unsigned Block, const AccessPath &Path) const;
  const std::vector<std::vector<unsigned>> &predecessors() const {
    return Predecessors;
  }
  /// Operations that run other code, or wait for it, with their places in a
  /// stretch of the text; in the order of the blocks.
  std::vector<const Op *> activitiesBetween(unsigned First,
                                            unsigned Last) const;
  /// Awaits of callees that change something, and the blocks they are in.
  struct ChangingAwait {
    const Op *Await = nullptr;
    unsigned Block = NoIndex;
  };
  llvm::ArrayRef<ChangingAwait> changingAwaits() const;
  /// The lock that an Acquire takes or the result of a Return holds.
  std::optional<unsigned> lockOf(const Op &O);
  /// Whether the branch decides, directly or not, if the block runs.
  bool controls(unsigned Branch, unsigned Block) const;
  /// The same, but for branches that only decide whether to wait.
  bool decides(unsigned Branch, unsigned Block) const {
    return Control.controls(Branch, Block);
  }
  /// Whether all ways to a block come by another one.
  bool dominates(unsigned By, unsigned Block) const {
    return Control.dominates(By, Block);
  }
  /// The one successor of a branch by which alone control gets to a block, if
  /// all ways there come by the branch; NoIndex otherwise.
  unsigned onlyBy(unsigned Branch, unsigned Block) const {
    return Control.onlyBy(Branch, Block);
  }
  /// Whether the function writes to a variable once that has its first value.
  bool isAssigned(unsigned Var) const { return Assigned[Var]; }
  /// Reads that a check or value can depend on for a modify of Path: the same
  /// state, or another member of its invariant.
  bool concerns(const ReadSite &Read, const ModifySite &Modified) const;
  /// Whether the two are members of one object that seem to belong together,
  /// by how the rest of the program changes them.
  bool seemsTied(const AccessPath &Read, const AccessPath &Modified) const;
  /// Whether a read takes the elements of a container all together.
  bool isContent(const ReadSite &R) const {
    return !R.Shape && isContent(R.Path);
  }
  /// Whether a path leads to a container, rather than to something in it.
  bool isContent(const AccessPath &Path) const;
  /// Whether a path leads into something that a caller has lent.
  bool lent(const AccessPath &Path) const;
  /// Whether this activity alone has a name for what the path leads to: an
  /// object or an entry that it has made, under a key of its own.
  bool own(const AccessPath &Path, const FlowState &S) const;
  /// Whether a modify turns away others that look first, as this activity did.
  bool excludes(const Op &O, unsigned B, const FlowState &S) const;
  /// Whether a claim goes over to what an operation starts, which gives it up:
  /// `if (busy_) return; busy_ = true; spawn(drain());`
  bool handsOver(const Op &O, const LockName &Claim) const;
  /// Whether callers can say what the path is.
  bool nameable(const AccessPath &Path) const;
  std::vector<LockName> claimNames(const FlowState &S) const;
  std::vector<LockName> heldNames(const FlowState &S,
                                  bool OnlyExclusive = true) const;

private:
  /// Claims that a callee makes: as locks here, and as it calls them.
  using CalleeClaims = std::vector<std::pair<unsigned, LockName>>;

  void forget(unsigned B, FlowState &S) const;
  void limitReads(FlowState &S) const;
  void runOps(unsigned B, FlowState &S, FlowObserver *O);
  void apply(const Op &O, unsigned B, FlowState &S, FlowObserver *Seen);
  TagList partOf(TagList Whole, const Op &Load);
  void applyModify(const Op &O, unsigned B, FlowState &S, FlowObserver *Seen);
  unsigned coveredBy(const Op &O, const FlowState &S) const;
  std::uint32_t madeBy(const Op &O, const FlowState &S) const;
  void addKeys(ModifySite &M, const TagList &Picking) const;
  void handOut(const TagList &Given, FlowState &S);
  bool repeatedLater(const Check &C, unsigned Block) const;
  void dropTaken(const SourceSpan &Whole, TagList &Tags) const;
  void applySuspend(const Op &O, unsigned B, FlowState &S, FlowObserver *Seen);
  void applyCall(const Op &O, const CallSite &C, unsigned B, FlowState &S,
                 FlowObserver *Seen, bool Ages);
  void applyEffects(const Op &O, const CallSite &C, const Summary &Sum,
                    bool After, unsigned B, FlowState &S, FlowObserver *Seen,
                    const CalleeClaims &Claims);
  CalleeClaims claimInside(const Summary &Sum, const CallSite &C, FlowState &S);
  void claim(const AccessPath &Path, Change How, unsigned At, FlowState &S,
             std::uint32_t Made);
  void claimSum(const Op &Modify, FlowState &S) const;
  void takeClaim(const AccessPath &Path, const std::string &Written,
                 FlowState &S);
  std::optional<AccessPath> enteredAlone(unsigned B, const FlowState &S) const;
  bool entersBefore(const ReadSite &Count) const;
  void followCount(unsigned B, unsigned Next, FlowState &S);
  bool canExclude(const AccessPath &Path, Change How, bool Written) const;
  bool excludes(const Effect &E, const AccessPath &Path,
                const Summary &Sum) const;
  void addParts(unsigned B);
  void noteWritten();
  void noteEntrances();
  unsigned expected(unsigned B, const TagList &Tags, const FlowState &S);
  bool holdsKeys(const AccessPath &Read, const AccessPath &LookedUp) const;
  bool inEndedSection(const Tag &Then, const Tag &Now) const;
  void branch(unsigned B, FlowState &S);
  void repeat(const ReadSite &Read, const Repetition &Again, FlowState &S);
  void acquire(const Op &O, FlowState &S, FlowObserver *Seen);
  void release(const Op &O, FlowState &S);
  bool relevant(const AccessPath &Path) const;
  unsigned readIndex(const void *Key, unsigned Sub, const ReadSite &Site);
  unsigned lockIndex(const LockName &L);
  unsigned pointIndex(const Op &O, const Summary *Through);
  LockSet handedTo(const Op &Later, unsigned B, const FlowState &S) const;
  LockSet lastingClaims(const Op &Later, const FlowState &S) const;
  void ageHandles(const Op &Release, LockSet Given, FlowState &S);
  TagList tagsOf(const std::vector<Register> &Rs, const FlowState &S) const;

  const Program &P;
  const FunctionFacts &F;
  std::vector<FlowState> In;
  std::vector<ReadSite> Reads;
  std::map<std::pair<const void *, unsigned>, unsigned> ReadIndex;
  std::vector<SuspensionSite> Points;
  std::map<const Op *, unsigned> PointIndex;
  std::vector<HandleSite> Bindings;
  std::map<const Op *, unsigned> BindingIndex;
  std::vector<LockName> Locks;
  std::map<unsigned, unsigned> LockOfGuard; ///< guard variable to lock
  /// By claim, the locks under which it is always made. Where threads meet,
  /// nobody sees that it has ended before they are given back.
  std::map<unsigned, LockSet> ClaimedUnder;
  std::map<std::string, unsigned> Groups; ///< of reads, by state
  /// What a condition of several parts looks at, by the condition.
  struct Part {
    unsigned Block;
    ReadSite Read;
  };
  std::map<unsigned, std::vector<Part>> Parts;
  /// Fresh reads by branch, and those whose state was changed since.
  std::map<unsigned, std::set<unsigned>> Tests, LateTests;
  std::vector<bool> Assigned; ///< by variable, once it has its first value
  std::map<Register, unsigned> LoadedFrom; ///< values and their variables
  std::set<AccessPath> Zeroed; ///< counts that the function begins anew
  /// Where something is added to a container, or counted up.
  std::set<unsigned> Entrances;
  /// Variables that are written to some state as they are.
  std::map<AccessPath, std::set<unsigned>> WrittenFrom;
  /// By place, with their rank in the order of the blocks.
  std::vector<std::pair<const Op *, unsigned>> Activities;
  mutable std::optional<std::vector<ChangingAwait>> Changing;
  std::vector<std::vector<unsigned>> Predecessors; ///< by block
  ControlIndex Control;
  Liveness Live;
  unsigned Steps = 0, Walking = 0;
};

} // namespace interlock
