// Strategy `hold`: take the lock before the first read and keep it until
// after the last dependent modify.
#include "rewriters/base/EarlyRelease.h"
#include "rewriters/base/Extent.h"
#include "rewriters/base/Format.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/Includes.h"
#include "rewriters/base/Insertion.h"
#include "rewriters/base/KeyCode.h"
#include "rewriters/base/NamedKey.h"
#include "rewriters/base/NewSuspension.h"
#include "rewriters/base/NullCheck.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"
#include "rewriters/base/UnseenGuard.h"

#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

#include <algorithm>

namespace interlock {

using namespace clang;

namespace {

/// One guard to be written: what it covers and for whom.
struct Holding {
  Extent E;
  std::vector<LockCode> Locks;
  std::vector<unsigned> Findings;
  /// Modifies in handlers behind the extent: each gets a guard of its own.
  std::vector<SourceSpan> Handled = {};
  /// Once it is written: what the guard is called, and as far as what.
  std::string Name = {};
  unsigned ScopeEnd = 0;
};

} // namespace

static bool blocks(const FixOptions &Opts) {
  return Opts.Synchronous == SyncGuard::Blocking &&
         Opts.ExecutorModel == Executor::MultiThreaded;
}

static std::string declaration(llvm::StringRef Name, llvm::StringRef Operation,
                               bool Coroutine) {
  if (Coroutine)
    return fmt::format("auto {} = co_await {};", Name.str(), Operation.str());
  return fmt::format("auto {} = {}.blocking();", Name.str(), Operation.str());
}

/// What a reader would write in place of a refused fix.
static std::string byHand(const FunctionFixes &Fixes, const Finding &F) {
  const auto Lock = lockCode(Fixes.View, F, Fixes.Opts);
  if (!std::holds_alternative<LockCode>(Lock))
    return {};
  const std::string Operation = std::get<LockCode>(Lock).operation();
  unsigned Line = F.At.Line;
  for (const SourceSpan &Read : F.Extent.Reads)
    if (Read.File == F.At.File)
      Line = std::min(Line, Read.Line);
  if (F.Extent.IsCoroutine) {
    std::string Code = fmt::format("{} // before line {}",
                                   declaration("guard", Operation, true), Line);
    for (const Obstacle &O : F.Extent.Obstacles)
      if (O.What == Obstacle::Kind::SynchronousWriter)
        Code += fmt::format(", and in '{}', once it is a coroutine", O.Name);
    return Code;
  }
  return fmt::format("make '{}' a coroutine and begin with 'auto guard = "
                     "co_await {};', or call it only where that guard is held",
                     F.Function, Operation);
}

static bool contains(llvm::ArrayRef<LockCode> Locks, const LockCode &Lock) {
  return llvm::any_of(Locks, [&](const LockCode &Other) {
    return Other.Identity == Lock.Identity;
  });
}

static bool overlap(const FunctionView &View, const Extent &A,
                    const Extent &B) {
  return beginOf(View, A) < endOf(View, B) && beginOf(View, B) < endOf(View, A);
}

/// Two runs for the same lock in one block with nothing that suspends between
/// them need one guard, not two.
static bool adjacent(const FunctionView &View, const Holding &A,
                     const Holding &B) {
  if (A.E.Block != B.E.Block || isBareBody(View, A.E) || A.Locks.size() != 1 ||
      B.Locks.size() != 1 || !contains(A.Locks, B.Locks.front()))
    return false;
  const unsigned From = std::min(A.E.Last, B.E.Last) + 1;
  const unsigned To = std::max(A.E.First, B.E.First);
  for (unsigned I = From; I < To; ++I)
    if (View.suspends(View[A.E.Block].Children[I]))
      return false;
  return true;
}

static bool suspends(const FunctionView &View, const Extent &E) {
  for (unsigned I = E.First; I <= E.Last; ++I)
    if (View.suspends(View[E.Block].Children[I]))
      return true;
  return false;
}

/// Whether the second guard would tear a slice in two: what it is for was done
/// with the last step of the first without anything running in between, and
/// both can be acquired at once.
static bool tears(const FunctionView &View, const Holding &A,
                  const Holding &B) {
  const int Second = View[B.E.Block].Children[B.E.First];
  const int Child = View.inside(Second, A.E.Block)
                        ? View.childTowards(A.E.Block, Second)
                        : -1;
  if (Child < 0 || isBareBody(View, A.E) || !A.Handled.empty() ||
      !B.Handled.empty())
    return false;
  const auto &Children = View[A.E.Block].Children;
  const auto To =
      static_cast<unsigned>(llvm::find(Children, Child) - Children.begin());
  if (To <= A.E.Last || !suspends(View, A.E) || suspends(View, B.E))
    return false;
  for (unsigned I = A.E.Last + 1; I <= To; ++I)
    if (View.suspends(Children[I]))
      return false;
  const auto AtOnce = [&](LockCode Lock) {
    return Lock.Custom.empty() && Lock.State == A.Locks.front().State &&
           !settleKey(View, Lock, beginOf(View, A.E), endOf(View, B.E));
  };
  return llvm::all_of(A.Locks, AtOnce) && llvm::all_of(B.Locks, AtOnce);
}

static std::optional<Why> mergeInto(const FunctionView &View, Holding &A,
                                    const Holding &B) {
  for (const unsigned Place : {B.E.First, B.E.Last}) {
    auto Wider = cover(View, A.E, View[B.E.Block].Children[Place]);
    if (std::holds_alternative<Why>(Wider))
      return std::get<Why>(Wider);
    A.E = std::get<Extent>(Wider);
  }
  for (const LockCode &Lock : B.Locks)
    if (!contains(A.Locks, Lock))
      A.Locks.push_back(Lock);
  A.Findings.insert(A.Findings.end(), B.Findings.begin(), B.Findings.end());
  A.Handled.insert(A.Handled.end(), B.Handled.begin(), B.Handled.end());
  return std::nullopt;
}

/// Joins guards that overlap until none do. Guards are never nested: what
/// overlaps is acquired at once.
static void mergeAll(FunctionFixes &Fixes, std::vector<Holding> &All) {
  const FunctionView &View = Fixes.View;
  for (bool Merged = true; Merged;) {
    Merged = false;
    for (std::size_t I = 0; I < All.size() && !Merged; ++I)
      for (std::size_t J = I + 1; J < All.size() && !Merged; ++J) {
        const bool Torn =
            Fixes.Opts.ExecutorModel == Executor::SingleThreaded &&
            tears(View, All[I], All[J]);
        if (!overlap(View, All[I].E, All[J].E) &&
            !adjacent(View, All[I], All[J]) && !Torn)
          continue;
        if (const auto Problem = mergeInto(View, All[I], All[J])) {
          for (const unsigned Index : All[J].Findings)
            Fixes.refuse(Index, *Problem, byHand(Fixes, Fixes.Findings[Index]));
        }
        All.erase(All.begin() + static_cast<std::ptrdiff_t>(J));
        Merged = true;
      }
  }
}

/// What the function has changed in one go with the first change under a guard
/// goes under it as well, where the locks can be named before it and no other
/// guard is in the way.
static void coverEarlierChanges(const FunctionView &View,
                                llvm::MutableArrayRef<Holding> All) {
  for (Holding &One : All) {
    const auto Wider = coverChanges(View, One.E);
    const auto Nameless = [&](LockCode Lock) {
      return settleKey(View, Lock, beginOf(View, *Wider), endOf(View, *Wider));
    };
    const auto Within = [&](const Holding &Other) {
      return &Other != &One && overlap(View, *Wider, Other.E);
    };
    if (Wider && llvm::none_of(One.Locks, Nameless) &&
        llvm::none_of(All, Within) &&
        !unseenGuard(View, View[Wider->Block].Children[Wider->First]))
      One.E = *Wider;
  }
}

static bool anyInTail(const FunctionView &View, llvm::ArrayRef<Holding> All,
                      const Holding &Self) {
  const unsigned From = endOf(View, Self.E), To = View[Self.E.Block].End;
  return llvm::any_of(All, [&](const Holding &Other) {
    return &Other != &Self && From <= beginOf(View, Other.E) &&
           beginOf(View, Other.E) < To;
  });
}

/// Callees in the region that are split into one that takes the lock and one
/// that expects it: the latter is called.
static void callUnlockedHalves(const FunctionFixes &Fixes, const Finding &F,
                               std::vector<Edit> &Edits,
                               std::vector<unsigned> &Needs) {
  for (const Obstacle &O : F.Extent.Obstacles)
    for (unsigned I = 0; I < Fixes.Findings.size(); ++I) {
      const Finding &Callee = Fixes.Findings[I];
      const llvm::StringRef Name =
          llvm::StringRef(Callee.Function).split('(').first;
      if (O.What != Obstacle::Kind::CalleeNeedsGuard || Name != O.Name ||
          !isToBeSplit(Callee) ||
          !llvm::is_contained(Callee.HeldBy, F.Extent.FunctionId))
        continue;
      const auto Call = callWithoutLock(Fixes.View, O.At, Name);
      if (Call && !llvm::is_contained(Edits, *Call))
        Edits.push_back(*Call);
      if (Call && !llvm::is_contained(Needs, I))
        Needs.push_back(I);
    }
}

/// Whether the lock of one element is not enough if the executor, of which
/// nothing is said, has several threads.
static bool wholeOnThreads(const FunctionFixes &Fixes, const Finding &F,
                           const LockCode &Lock) {
  if (Fixes.Opts.ExecutorModel != Executor::Unknown || Lock.Key.empty() ||
      !Lock.Custom.empty())
    return false;
  FixOptions Threads = Fixes.Opts;
  Threads.ExecutorModel = Executor::MultiThreaded;
  return !isGuardedWhole(Fixes.View, F, Fixes.Opts) &&
         isGuardedWhole(Fixes.View, F, Threads);
}

/// A name that no guard has which is there at the same time.
static std::string nameFor(FunctionFixes &Fixes, llvm::ArrayRef<Holding> All,
                           const Holding &Self,
                           const std::set<std::string> &Before) {
  const FunctionView &View = Fixes.View;
  std::set<std::string> Taken = Fixes.Names;
  for (const bool Together : {false, true})
    for (const Holding &Other : All) {
      const bool Meets = beginOf(View, Other.E) < Self.ScopeEnd &&
                         beginOf(View, Self.E) < Other.ScopeEnd;
      if (Other.Name.empty() || Meets != Together)
        continue;
      if (Together)
        Taken.insert(Other.Name);
      else if (!Before.count(Other.Name))
        Taken.erase(Other.Name);
    }
  std::string Name = guardName(View, Self.Locks.front().Category, Taken);
  Fixes.Names.insert(Name);
  return Name;
}

static std::variant<FixPlan, Why> write(FunctionFixes &Fixes,
                                        llvm::ArrayRef<Holding> All,
                                        Holding &Self,
                                        const std::set<std::string> &Before) {
  const FunctionView &View = Fixes.View;
  const auto At = insertionPoint(View, Self.E);
  if (std::holds_alternative<Why>(At))
    return std::get<Why>(At);
  const unsigned Offset = std::get<unsigned>(At);
  std::optional<NullCheck> Split;
  const std::string Gap =
      gapBefore(View, View[Self.E.Block].Children[Self.E.First]);
  std::string Head;
  std::vector<Edit> Named;
  for (LockCode &Lock : Self.Locks) {
    if (Lock.ImpureKey)
      if (const auto Key = nameKey(View, Lock, Self.E, Fixes.Names)) {
        Head += Key->Declaration + Gap;
        Named.push_back(Key->Use);
      }
    auto Problem = settleKey(View, Lock, Offset, endOf(View, Self.E));
    if (Problem && Problem->Id == "null-check") {
      Split = splitNullCheck(View, Self.E);
      if (Split)
        Problem = settleKey(View, Lock, Split->Rest, endOf(View, Self.E));
    }
    if (Problem)
      return *Problem;
  }
  // Respelled keys may have become equal.
  for (std::size_t I = 0; I < Self.Locks.size(); ++I)
    for (std::size_t J = Self.Locks.size() - 1; J > I; --J)
      if (Self.Locks[I].Identity == Self.Locks[J].Identity)
        Self.Locks.erase(Self.Locks.begin() + static_cast<std::ptrdiff_t>(J));
  if (Self.Locks.size() > 1)
    for (const LockCode &Lock : Self.Locks)
      if (!Lock.Custom.empty() || Lock.State != Self.Locks.front().State)
        return Why{"two-locks",
                   "the region needs two locks that cannot be acquired at "
                   "once, and guards must not nest"};
  llvm::sort(Self.Locks, [](const LockCode &A, const LockCode &B) {
    return std::tie(A.Tag, A.Arguments) < std::tie(B.Tag, B.Arguments);
  });
  const auto Chosen = chooseForm(
      View, Self.E, !anyInTail(View, All, Self) && Self.Handled.empty());
  if (std::holds_alternative<Why>(Chosen))
    return std::get<Why>(Chosen);
  const Form F = std::get<Form>(Chosen);
  const Finding &First = Fixes.Findings[Self.Findings.front()];
  Self.ScopeEnd =
      F == Form::OwnBlock ? endOf(View, Self.E) : View[Self.E.Block].End;
  const std::string Name = nameFor(Fixes, All, Self, Before);
  const std::string Operation = combinedOperation(Self.Locks);
  FixPlan Plan;
  Plan.Strategy = "hold";
  std::string Categories;
  for (const LockCode &Lock : Self.Locks)
    Categories += (Categories.empty() ? "" : " and ") + Lock.Category;
  Plan.Description =
      fmt::format("hold the {} lock from the first read to the last update in "
                  "'{}'",
                  Categories, First.Function);
  if (Self.Locks.size() == 1 &&
      wholeOnThreads(Fixes, First, Self.Locks.front()))
    Plan.Description +=
        fmt::format(", for one element of '{}': where several threads add to "
                    "it, 'executor: multi-threaded' locks all of it",
                    First.State.Member);
  Plan.Repairs = Self.Findings;
  llvm::sort(Plan.Repairs);
  Plan.Needs = companionsOf(Fixes.Findings, Plan.Repairs);
  Head += declaration(Name, Operation, First.Extent.IsCoroutine);
  if (Split)
    Head = Split->Above + Gap + Head;
  std::vector<Edit> Raw =
      guardEdits(View, Self.E, F, Offset, Head, Name + ".unlock();");
  Self.Name = Name;
  if (Split)
    Raw.push_back(Split->Shortened);
  Raw.insert(Raw.end(), Named.begin(), Named.end());
  std::vector<const Finding *> For;
  for (const unsigned Index : Self.Findings) {
    callUnlockedHalves(Fixes, Fixes.Findings[Index], Raw, Plan.Needs);
    For.push_back(&Fixes.Findings[Index]);
  }
  if (First.Extent.IsCoroutine && Self.Locks.front().Custom.empty())
    for (const int Branch : releasedBranches(View, Self.E, For))
      Raw.push_back({View.file(), View[Branch].Begin, 0,
                     Name + ".unlock();" + gapBefore(View, Branch) +
                         (F == Form::OwnBlock && !isBareBody(View, Self.E)
                              ? layoutOf(View.content()).Indent
                              : "")});
  llvm::sort(Raw);
  Plan.Edits = formatted(Raw, View, beginOf(View, Self.E), endOf(View, Self.E));
  if (Self.Locks.front().Custom.empty())
    if (const auto Include = includeEdit(View.file(), View.content(),
                                         headerFor(View, Fixes.Opts)))
      Plan.Edits.push_back(*Include);
  for (const LockCode &Lock : Self.Locks)
    for (const Edit &E : Lock.Declares)
      if (!llvm::is_contained(Plan.Edits, E))
        Plan.Edits.push_back(E);
  for (const SourceSpan &Modify : Self.Handled) {
    if (Modify.Begin < endOf(View, Self.E))
      continue; // the extent has grown over the handler
    auto Restored = leaveHandler(Fixes, Modify, Self.Locks.front());
    if (std::holds_alternative<Why>(Restored))
      return std::get<Why>(Restored);
    for (const Edit &E : std::get<std::vector<Edit>>(Restored))
      if (!llvm::is_contained(Plan.Edits, E))
        Plan.Edits.push_back(E);
  }
  llvm::sort(Plan.Edits);
  return Plan;
}

/// Where the `try` of a handler begins.
static unsigned tryAround(const FunctionView &View,
                          const SourceSpan &InHandler) {
  const int Catch =
      View.above<CXXCatchStmt>(View.find(InHandler.Begin, InHandler.End));
  return View[View[Catch].Parent].Begin;
}

static void keepFirstOfHandler(const FunctionView &View,
                               std::vector<SourceSpan> &Handled,
                               const SourceSpan &M) {
  const auto Handler = [&](const SourceSpan &S) {
    return View.above<CXXCatchStmt>(View.find(S.Begin, S.End));
  };
  for (SourceSpan &Known : Handled)
    if (Handler(Known) == Handler(M)) {
      if (M.Begin < Known.Begin)
        Known = M;
      return;
    }
  Handled.push_back(M);
}

/// The open finding that a modify in a handler belongs to: the one that it
/// gives back what was taken on the strength of the same check.
static std::optional<unsigned> restores(const FunctionFixes &Fixes,
                                        unsigned Index) {
  const Finding &F = Fixes.Findings[Index];
  const SourceSpan &M = F.Extent.Modifies.front();
  if (F.Check != "stale-check" || !leavesHandler(Fixes.View, M) ||
      !relativeModify(Fixes.View, M))
    return std::nullopt;
  for (const unsigned Other : Fixes.Open) {
    const Finding &O = Fixes.Findings[Other];
    if (Other != Index && O.Check == "stale-check" &&
        O.State.Member == F.State.Member && O.State.Key == F.State.Key &&
        O.Extent.Reads == F.Extent.Reads &&
        O.Extent.Modifies.front().End <= tryAround(Fixes.View, M))
      return Other;
  }
  return std::nullopt;
}

/// The guard that one finding alone would need, `Restoring` at other places.
static std::variant<Holding, Why>
holdingFor(const FunctionFixes &Fixes, unsigned Index,
           llvm::ArrayRef<unsigned> Restoring) {
  Finding F = Fixes.Findings[Index];
  for (const unsigned Other : Restoring)
    F.Extent.Modifies.push_back(Fixes.Findings[Other].Extent.Modifies.front());
  const FunctionView &View = Fixes.View;
  if (!F.Extent.IsCoroutine && !blocks(Fixes.Opts))
    return Why{"sync-function",
               fmt::format("'{}' is not a coroutine: it cannot await the lock, "
                           "and blocking could stop the thread that the "
                           "lock's holder needs in order to go on",
                           F.Function)};
  if (const auto Problem = obstacleTo(Fixes.Findings, F))
    return *Problem;
  if (F.Extent.IsCoroutine)
    if (const auto Problem = cannotAwait(View))
      return *Problem;
  auto Locks = locksOf(View, F, Fixes.Opts);
  if (std::holds_alternative<Why>(Locks))
    return std::get<Why>(Locks);
  // What handlers restore behind the region does not have to be in it.
  std::vector<SourceSpan> Modifies, Handled;
  for (const SourceSpan &M : F.Extent.Modifies)
    if (!Modifies.empty() &&
        std::get<std::vector<LockCode>>(Locks).size() == 1 &&
        leavesHandler(View, M))
      keepFirstOfHandler(View, Handled, M);
    else
      Modifies.push_back(M);
  auto E = findExtent(View, F.Extent.Reads, F.Extent.Suspensions, Modifies,
                      memberName(F), /*Bodies=*/true);
  const bool Behind =
      std::holds_alternative<Extent>(E) &&
      llvm::all_of(Handled, [&](const SourceSpan &M) {
        return endOf(View, std::get<Extent>(E)) <= tryAround(View, M);
      });
  if (!Behind) {
    Handled.clear();
    E = findExtent(View, F.Extent.Reads, F.Extent.Suspensions,
                   F.Extent.Modifies, memberName(F), /*Bodies=*/true);
  }
  if (Fixes.AroundLoops && std::holds_alternative<Extent>(E))
    E = aroundLoop(View, std::get<Extent>(E));
  if (std::holds_alternative<Why>(E))
    return std::get<Why>(E);
  const Extent &Found = std::get<Extent>(E);
  if (auto Problem = unseenGuard(View, View[Found.Block].Children[Found.First]))
    return *Problem;
  Holding Result{
      Found, std::get<std::vector<LockCode>>(Locks), {Index}, Handled};
  Result.Findings.insert(Result.Findings.end(), Restoring.begin(),
                         Restoring.end());
  return Result;
}

void fixByHold(FunctionFixes &Fixes) {
  std::vector<Holding> All;
  std::map<unsigned, std::vector<unsigned>> Restoring; ///< by what they restore
  std::vector<unsigned> Leading;
  for (const unsigned Index : Fixes.Open)
    if (const auto Of = restores(Fixes, Index))
      Restoring[*Of].push_back(Index);
    else
      Leading.push_back(Index);
  for (const unsigned Index : Leading) {
    auto One = holdingFor(Fixes, Index, Restoring[Index]);
    if (std::holds_alternative<Holding>(One)) {
      All.push_back(std::get<Holding>(One));
      continue;
    }
    Restoring[Index].push_back(Index);
    for (const unsigned Refused : Restoring[Index])
      Fixes.refuse(Refused, std::get<Why>(One),
                   byHand(Fixes, Fixes.Findings[Refused]));
  }
  llvm::sort(All, [&](const Holding &A, const Holding &B) {
    return std::pair(beginOf(Fixes.View, A.E), A.Findings) <
           std::pair(beginOf(Fixes.View, B.E), B.Findings);
  });
  mergeAll(Fixes, All);
  coverEarlierChanges(Fixes.View, All);
  const std::set<std::string> Before = Fixes.Names;
  for (Holding &One : All) {
    auto Plan = write(Fixes, All, One, Before);
    if (std::holds_alternative<Why>(Plan)) {
      for (const unsigned Index : One.Findings)
        Fixes.refuse(Index, std::get<Why>(Plan),
                     byHand(Fixes, Fixes.Findings[Index]));
      continue;
    }
    for (const unsigned Index : One.Findings)
      Fixes.close(Index);
    Fixes.Result.Plans.push_back(std::get<FixPlan>(Plan));
  }
}

} // namespace interlock
