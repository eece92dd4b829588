#pragma once

#include "matchers/base/Options.h"
#include "matchers/facts/Facts.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace interlock {

/// A set of names with wildcards. Exact names cost one hash lookup.
class NameSet {
public:
  NameSet() = default;
  explicit NameSet(const std::vector<std::string> &Names) { add(Names); }
  void add(const std::vector<std::string> &Names);
  bool matches(llvm::StringRef Name) const;

private:
  llvm::StringMap<char> Exact;
  std::vector<std::string> Globs;
  mutable llvm::StringMap<bool> Known; ///< answers for names asked before
};

struct GuardType {
  std::string Type;
  LockMode Mode = LockMode::Exclusive;
  bool Blocking = false;
};

/// Functions that put something into a channel and get it out of it.
struct ChannelType {
  std::string Type;
  std::vector<std::string> Puts, Gets;
};

enum class AcquireResult { Guard, Manual, Callable };

struct AcquireCall {
  std::string Name;
  AcquireResult Result = AcquireResult::Guard;
  LockMode Mode = LockMode::Exclusive;
  bool Blocking = false;
  bool Conditional = false;
  int LockArgument = -1;  ///< -1: the object itself
  int UnitsArgument = -1; ///< exclusive if it is 1 and the semaphore has one
};

/// What a member function of a container or holder does.
enum class MethodEffect {
  Unknown,
  Insert,
  InsertIfAbsent,
  Assign,
  Erase,
  Clear,
  Relative,
  Exchange,
  Validated,
  Element,
  Iterator,
};

/// Knowledge of libraries as data: `builtin.yaml` plus the user's additions.
/// One object serves one thread.
class Vocabulary {
public:
  explicit Vocabulary(const Options &Opts);

  NameSet Synchronizers, NeverSuspends, Suspends, YieldContexts, Releases,
      RunsNow, RunsLater, Starts, Concurrent, PeerWaits, Delays, ScopeExits,
      FailureExits, NoReentry, Holders, Makers, RunsOut, StopsLoop, Faces,
      Forwards, Steps, Monotone, Presence, Extents, Ends, Erases, FixedSize,
      Repeats, Exchanges, Asserts, ConditionWaits, LocksAll, Strands, Parallel,
      Binds, Lends, Walks, Rounds;
  std::vector<CategoryOption> Categories;

  const GuardType *guard(llvm::StringRef Type) const;
  const AcquireCall *acquire(llvm::StringRef Function) const;
  /// The channel whose member function this is.
  const ChannelType *channel(llvm::StringRef Function) const;
  Stability stability(llvm::StringRef Type) const;
  MethodEffect effect(llvm::StringRef Method) const;

private:
  NameSet Stable, Rehashing, Flat, Chunked, Contiguous;
  std::vector<GuardType> Guards;
  std::vector<AcquireCall> Acquires;
  mutable llvm::StringMap<const AcquireCall *> KnownAcquires; ///< asked before
  mutable llvm::StringMap<Stability> KnownStability;          ///< the same
  std::vector<ChannelType> Channels;
  llvm::StringMap<MethodEffect> Methods;
};

/// The part of a name or pattern behind its last `::`.
llvm::StringRef lastPart(llvm::StringRef Name);

/// A member's name in words, however it is spelled: `open_orders` for
/// `m_openOrders`, `_open_orders` and `nOpenOrders`.
std::string wordsOf(llvm::StringRef Name);

/// The built-in categories followed by the user's. What the user adds to a
/// built-in name belongs to that category as well.
std::vector<CategoryOption> categories(const Options &Opts);

} // namespace interlock
