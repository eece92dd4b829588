#pragma once

#include "tool/config/Config.h"

/// The one description of what a configuration file can hold. `describe`
/// names every key with its help; a visitor reads, prints, documents or
/// types it. A new key is one line here.
namespace interlock {

template <typename Enum> struct EnumNames;

template <> struct EnumNames<Executor> {
  static constexpr std::pair<Executor, const char *> Names[] = {
      {Executor::Unknown, "unknown"},
      {Executor::SingleThreaded, "single-threaded"},
      {Executor::MultiThreaded, "multi-threaded"}};
};
template <> struct EnumNames<GuardedState> {
  static constexpr std::pair<GuardedState, const char *> Names[] = {
      {GuardedState::Configured, "configured"},
      {GuardedState::Inferred, "inferred"},
      {GuardedState::All, "all"}};
};
template <> struct EnumNames<FixStrategy> {
  static constexpr std::pair<FixStrategy, const char *> Names[] = {
      {FixStrategy::Hold, "hold"},
      {FixStrategy::Reserve, "reserve"},
      {FixStrategy::Recheck, "recheck"},
      {FixStrategy::Auto, "auto"}};
};
template <> struct EnumNames<StateAccess> {
  static constexpr std::pair<StateAccess, const char *> Names[] = {
      {StateAccess::Global, "global"},
      {StateAccess::Object, "object"},
      {StateAccess::MemberReference, "member-reference"},
      {StateAccess::Member, "member"}};
};
template <> struct EnumNames<SyncGuard> {
  static constexpr std::pair<SyncGuard, const char *> Names[] = {
      {SyncGuard::Refuse, "refuse"},
      {SyncGuard::Blocking, "blocking"},
      {SyncGuard::Try, "try"}};
};

template <typename Enum> const char *enumName(Enum Value) {
  for (const auto &[Known, Name] : EnumNames<Enum>::Names)
    if (Known == Value)
      return Name;
  return "";
}

/// How a scalar is checked beyond its type.
enum class Constraint { None, Name, Regex, Check, Level, Include };

template <typename Visitor> void describe(Visitor &V, CategoryOption &C) {
  V.key("name", C.Name, "how messages and rewrites name the category",
        Constraint::Name);
  V.key("members", C.Members,
        "regular expressions that match a member's whole name, or, where they "
        "contain `::`, its qualified name",
        Constraint::Regex);
  V.key("types", C.Types,
        "regular expressions that match a record type whose data members all "
        "belong to the category",
        Constraint::Regex);
  V.key("keyed", C.Keyed,
        "whether elements with different keys have locks of "
        "their own");
  V.key("key", C.Key,
        "expression for the key where the access does not show "
        "one");
  V.key("lock", C.Lock,
        "expression whose `co_await` gives the guard; without "
        "one, interlock's runtime");
}

template <typename Visitor> void describe(Visitor &V, VocabularyOption &O) {
  V.key("suspends", O.Suspends,
        "functions that suspend their caller, as those "
        "of a stackful coroutine library do");
  V.key("never-suspends", O.NeverSuspends,
        "awaitables or functions whose await "
        "never suspends");
  V.key("guards", O.Guards, "types whose objects hold a lock exclusively");
  V.key("shared-guards", O.SharedGuards,
        "types whose objects hold a lock "
        "together with other readers");
  V.key("acquires", O.Acquires, "functions whose await gives a guard");
  V.key("runs-later", O.RunsLater,
        "functions that store a callable and run it "
        "after they have returned");
  V.key("no-reentry", O.NoReentry,
        "awaits that are allowed under a guard "
        "because nothing behind them needs one");
}

template <typename Visitor> void describe(Visitor &V, LevelOption &L) {
  V.key("check", L.Check, "id of a check, `*` matches any text",
        Constraint::Check);
  V.key("path", L.Path,
        "files that it is about, relative to the root, `*` "
        "matches any text; without it, all");
  V.key("level", L.Level, "`error`, `warning`, `note`, or `none`",
        Constraint::Level);
}

template <typename Visitor> void describe(Visitor &V, Config &C) {
  V.key("inherit", C.Inherit,
        "whether the file adds to the one further up; a "
        "file without it stands alone");
  V.key("root", C.Root,
        "the project's folder, relative to the file; findings "
        "and edits stay inside it");
  V.key("executor", C.Analysis.ExecutorModel, "on what the coroutines run");
  V.key("guarded-state", C.Analysis.Guarded,
        "`configured`: members of categories; `inferred`: also numbers that "
        "are tested and that amounts are taken from, and what has such in it; "
        "`all`: every mutable member, static, global and shared closure "
        "variable");
  V.key("categories", C.Analysis.Categories,
        "guarded state in addition to the "
        "built-in categories");
  V.key("invariants", C.Analysis.Invariants,
        "lists of qualified members that "
        "are true together");
  V.key("vocabulary", C.Analysis.Vocabulary,
        "what the code's own types and "
        "functions do; `*` matches any "
        "text");
  V.key("checks", C.Analysis.Checks,
        "ids that are on, `*` matches any text, a "
        "leading `-` takes out; later ones win",
        Constraint::Check);
  V.key("levels", C.Analysis.Levels,
        "levels that differ from a check's own; "
        "later ones win");
  V.key("warnings-as-errors", C.WarningsAsErrors,
        "checks whose warnings are "
        "errors",
        Constraint::Check);
  V.key("header-filter", C.HeaderFilter,
        "regular expression for the headers "
        "that are reported; without it, those "
        "inside the root",
        Constraint::Regex);
  V.key("function-budget", C.Analysis.FunctionBudget,
        "steps of the flow "
        "analysis for one "
        "function");
  V.key("fix-strategy", C.Fixing.Strategy, "how a race is repaired");
  V.key("state-access", C.Fixing.Access, "where a repair finds its lock");
  V.key("state-expression", C.Fixing.StateExpression,
        "expression for the safe "
        "state, in place of "
        "`state-access`");
  V.key("sync-guard", C.Fixing.Synchronous,
        "what a repair may do in a function "
        "that is no coroutine");
  V.key("include", C.Fixing.IncludeSpelling,
        "how a repair includes the "
        "runtime, with its quotes or "
        "brackets",
        Constraint::Include);
}

} // namespace interlock
