#include "matchers/Analysis.h"
#include "matchers/Solved.h"
#include "matchers/checks/Judgement.h"
#include "matchers/flow/Recovery.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <tuple>

namespace interlock {
namespace {

/// What the checks have found so far, in all functions.
struct Verdicts {
  std::vector<Finding> Findings;
  std::vector<Finding> UnderInnerLocks; ///< count beside a stale finding
  std::map<std::string, std::vector<StaleRegion>> Stale; ///< by their state
};

/// Stretches of a text. All are added before the first question.
class Stretches {
public:
  void add(unsigned From, unsigned To) {
    unsigned &Furthest = Ends[From];
    Furthest = std::max(Furthest, To);
    Sorted = false;
  }
  bool cover(unsigned Place) {
    if (!std::exchange(Sorted, true)) {
      unsigned Furthest = 0;
      for (auto &[From, To] : Ends)
        To = Furthest = std::max(Furthest, To);
    }
    const auto After = Ends.upper_bound(Place);
    return After != Ends.begin() && std::prev(After)->second >= Place;
  }

private:
  /// The furthest end by start; once sorted, of all up to that start.
  std::map<unsigned, unsigned> Ends;
  bool Sorted = false;
};

/// Asks the checks about every operation of a function.
class Judge : public FlowObserver {
public:
  Judge(const FunctionFlow &Flow, Verdicts &Found)
      : Flow(Flow), P(Flow.program()), F(Flow.function()), Found(Found),
        Ways(Flow) {}

  void modify(const ModifySite &M, const FlowState &S) override {
    if (exempt(M.Path))
      return;
    const std::optional<StateInfo> G = P.guarded(M.Path);
    // What a scope's object undoes at its end, its beginning stands for.
    if (!M.Callee && M.Operation->Implicit)
      return;
    // A part that is no state itself, of an element that is.
    if (!G && M.Via != NoIndex)
      judgeHandle(*M.Operation, M.Via, S);
    if (!G)
      return;
    const ModifyJudgement J(Flow, S, M, *G);
    // What somebody starts is judged by itself, but for what he has found.
    if (M.Operation->Kind == OpKind::Start) {
      if (!report(staleValue(J)))
        report(staleCheck(J));
      return;
    }
    noteNeeded(J);
    report(missingRollback(J, Ways));
    using Ask = std::optional<Finding> (*)(const ModifyJudgement &);
    for (const Ask Each : {unspecifiedReadOrder, mismatchedGuard, staleValue,
                           staleCheck, stalePlace})
      if (report(Each(J))) {
        Found.Stale[G->Field].push_back({&F, M.Path, M.At});
        return noteElement(M.Via, S);
      }
    if (M.Via != NoIndex && judgeHandle(*M.Operation, M.Via, S))
      return;
    for (const Ask Each : {unguardedCheckThenModify, unguardedModification})
      if (report(Each(J)))
        return;
    noteCompanion(M, S, *G);
  }

  /// `return map_[key];` under a lock of readers makes the element as well.
  void read(const Op &O, const FlowState &S) override {
    const bool AsReader = llvm::any_of(
        S.Held, [](const HeldLock &H) { return H.Mode == LockMode::Shared; });
    if (O.Made == 0 || !AsReader || exempt(O.Path) ||
        P.options().ExecutorModel == Executor::SingleThreaded)
      return;
    ModifySite M;
    M.Path = O.Path;
    M.Path.Steps.resize(llvm::Log2_32(O.Made));
    const std::optional<StateInfo> G = P.guarded(M.Path);
    if (!G)
      return;
    M.How = Change::InsertIfAbsent;
    M.At = O.At;
    M.Operation = &O;
    report(unguardedModification(ModifyJudgement(Flow, S, M, *G)));
  }

  void use(const Op &O, unsigned Var, const FlowState &S) override {
    judgeHandle(O, Var, S);
  }

  void misuse(const Op &O, const FlowState &S) override {
    report(discardedGuard(Judgement(Flow, S), O));
  }

  void acquire(const Op &O, unsigned Lock, const FlowState &S) override {
    const Judgement J(Flow, S);
    report(blockingGuardInCoroutine(J, O));
    if (O.Mode != LockMode::Counted && O.Mode != LockMode::Slice)
      report(nestedGuard(J, O.At, Flow.locks()[Lock], O.Blocking, nullptr));
  }

