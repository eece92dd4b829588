#pragma once

#include "matchers/base/SourceSpan.h"
#include "matchers/state/AccessPath.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// Facts are what the analysis knows of a program: per function a control
/// flow graph whose operations are only those that matter to await races. They
/// are made once per translation unit from the AST and never change after
/// that; all judgement works on them.
namespace interlock {

/// A value inside a function: the result of one read, load or call.
using Register = unsigned;
constexpr unsigned NoIndex = ~0u;

/// How elements of a container survive changes of the container.
enum class Stability : unsigned char {
  NotContainer,
  Stable,     ///< nodes: only erasing an element invalidates handles to it
  Rehashing,  ///< references as above, iterators also by insertion
  Flat,       ///< by key; any insertion or erasure invalidates
  Chunked,    ///< in order; addition at an end invalidates iterators only
  Contiguous, ///< any insertion or erasure invalidates
};

/// Whether elements move to other indices as others come and go.
inline bool inOrder(Stability Elements) {
  return Elements == Stability::Chunked || Elements == Stability::Contiguous;
}

/// What is known of a data member, static or global.
struct FieldInfo {
  std::string Name;   ///< as declared
  std::string Record; ///< qualified name of the class, empty for globals
  std::vector<std::string> Bases; ///< of that class, direct or not
  std::string Type;               ///< as spelled, for messages
  std::string Category;           ///< from INTERLOCK_STATE, else empty
  std::string GuardedBy;          ///< field id from GUARDED_BY, else empty
  Stability Elements = Stability::NotContainer;
  bool Const = false;        ///< cannot change after construction
  bool Atomic = false;       ///< std::atomic and kin
  bool Boolean = false;      ///< a flag
  bool Synchronizes = false; ///< lock, event, executor, timer, socket
  bool Opaque = false; ///< class type that is neither container nor value-like
  bool Confined = false; ///< member of an awaiter, promise or guard
  bool Global = false;
  bool ThreadLocal = false; ///< each thread has its own
  bool Holder = false;      ///< smart pointer, optional, variant
  bool Numbers = false;     ///< a number, or has numbers in it
  /// It came into its object from outside: `strand_(std::move(strand))`.
  bool Given = false;
  /// The class of the objects in it: its own, or that of its elements.
  std::string Content;
  SourceSpan At;
};

/// Whether two members belong to one object: of the same class, or of one and a
/// base of it.
inline bool inOneObject(const FieldInfo &A, const FieldInfo &B) {
  const auto Inherits = [](const FieldInfo &Member, const FieldInfo &Of) {
    return std::find(Member.Bases.begin(), Member.Bases.end(), Of.Record) !=
           Member.Bases.end();
  };
  return !A.Record.empty() && !B.Record.empty() &&
         (A.Record == B.Record || Inherits(A, B) || Inherits(B, A));
}

/// A local, parameter or capture.
struct Variable {
  enum class Kind : unsigned char { Local, Parameter, Capture };
  std::string Name;
  Kind What = Kind::Local;
  bool Reference = false; ///< the parameter or capture is a reference
  bool Indirect = false;  ///< pointer-like: what it points to is not owned
  bool Fresh = false;     ///< points to an object made in this function
  bool Unique = false;    ///< a key or position that no other activity has
  bool Holder = false;    ///< a smart pointer, optional or variant
};

/// How a modify changes its path.
enum class Change : unsigned char {
  Assign,         ///< overwritten with `Inputs`
  Constant,       ///< overwritten with a constant
  Relative,       ///< read and written in one step: `-=`, `++`
  Insert,         ///< an element is added
  InsertIfAbsent, ///< added only where the key is free, or the result is used
  Erase,          ///< an element is removed
  Clear,          ///< all content is removed or reset
  Exchange,       ///< content is taken out and replaced in one step
  Mutate,         ///< changed by a call whose body is not known
  Validated, ///< compare-exchange: writes only if the old value still holds
};

/// Which way a change moves a number.
enum class Way : unsigned char { Open, Up, Down };

/// Whether a change puts an element where there was none.
inline bool adds(Change How) {
  return How == Change::Insert || How == Change::InsertIfAbsent;
}

/// How a value refers to state rather than copying it.
enum class HandleKind : unsigned char { Reference, Pointer, Iterator, View };

enum class LockMode : unsigned char {
  Exclusive,
  Shared,
  Counted,
  Slice,  ///< a strand: excludes others up to the next suspension point only
  Inside, ///< of a gate: whoever closes it waits until this one has left
  Closed, ///< of a gate: nobody is inside any more, and nobody gets in
};

/// Whether others that take the lock are kept out while control stays here.
inline bool excludes(LockMode Mode) {
  return Mode == LockMode::Exclusive || Mode == LockMode::Slice;
}

/// Keys of claims by a gate, which are the same in every function.
inline constexpr llvm::StringLiteral InsideGate = "#gate:inside";
inline constexpr llvm::StringLiteral ClosedGate = "#gate:closed";

/// The key of a claim by whoever was the first to come: to fill a queue, or to
/// count himself.
inline constexpr llvm::StringLiteral FirstToCome = "#first";

/// A lock as one function names it.
struct LockName {
  /// The lock object, or for interlock's runtime the state object.
  AccessPath Path;
  /// Category of interlock's runtime locks ("balance"), else empty.
  std::string Category;
  std::string Key;     ///< canonical key of a keyed lock, else empty
  bool Strand = false; ///< an executor that runs one thing at a time
  /// Not a lock but a flag or an entry that keeps others out as long as it is
  /// set; `Key` is the value that it was set to.
  bool Claim = false;

