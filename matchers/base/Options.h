#pragma once

#include <set>
#include <string>
#include <vector>

namespace interlock {

enum class Executor { Unknown, SingleThreaded, MultiThreaded };
enum class GuardedState { Configured, Inferred, All };
enum class FixStrategy { Hold, Reserve, Recheck, Auto };
enum class StateAccess { Global, Object, MemberReference, Member };
enum class SyncGuard { Refuse, Blocking, Try };

/// A class of guarded state: which members belong to it and which lock
/// protects it.
struct CategoryOption {
  std::string Name;
  /// Regular expressions that match a member's whole name, `cash_?`, or, where
  /// they contain `::`, its qualified name, `Ledger::cash_`.
  std::vector<std::string> Members;
  /// Regular expressions that match the name of a record type whose data
  /// members belong to the category whatever they are called.
  std::vector<std::string> Types;
  bool Keyed = false;
  /// Expression for the key where the access path does not show one.
  std::string Key;
  /// Expression whose await gives the guard, `ledger_lock_.acquire({key})`;
  /// empty: interlock's runtime.
  std::string Lock;
  /// Of a built-in one: what matches the words of a name, see `wordsOf`.
  std::vector<std::string> Words;
  /// The same for numbers, of which such a name only suggests it.
  std::vector<std::string> Numbers;
};

/// User additions to the built-in vocabulary. Names are qualified and may
/// hold `*`; a function's name is that of its definition.
struct VocabularyOption {
  std::vector<std::string> Suspends;      ///< calls that suspend (stackful)
  std::vector<std::string> NeverSuspends; ///< awaitables or functions
  std::vector<std::string> Guards;        ///< RAII types that hold a lock
  std::vector<std::string> SharedGuards;  ///< the same, for readers
  std::vector<std::string> Acquires;      ///< functions: await gives a guard
  std::vector<std::string> RunsLater;     ///< functions that store a callable
  std::vector<std::string> NoReentry;     ///< awaits allowed under a guard
};

struct LevelOption {
  std::string Check; ///< id or glob
  std::string Path;  ///< glob, empty: everywhere
  std::string Level; ///< error, warning, note, none
};

/// Everything that changes what the analysis finds. A value: its digest is a
/// part of every cache key.
struct Options {
  Executor ExecutorModel = Executor::Unknown;
  GuardedState Guarded = GuardedState::Configured;
  std::vector<CategoryOption> Categories; ///< in addition to the built-in ones
  std::vector<std::vector<std::string>> Invariants; ///< qualified members
  VocabularyOption Vocabulary;
  std::vector<LevelOption> Levels;
  std::vector<std::string> Checks;  ///< globs, `-` excludes; later ones win
  unsigned FunctionBudget = 200000; ///< steps of the flow analysis
};

/// Everything that changes how findings are rewritten.
struct FixOptions {
  FixStrategy Strategy = FixStrategy::Hold;
  StateAccess Access = StateAccess::Global;
  std::string StateExpression; ///< overrides `Access`
  SyncGuard Synchronous = SyncGuard::Refuse;
  Executor ExecutorModel = Executor::Unknown;
  bool Review = false; ///< also apply fixes that want a reader
  std::string IncludeSpelling = "<interlock/safe_state.hpp>";
  std::string Root; ///< nothing outside it is ever edited
  std::vector<CategoryOption> Categories;
  /// Members whose containers are locked as one, not element by element: those
  /// of `FixResult::Nameless`.
  std::set<std::string> Whole;
};

} // namespace interlock