  void call(const Op &O, const CallSite &C, const FlowState &S) override {
    judgeLent(O, C, S);
    if (O.Kind == OpKind::Later && O.Implicit && !S.Held.empty() &&
        touchesGuarded(O))
      // An undoing, until it is committed.
      Needs.add(O.At.Begin, F.Definition.End);
    if (O.Kind == OpKind::Start || O.Kind == OpKind::Later || S.Held.empty())
      return;
    for (const LockUse &U : P.locksTaken(C))
      if (!U.speculative() &&
          report(nestedGuard(Judgement(Flow, S), O.At, U.Lock, U.Blocking, &U)))
        return;
  }

  void suspend(const Op &O, const FlowState &S, bool Suspends) override {
    if (!Suspends || O.Chained)
      return;
    report(blockingLockAcrossSuspension(Judgement(Flow, S), O));
    for (const HeldLock &H : S.Held)
      if (!O.Allowed && !H.Blocking && !H.Entry &&
          H.Mode == LockMode::Exclusive)
        Slow.push_back({&O, H});
  }

  /// After the walk: what only the whole function tells.
  void finishFunction() {
    for (auto &[Var, Late] : Ranges)
      if (!Elements.count(Var))
        report(std::move(Late));
    if (AnyModifyUnderGuard)
      for (const auto &[O, H] : Slow)
        judgeSlow(*O, H);
  }

private:
  struct SlowPoint {
    const Op *O;
    HeldLock H;
  };

  /// A suspension under a guard is fine where the guard protects something
  /// across it.
  void judgeSlow(const Op &O, const HeldLock &H) {
    // An acquisition is a suspension point of its own, judged by itself.
    const auto Acquires = [&](const Op &Other) {
      return Other.Kind == OpKind::Acquire && Other.At == O.At;
    };
    const bool AroundLoop =
        O.InLoop && llvm::any_of(F.Blocks, [&](const Block &B) {
          return llvm::any_of(B.Ops, [&](const Op &Other) {
            return Other.Kind == OpKind::Acquire && Other.At == H.At &&
                   !Other.InLoop;
          });
        });
    // What is touched under the lock on both sides may belong together.
    bool Before = false, After = false;
    // So may what is changed round after round, and what is changed at the end.
    bool InRounds = false, AtEnd = false;
    const auto Look = [&](const Op &Other) {
      const bool Helper =
          (Other.Kind == OpKind::Call || Other.Kind == OpKind::Suspend) &&
          (touchesGuarded(Other) || looksAtGuarded(Other));
      if (Other.Kind != OpKind::Read && Other.Kind != OpKind::Modify &&
          Other.Kind != OpKind::Bind && !Helper)
        return;
      Before |= H.At.Begin < Other.At.Begin && Other.At.End < O.At.Begin;
      Before |= Other.At.contains(O.At); // `x_ += co_await f()`
      After |= Other.At.End > O.At.End || Other.At.contains(O.At) ||
               (AroundLoop && Other.InLoop); // in the next round
      if (Other.Kind == OpKind::Modify || touchesGuarded(Other)) {
        InRounds |= AroundLoop && Other.InLoop;
        AtEnd |= !Other.InLoop && O.At.End < Other.At.Begin;
      }
    };
    if (Needs.cover(O.At.Begin) || touchesGuarded(O))
      return;
    for (const Block &B : F.Blocks)
      for (const Op &Other : B.Ops) {
        Look(Other);
        if (Acquires(Other) || (Before && After) || (InRounds && AtEnd))
          return;
      }
    FlowState Under;
    Under.Held = {H};
    auto Result = slowCriticalSection(Judgement(Flow, Under), O, H);
    Result->Extent.Reads = protectedBy(H);
    report(std::move(Result));
  }

  /// Whether a callee changes guarded state: it may do so under our lock.
  bool touchesGuarded(const Op &O) const {
    return anyGuarded(O, &Summary::Effects);
  }
  /// Whether what a callee returns depends on guarded state.
  bool looksAtGuarded(const Op &O) const {
    return anyGuarded(O, &Summary::Returned);
  }
  template <class List> bool anyGuarded(const Op &O, List Summary::*Of) const {
    return llvm::any_of(O.Calls, [&](const CallSite &C) {
      return llvm::any_of(P.summaries(C), [&](const Summary *S) {
        return llvm::any_of(S->*Of, [&](const auto &Each) {
          const std::optional<AccessPath> Path = translate(Each.Path, C);
          return Path && P.guarded(*Path);
        });
      });
    });
  }