  bool ofGate() const { return Key == InsideGate || Key == ClosedGate; }
  auto order() const { return std::tie(Path, Category, Key, Strand, Claim); }
  friend bool operator==(const LockName &A, const LockName &B) {
    return A.order() == B.order();
  }
  friend bool operator<(const LockName &A, const LockName &B) {
    return A.order() < B.order();
  }
};

struct CallSite;

/// What a call passes for one input (parameter or capture) of its callee.
struct Argument {
  std::vector<Register> Values;
  std::vector<CallSite> Closures; ///< the callable that it passes
  std::optional<AccessPath> Path; ///< the state that the input refers to
  std::string Key;                ///< canonical form if usable as a key
  unsigned Var = NoIndex;         ///< the local that a closure may assign to
  bool Pinned = false; ///< a local of the caller keeps alive what it refers to
  bool Own = false;    ///< a local of the caller
  bool Round = false;  ///< a copy of what counts the rounds of a loop
  std::optional<bool> Flag; ///< it is this constant
};

/// A call whose effect is decided by what is known of its callee.
struct CallSite {
  std::vector<std::string> Callees; ///< function ids; several: any of them
  std::string Name;                 ///< for messages
  SourceSpan At;
  std::optional<AccessPath> Receiver;
  std::vector<Argument> Arguments;
  bool FreshReceiver = false; ///< an object made for this call
  /// A local object that the function is called on only here, once each time
  /// that the object is made; with `FreshReceiver`, one that ends with the
  /// call.
  bool OnceReceiver = false;
  /// A local object that the function is called on again, here or elsewhere.
  bool AgainReceiver = false;
  /// In a loop: it is given nothing but locals of the one round, and numbers.
  bool OfOneRound = false;
  /// A captured object that other callables were given as well.
  bool CapturedReceiver = false;
  /// An object that only the state keeps alive in which `Receiver` leads: a
  /// smart pointer or an optional there has it.
  bool HeldReceiver = false;
  /// What to assume where no callee is known: change of `Receiver` by a
  /// non-const member function, else nothing.
  bool MutatesReceiver = false;
  /// The strand that runs it while the caller waits, if that is another one
  /// than the caller's: `co_spawn(strand_, work(), use_awaitable)`.
  std::vector<LockName> On;
};

/// The name of the callee where a thread is made.
inline constexpr const char *MadeThread = "std::thread::thread";

/// Whether the element to which so many steps lead is among those that are
/// made.
inline bool makes(std::uint32_t Made, std::size_t Steps) {
  return Steps < 32 && (Made >> Steps & 1) != 0;
}

enum class OpKind : unsigned char {
  Read,      ///< Result <- Path
  Load,      ///< Result <- Var
  Assign,    ///< Var <- Inputs (adds to them if Weak)
  Modify,    ///< Path <- Inputs
  Bind,      ///< Var becomes a handle to Path
  UseHandle, ///< what Var refers to is used
  Suspend,   ///< control can leave; `Calls` are the awaited activities
  Call,      ///< Calls[0] runs to its end here
  Start,     ///< Calls run as activities of their own from here on
  Later,   ///< Calls run at some time after this function has given up control
  Acquire, ///< Lock is taken, released with Var or by Release
  Release, ///< Lock or the lock that Var holds is given back
  Move,    ///< the lock that Other holds passes to Var
  Misuse,  ///< a guard or lock operation without effect
  Return,  ///< Inputs are returned
  Throw,   ///< the function is left by an exception
};

struct Op {
  OpKind Kind;
  SourceSpan At;
  AccessPath Path; ///< Assign: of what `Var` becomes a copy; Load: the part
                   ///< of `Var` that is looked at, without a base
  Register Result = NoIndex;
  std::vector<Register> Inputs;
  std::vector<Register> Keys;     ///< Modify: what picks the element
  std::vector<Register> Expected; ///< Modify: only if the state is still that
  unsigned Var = NoIndex;
  unsigned Other =
      NoIndex; ///< Move: from; Read, Modify: handle it goes through
  Change How = Change::Assign;
  HandleKind Handle = HandleKind::Reference;
  Stability Elements = Stability::NotContainer; ///< Bind: what it leads into
  LockMode Mode = LockMode::Exclusive;
  /// Acquire, Release; Return: what the result holds, if `Weak`; Start,
  /// Later: the strand that runs it, if any; Bind: what others know as
  /// `Path`, where that begins with a local that keeps an object alive.
  LockName Lock;
  bool Weak = false; ///< Assign: a part only; Bind: into a holder's content;
                     ///< Read: adds to what was found before; Later: again
                     ///< and again, once it has ended;
                     ///< Misuse: never awaited; Return: holds `Lock`;
                     ///< Modify: by what it gives the function knows whether
                     ///< there was anything
  bool Implicit = false;    ///< Assign: not declaring; Modify, Call, Later: as
                            ///< the scope of a local ends; Bind: one more
  bool Blocking = false;    ///< Acquire: blocks the thread
  bool Conditional = false; ///< Acquire: may fail (`try_lock`); Bind: by a
                            ///< capture, as old as the closure; Modify: of what
                            ///< fits by then; Return: a truth value or constant
  bool Unsequenced = false; ///< Read: C++ leaves its order to an await open
  bool Sum = false;         ///< Assign: of its `Inputs`, which are added up
  bool Shape = false;  ///< Read: which elements there are, not what they hold;
                       ///< Modify: the element itself comes or goes
  bool Extent = false; ///< Read: how many elements there are, or of the last
  bool Spends = false; ///< Modify: takes away an amount that is no constant
  /// Modify: whether it only adds to a number or takes from it; if there is an
  /// `Amount`, the value of a variable, as long as that is not negative.
  Way Moves = Way::Open;
  Register Amount = NoIndex;
  bool Concurrent = false; ///< Suspend: the calls run side by side
  bool Parallel = false;   ///< Call, Start, Later: on any of several threads,
                           ///< Call: more than once
  bool PeerWait = false;   ///< Suspend: waits for an event or a channel;
                           ///< Acquire: once a condition variable is notified
  bool Allowed = false;    ///< Suspend: may stand under a guard
  bool Never = false;      ///< Suspend: its awaiter never gives up control
  bool Unfailing = false;  ///< Suspend: neither throws nor has a result
  bool Stackful = false;   ///< Suspend: by a call
  bool InLoop = false;     ///< inside a loop of its function; Later: runs as
                           ///< often as something happens
  bool Chained = false;    ///< Later: still a part of the call that awaits it;
                           ///< Suspend: only whoever awaits the result waits
  /// Modify, Call, Suspend: how many steps of the path of what is changed, or
  /// called, a local pointer stands for.
  unsigned Covered = 0;
  /// Read, Modify, Bind: the elements on the way that are made where there are
  /// none, `map_[key]`; a bit for each, by how many steps lead to it.
  std::uint32_t Made = 0;
  std::string Text;    ///< spelling of the place, for messages
  std::string Owner;   ///< Modify: spelling of the owning object
  std::string KeyText; ///< Modify: spelling of the key
  std::string Written; ///< Modify: the constant that is written
  SourceSpan KeyAt;
  /// What runs; Acquire, Return: the function that hands out the lock.
  std::vector<CallSite> Calls;
};

/// A value that a branch compares: control goes to `High` the sooner the higher
/// it is, and to `Low` the lower.
struct Bound {
  Register Of = NoIndex;
  unsigned High = NoIndex, Low = NoIndex;
  bool Sign = false; ///< with a constant that is not negative
};

/// A straight run of operations. Edges to handlers are among `Successors`.
struct Block {
  std::vector<Op> Ops;
  std::vector<unsigned> Successors;
  std::vector<unsigned> OnThrow; ///< those that an exception leads to
  /// Blocks whose branch decides whether this one runs, directly.
  std::vector<unsigned> ControlledBy;
  std::vector<Register> Condition; ///< what the branch at the end looks at
  SourceSpan Branch;               ///< where it stands
  unsigned Group = NoIndex;        ///< the same for all parts of one condition
  bool LoopCondition = false;
  /// Leaves a loop that only waits until the condition holds, or decides
  /// whether to wait: what follows depends on it, though it always follows.
  bool EndsWait = false;
  /// Decides only whether something is done with what is there, before what
  /// follows puts another thing in its place.
  bool Disposes = false;
  bool Equality = false; ///< the condition is a comparison by == or !=
  /// The condition is a flag alone: the successor where that is set.
  unsigned SetOn = NoIndex;
  std::vector<Bound> Bounds; ///< of what the condition compares by < and kin
  /// The successor where the number that the condition looks at is so low that
  /// nobody else is counted: none, or just one if this activity is `Counted`.
  unsigned AloneOn = NoIndex;
  bool Counted = false;
  /// An attempt to lock that the condition finds successful: the Acquire, and
  /// the successor where the lock is held.
  std::vector<Op> Gains;
  unsigned GainsOn = NoIndex;
};

/// By block, from where control comes.
inline std::vector<std::vector<unsigned>>
predecessorsOf(const std::vector<Block> &Blocks) {
  std::vector<std::vector<unsigned>> Result(Blocks.size());
  for (unsigned B = 0; B < Blocks.size(); ++B)
    for (const unsigned S : Blocks[B].Successors)
      Result[S].push_back(B);
  return Result;
}

/// How a call site names everybody who overrides a function.
inline std::string virtualCall(const std::string &Function) {
  return "virtual:" + Function;
}

/// Stands in an identity ahead of the unit that alone knows what it names.
inline constexpr llvm::StringLiteral UnitMark = "@@";

/// A function's identity without its unit: what another unit calls it by that
/// declares it for itself.
inline llvm::StringRef withoutUnit(llvm::StringRef Id) {
  return Id.take_front(Id.find(UnitMark));
}

/// A call that may let go on what was started before.
struct Drive {
  SourceSpan At;
  bool ToEnd = false; ///< it comes back once all that has come to its end
};

struct FunctionFacts {
  std::string Id;     ///< program-wide
  std::string Name;   ///< qualified, for messages
  std::string Parent; ///< id of the function that a lambda stands in
  std::string Record; ///< id of the class of `this`
  std::vector<std::string> Overrides; ///< virtual functions of all bases
  SourceSpan At;                      ///< its name
  SourceSpan Definition;
  bool Coroutine = false;
  bool Constructor = false;
  bool Destructor = false;
  bool Lambda = false;
  bool HasHandler = false; ///< it catches exceptions
  bool OwnsThis = false;   ///< `[*this]`, or `this` is an awaiter or promise
  bool KeepsThis = false;  ///< a local of it keeps `this` alive
  bool Main = false;       ///< main or a test body
  bool Callable = true;    ///< code out of view can call it
  bool Report = true;      ///< defects in it are the user's
  bool StopsLoop = false;  ///< an event loop, whatever waits there
  unsigned InputCount = 0; ///< leading variables: parameters, then captures
  std::vector<Variable> Variables;
  std::vector<Block> Blocks; ///< Blocks[0] is the entry
  unsigned Exit = 0;
  unsigned Registers = 0;
  std::vector<LockName> Requires; ///< held on entry by declaration
  /// Of `Main`: calls that may let go on what it has started before.
  std::vector<Drive> Drives;
  std::vector<CallSite> Makes; ///< likewise, of tasks, whoever starts those
  std::string GaveUp;          ///< why there are no blocks, else empty
};

/// Members that an INTERLOCK_INVARIANT names.
struct InvariantDecl {
  std::vector<std::string> Fields;
};

struct TUFacts {
  std::string File; ///< main file
  std::map<std::string, FieldInfo> Fields;
  std::vector<FunctionFacts> Functions;
  std::vector<InvariantDecl> Invariants;
};

} // namespace interlock