  /// What is touched behind an acquisition, directly or by callees.
  std::vector<SourceSpan> protectedBy(const HeldLock &H) const {
    std::vector<SourceSpan> Result;
    for (const Block &B : F.Blocks)
      for (const Op &O : B.Ops) {
        const bool Touches = O.Kind == OpKind::Read ||
                             O.Kind == OpKind::Modify || touchesGuarded(O);
        if (Touches && H.At.Begin < O.At.Begin)
          Result.push_back(O.At);
      }
    return Result;
  }

  bool exempt(const AccessPath &Path) const {
    if (F.Main)
      return true;
    if (Path.Base != AccessPath::Root::This)
      return false;
    return F.OwnsThis || F.Constructor || F.Destructor;
  }

  void noteNeeded(const ModifyJudgement &J) {
    if (J.State.Held.empty())
      return;
    AnyModifyUnderGuard = true;
    const unsigned To = J.Site.At.Begin;
    const auto Note = [&](const Tag &T) {
      Needs.add(Flow.reads()[T.Read].At.Begin, To);
    };
    llvm::for_each(J.written(true), Note);
    for (const Check &C : J.deciding(true))
      Note(C.What);
    // Modifies that belong together, with a suspension between them.
    if (FirstModified)
      Needs.add(*FirstModified, To);
    FirstModified = std::min(FirstModified.value_or(To), To);
  }

  /// A modify under a lock inside the callee is safe alone; it is a defect
  /// beside another place that needs a guard for the same state.
  void noteCompanion(const ModifySite &M, const FlowState &S,
                     const StateInfo &G) {
    if (!M.Callee || M.Callee->Held.empty())
      return;
    // A lock beside the state is its guard; one inside it guards less.
    const std::optional<StateInfo> Own = P.guarded(M.Callee->Path);
    if (Own && Own->Field == G.Field)
      return;
    FlowState Outside = S;
    llvm::erase_if(Outside.Held,
                   [](const HeldLock &H) { return !H.At.valid(); });
    const ModifyJudgement J(Flow, Outside, M, G);
    if (std::optional<Finding> F = unguardedModification(J))
      Found.UnderInnerLocks.push_back(std::move(*F));
  }

  /// What a call refers to as long as it runs.
  void judgeLent(const Op &O, const CallSite &C, const FlowState &S) {
    if (O.Kind == OpKind::Later)
      return; // its captures are handles of their own
    for (const Summary *Sum : P.summaries(C))
      for (const LentUse &Use : Sum->LentUses)
        if (Use.Input == NoIndex) {
          // Who starts something need not know how long it lasts.
          if (O.Kind != OpKind::Start && C.Receiver && !exempt(*C.Receiver))
            report(staleObject(Judgement(Flow, S), O, C, Use));
        } else if (Use.Input < C.Arguments.size() &&
                   C.Arguments[Use.Input].Path &&
                   !exempt(*C.Arguments[Use.Input].Path))
          report(staleArgument(Judgement(Flow, S), O, C, Use));
  }

  bool judgeHandle(const Op &O, unsigned Var, const FlowState &S) {
    const auto Known = S.Handles.find(Var);
    if (Known == S.Handles.end())
      return false;
    for (const Handle &H : Known->second)
      if (H.Stale && !exempt(Flow.handles()[H.Bound].Path))
        if (std::optional<Finding> Stale =
                staleReference(Judgement(Flow, S), O, H)) {
          const AccessPath &Into = Flow.handles()[H.Bound].Path;
          if (const std::optional<StateInfo> G = P.guarded(Into))
            Found.Stale[G->Field].push_back({&F, Into, O.At});
          if (llvm::StringRef(F.Variables[Var].Name).starts_with("__"))
            Ranges.try_emplace(Var, std::move(*Stale));
          else
            report(std::move(Stale));
          noteElement(Var, S);
          return true;
        }
    return false;
  }

  /// An element of a range that is used too late says what the step of the
  /// range's iterator would say again.
  void noteElement(unsigned Var, const FlowState &S) {
    const auto Known = S.Handles.find(Var);
    if (Known != S.Handles.end())
      for (const Handle &H : Known->second)
        Elements.insert(Flow.handles()[H.Bound].Via);
  }

  bool report(std::optional<Finding> Result) {
    if (!Result)
      return false;
    if (F.Report)
      Found.Findings.push_back(std::move(*Result));
    return true;
  }

  const FunctionFlow &Flow;
  const Program &P;
  const FunctionFacts &F;
  Verdicts &Found;
  Stretches Needs; ///< from a read to the modify that wants it fresh
  std::optional<unsigned> FirstModified; ///< of those under a guard
  std::vector<SlowPoint> Slow;
  Recovery Ways;
  std::map<unsigned, Finding> Ranges; ///< by the range's iterator
  std::set<unsigned> Elements;        ///< ranges whose elements are reported
  bool AnyModifyUnderGuard = false;
};

/// Sorted, and one finding for each place and check.
void settle(std::vector<Finding> &Findings) {
  llvm::sort(Findings, [](const Finding &A, const Finding &B) {
    return A.order() < B.order();
  });
  std::vector<Finding> Result;
  std::map<std::pair<SourceSpan, std::string>, size_t> Places;
  // `row(id).left -= n;`: the call and the whole begin alike, and what is said
  // of both is said once.
  std::map<std::tuple<std::string, unsigned, std::string>, size_t> Said;
  for (Finding &F : Findings) {
    const auto [Place, New] =
        Places.try_emplace({F.At, F.Check}, Result.size());
    const auto [Words, First] = Said.try_emplace(
        {F.At.File, F.At.Begin, F.Check + F.Message}, Place->second);
    if (New && First) {
      Result.push_back(std::move(F));
      continue;
    }
    if (New)
      Place->second = Words->second;
    Finding &Same = Result[Place->second];
    // A helper's modify, reached from another caller that checks for it.
    if (Same.Extent.FunctionId != F.Extent.FunctionId) {
      Same.Companions.push_back(std::move(F));
      continue;
    }
    for (const SourceSpan &R : F.Extent.Reads)
      if (!llvm::is_contained(Same.Extent.Reads, R))
        Same.Extent.Reads.push_back(R);
  }
  // One place is reported once, as the graver.
  std::set<std::pair<std::string, unsigned>> Written;
  for (const Finding &F : Result)
    if (F.Check == "stale-check" || F.Check == "stale-value")
      Written.insert({F.At.File, F.At.Line});
  llvm::erase_if(Result, [&](const Finding &F) {
    return F.Check == "stale-reference" &&
           Written.count({F.At.File, F.At.Line});
  });
  std::set<SourceSpan> Stale;
  for (const Finding &F : Result)
    if (llvm::StringRef(F.Check).starts_with("stale-"))
      Stale.insert(F.At);
  llvm::erase_if(Result, [&](const Finding &F) {
    return llvm::StringRef(F.Check).starts_with("unguarded-") &&
           Stale.count(F.At);
  });
  // Nor is the rest of a region that a stale finding of the same state is
  // about: its repair covers both.
  const auto RegionOf = [](const Finding &F) {
    return std::make_tuple(F.Extent.FunctionId, F.State.Member, F.State.Key);
  };
  std::map<decltype(RegionOf(Result.front())), std::vector<Finding *>> Gravers;
  for (Finding &F : Result)
    if (F.Check == "stale-check" || F.Check == "stale-value")
      Gravers[RegionOf(F)].push_back(&F);
  const auto Covered = [&](const Finding &F) {
    return llvm::StringRef(F.Check).starts_with("unguarded-") &&
           Gravers.count(RegionOf(F));
  };
  for (const Finding &F : Result)
    if (Covered(F))
      for (Finding *Graver : Gravers[RegionOf(F)])
        llvm::append_range(Graver->Extent.Modifies, F.Extent.Modifies);
  llvm::erase_if(Result, Covered);
  Findings = std::move(Result);
}

/// Finds the modifies that a guard over the stale regions has to keep out.
class CompanionSearch : public FlowObserver {
public:
  CompanionSearch(const FunctionFlow &Flow, const Verdicts &Found,
                  std::vector<Finding> &Result)
      : Flow(Flow), Found(Found), Result(Result) {}

  void modify(const ModifySite &M, const FlowState &S) override {
    const FunctionFacts &F = Flow.function();
    const std::optional<StateInfo> G = Flow.program().guarded(M.Path);
    if (!G || F.Main || !F.Report || M.Operation->Kind == OpKind::Start ||
        (M.Path.Base == AccessPath::Root::This &&
         (F.OwnsThis || F.Constructor || F.Destructor)))
      return;
    const auto Regions = Found.Stale.find(G->Field);
    if (Regions == Found.Stale.end())
      return;
    const ModifyJudgement J(Flow, S, M, *G);
    if (std::optional<Finding> Beside = unguardedBeside(J, Regions->second))
      Result.push_back(std::move(*Beside));
  }

private:
  const FunctionFlow &Flow;
  const Verdicts &Found;
  std::vector<Finding> &Result;
};

std::vector<Finding> withAllCompanions(llvm::ArrayRef<Finding> Findings) {
  std::vector<Finding> All(Findings.begin(), Findings.end());
  for (const Finding &F : Findings)
    All.insert(All.end(), F.Companions.begin(), F.Companions.end());
  return All;
}

static bool spans(const Finding &F, const SourceSpan &At) {
  if (At.File != F.Extent.Function.File)
    return false;
  unsigned First = F.At.Begin, Last = F.At.End;
  for (const auto *Group : {&F.Extent.Reads, &F.Extent.Modifies})
    for (const SourceSpan &S : *Group) {
      First = std::min(First, S.Begin);
      Last = std::max(Last, S.End);
    }
  return First <= At.Begin && At.End <= Last;
}

using ByFunction = std::map<std::string, std::vector<const Finding *>>;

ByFunction byFunction(llvm::ArrayRef<Finding> Findings) {
  ByFunction Result;
  for (const Finding &F : Findings)
    Result[F.Extent.FunctionId].push_back(&F);
  return Result;
}

/// Finds out which findings stand in functions that others call within a
/// region of theirs: one guard around the call is enough, two would wait for
/// each other.
void linkToCallers(const Solved &Whole, const ByFunction &Reported,
                   std::vector<Finding> &Findings) {
  for (Finding &F : Findings) {
    linkToCallers(Whole, Reported, F.Companions);
    const FunctionFacts *Self = Whole.P.function(F.Extent.FunctionId);
    if (!Self || F.State.Member.empty() || Self->Lambda)
      continue;
    for (const CallerSite &S : Whole.P.callers(*Self)) {
      const auto Here = Reported.find(S.Caller->Id);
      const bool Covered = !S.Starts && !S.Later && !S.Concurrent &&
                           S.Caller != Self && Here != Reported.end() &&
                           llvm::any_of(Here->second, [&](const Finding *R) {
                             return R->State.Category == F.State.Category &&
                                    !R->Extent.Reads.empty() &&
                                    spans(*R, S.Site->At);
                           });
      if (!Covered)
        F.CalledUnheld = true;
      else if (!llvm::is_contained(F.HeldBy, S.Caller->Id))
        F.HeldBy.push_back(S.Caller->Id);
    }
    llvm::sort(F.HeldBy);
  }
}

/// On one thread a modify between two suspension points needs no guard of its
/// own, unless others hold theirs over a suspension: which is what repairs of
/// stale findings do.
void addCompanions(const Solved &Whole, Verdicts &Found) {
  std::vector<Finding> Companions;
  const bool OneThread =
      Whole.P.options().ExecutorModel == Executor::SingleThreaded;
  for (FunctionFlow *Flow : Whole.All) {
    CompanionSearch Search(*Flow, Found, Companions);
    if (OneThread && !Found.Stale.empty())
      Flow->walk(Search);
  }
  settle(Companions);
  const std::vector<Finding> All = withAllCompanions(Found.Findings);
  const ByFunction Reported = byFunction(All);
  linkToCallers(Whole, Reported, Found.Findings);
  linkToCallers(Whole, Reported, Companions);
  std::set<SourceSpan> Known;
  for (const Finding &F : Found.Findings)
    Known.insert(F.At);
  llvm::erase_if(Companions, [&](const Finding &C) {
    return (!C.HeldBy.empty() && !C.CalledUnheld) || Known.count(C.At);
  });
  std::map<std::string, std::vector<const Finding *>> ByMember;
  for (const Finding &C : Companions)
    ByMember[C.State.Member].push_back(&C);
  for (Finding &F : Found.Findings)
    if (llvm::StringRef(F.Check).starts_with("stale-") ||
        F.Check == "unspecified-read-order")
      for (const Finding *C : ByMember[F.State.Member])
        F.Companions.push_back(*C);
}

} // namespace

std::vector<Finding> analyse(llvm::ArrayRef<const TUFacts *> Units,
                             const Options &Opts) {
  Solved Whole(Units, Opts);
  Verdicts Found;
  Found.Findings = std::move(Whole.Incomplete);
  for (FunctionFlow *Flow : Whole.All) {
    Judge J(*Flow, Found);
    Flow->walk(J);
    J.finishFunction();
  }
  std::set<std::string> NeedsGuard;
  for (const Finding &F : Found.Findings)
    if (llvm::StringRef(F.Check).starts_with("stale-"))
      NeedsGuard.insert(F.State.Member);
  for (Finding &F : Found.UnderInnerLocks)
    if (NeedsGuard.count(F.State.Member))
      Found.Findings.push_back(std::move(F));
  settle(Found.Findings);
  addCompanions(Whole, Found);
  return std::move(Found.Findings);
}

} // namespace interlock
