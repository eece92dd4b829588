#include "matchers/checks/Judgement.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace interlock {

/// `if (!engine_) engine_ = make(); return *engine_;`: a function that does
/// nothing else, of a class that has locks because many ask.
static bool madeOnDemand(const ModifyJudgement &J) {
  const FunctionFacts &F = J.Flow.function();
  const FieldInfo &Made = *J.Guarded.Info;
  if (J.Site.How != Change::Assign || J.Site.Callee || !F.Callable ||
      !(Made.Holder || llvm::StringRef(Made.Type).ends_with("*")) ||
      J.Program_.lockedClass(J.Site.Path).empty())
    return false;
  bool Gives = false;
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops) {
      Gives |= O.Kind == OpKind::Return && J.Site.At.End < O.At.Begin;
      if ((O.Kind == OpKind::Modify || O.Kind == OpKind::Call ||
           O.Kind == OpKind::Later || O.Kind == OpKind::Start) &&
          !J.Site.At.contains(O.At))
        return false;
    }
  return Gives;
}

/// Whether anything says that several threads meet here. State of the trading
/// kind is shared by what it is; any other state only where an activity of its
/// own, a lock or an atomic shows it. Handlers may all run on one thread.
static bool meantToBeShared(const ModifyJudgement &J, const StateInfo &G) {
  if (G.Named || G.Info->Atomic || J.Flow.function().Coroutine)
    return true;
  return llvm::any_of(J.Program_.writers(G.Field), [&](const Writer &W) {
    const auto Meant = [&](const LockName &L) {
      return !J.incidental(L, G) && !J.ofDerived(L, G) &&
             (besideAny(L, W.Path, J.Program_) || J.believed(L, W.Path, G));
    };
    return W.Function->Coroutine || llvm::any_of(W.HeldShared, Meant) ||
           llvm::any_of(
               J.Program_.callers(*W.Function), [&](const CallerSite &S) {
                 return S.Starts || (S.Later && J.Program_.severalThreads());
               });
  });
}

/// What was copied in one critical section, and is wiped in another; or from an
/// atomic that is reset in a second step.
static TagList wiped(const ModifyJudgement &J) {
  TagList Result;
  const bool Reset =
      (J.Site.How == Change::Clear || J.Site.How == Change::Constant) &&
      !J.Guarded.Info->Boolean;
  const auto Same = [&](const Tag &T) {
    return !T.Stale && !T.claimed() && !T.Implicit &&
           J.Flow.reads()[T.Read].Path == J.Site.Path;
  };
  if (Reset && J.Guarded.Info->Atomic)
    for (const auto &[Variable, Tags] : J.State.Variables)
      for (const Tag &T : Tags)
        if (Same(T))
          addTag(Result, T);
  // An atomic, or a number of an ended section, counts on until it is reset.
  if (Reset && !J.Site.Callee &&
      llvm::StringRef(J.Site.Operation->Written).starts_with("0"))
    for (const Tag &T : J.State.Drained)
      if (Same(T) && (J.Guarded.Info->Atomic || J.inEndedSection(T)))
        addTag(Result, T);
  if (J.Site.How != Change::Clear ||
      !J.covered(J.State.exclusive(), J.Site.Path, J.Guarded))
    return Result;
  for (const Tag &T : J.State.Drained) {
    const ReadSite &R = J.Flow.reads()[T.Read];
    if (!T.Stale && J.Flow.isContent(R) && overlaps(R.Path, J.Site.Path))
      addTag(Result, T);
  }
  return Result;
}

/// `erase(oldest)`: a key that was picked by what the elements held in a
/// critical section that has ended, and by nothing since.
static TagList picked(const ModifyJudgement &J) {
  TagList Result;
  if (J.Site.How != Change::Erase || J.Site.Callee ||
      !J.Site.Operation->Conditional)
    return Result;
  const auto Content = [&](const Tag &T) {
    const ReadSite &R = J.Flow.reads()[T.Read];
    const FieldInfo *Info = J.Program_.lastMember(R.Path);
    return !R.Shape && R.Path.Steps.size() > J.Site.Path.Steps.size() &&
           overlaps(R.Path, J.Site.Path) && Info && !Info->Boolean;
  };
  if (llvm::any_of(J.State.Checks, [&](const Check &C) {
        return !C.What.Implicit && Content(C.What) &&
               !J.inEndedSection(C.What) &&
               (C.Branch == NoIndex || J.Flow.controls(C.Branch, J.Site.Block));
      }))
    return Result;
  for (const Tag &T : J.Site.Inputs)
    if (T.Implicit && !T.Stale && Content(T) && J.inEndedSection(T))
      addTag(Result, T);
  return Result;
}

/// `const int i = first_free(); take(i);`: a place that was found free in a
/// critical section that has ended, and by nothing since.
static TagList occupied(const ModifyJudgement &J) {
  TagList Result;
  if ((J.Site.How != Change::Assign && J.Site.How != Change::Constant &&
       J.Site.How != Change::Insert) ||
      J.Site.Keys.empty())
    return Result;
  const auto Ended = [&](const Tag &T) {
    return J.inEndedSection(T) || J.Flow.reads()[T.Read].Locked;
  };
  const auto Same = [&](const Tag &T) {
    return overlaps(J.Flow.reads()[T.Read].Path, J.Site.Path);
  };
  if (llvm::any_of(J.State.Checks, [&](const Check &C) {
        return !C.What.Stale && Same(C.What) && !Ended(C.What) &&
               (C.Branch == NoIndex || J.Flow.controls(C.Branch, J.Site.Block));
      }))
    return Result;
  // What is set in an element that was found by something else in it, is set
  // blindly: nobody has said that it was free.
  const std::vector<PathStep> &To = J.Site.Path.Steps;
  const auto Free = [&](const Tag &T) {
    const std::vector<PathStep> &By = J.Flow.reads()[T.Read].Path.Steps;
    return isElement(To.back()) ||
           (By.size() == To.size() && By.back() == To.back());
  };
  for (const Tag &T : J.Site.Keys)
    if (!T.Stale && !T.claimed() && Same(T) && Ended(T) && Free(T))
      addTag(Result, T);
  return Result;
}

/// `if (seen != generation_) continue;`: under the lock of now, with what was
/// read under that of then.
static bool comparedAgain(const ModifyJudgement &J) {
  return llvm::any_of(J.State.Checks, [&](const Check &C) {
    return C.Validates != NoIndex && C.What.Locks != 0 &&
           (J.Flow.reads()[C.Validates].Under != 0 ||
            J.Flow.reads()[C.Validates].Locked) &&
           C.What.Read != C.Validates &&
           (C.Branch == NoIndex || J.Flow.controls(C.Branch, J.Site.Block));
  });
}

/// `if (!ready_) { lock(); if (!index_) index_ = make(); ready_ = true; }`:
/// what the flag tells of was looked at itself.
static bool toldOfTested(const ModifyJudgement &J, const Check &C) {
  const AccessPath &Flag = J.Site.Path;
  return J.Guarded.Info->Boolean && C.Branch != NoIndex &&
         !Flag.Steps.empty() &&
         llvm::any_of(
             J.Program_.changedIn(J.Guarded.Info->Record),
             [&](const std::string &Other) {
               AccessPath Told = Flag;
               Told.Steps.back().Name = Other;
               return Other != J.Guarded.Field &&
                      J.Program_.changeTogether(J.Guarded.Field, Other) &&
                      J.Flow.testedBeside(C.Branch, J.Site.Block, Told);
             });
}

/// `seats_.write([&](auto &all) { all.insert(who); });`: whether whoever runs a
/// callable takes the lock for that.
static bool runUnderLock(const ModifyJudgement &J) {
  return llvm::any_of(J.State.Held, [&](const HeldLock &H) {
    return H.Var == NoIndex && H.At == J.Site.Operation->At;
  });
}

std::optional<Finding> unguardedCheckThenModify(const ModifyJudgement &J) {
  if (J.Program_.options().ExecutorModel == Executor::SingleThreaded ||
      J.Site.How == Change::Validated || comparedAgain(J))
    return std::nullopt;
  // `if (left() >= n) charge(n);`: each locks for itself, not both together.
  const Effect *Inside = J.Site.Callee;
  const bool Here = J.judgedHere();
  const bool Locks = Inside && (!Inside->Held.empty() || runUnderLock(J));
  const bool Sections =
      !Here && Locks && !Inside->SelfChecked && !Inside->Private;
  if (J.Guarded.Info->ThreadLocal || (!Here && !Sections))
    return std::nullopt;
  // `if (!verifier_) create();`, which looks again under the lock.
  if (Locks && Inside->SelfChecked)
    return std::nullopt;
  TagList Tags;
  // What goes where nothing is settles that for itself, and nothing else.
  const bool IfAbsent = J.settlesItself();
  for (const Check &C : J.deciding(/*Stale=*/false))
    if (!toldOfTested(J, C) && !J.staysTrue(C) &&
        !(IfAbsent && J.concerns(C.What)))
      addTag(Tags, C.What);
  if (J.Site.How != Change::Relative && !Sections && !IfAbsent)
    for (const Tag &T : J.written(/*Stale=*/false))
      if (!T.Implicit && !T.usedUp(J.Site.At.Begin))
        addTag(Tags, T); // what was taken out is the taker's own
  // `put(key, get(key) + 1);`
  if (J.Site.How == Change::Assign && Sections)
    for (const Tag &T : J.written(/*Stale=*/false))
      if (const ReadSite &R = J.Flow.reads()[T.Read];
          (R.Locked || J.inEndedSection(T)) && !R.Shape && !T.Implicit &&
          !T.claimed() && R.Path == J.Site.Path)
        addTag(Tags, T);
  for (const Tag &T : wiped(J))
    addTag(Tags, T);
  for (const TagList &Places : {picked(J), occupied(J)})
    for (const Tag &T : Places)
      addTag(Tags, T);
  llvm::erase_if(Tags, [&](const Tag &T) {
    return J.covered(T.Locks, J.Site.Path, J.Guarded);
  });
  // So do flags and entries that are set since.
  llvm::erase_if(Tags, [&](const Tag &T) {
    return llvm::any_of(J.names(T.Locks), [&](const LockName &L) {
      return L.Claim &&
             J.honoured(L, J.Site.Path, J.Guarded,
                        [&](const Writer &W) { return J.matters(W); });
    });
  });
  // The locks of an object do not show that who has it is shared.
  llvm::erase_if(Tags, [&](const Tag &T) {
    const std::optional<StateInfo> Owner =
        J.onlyLeads(T) ? J.Program_.guarded(J.Flow.reads()[T.Read].Path)
                       : std::nullopt;
    return Owner && !meantToBeShared(J, *Owner);
  });
  if (Tags.empty() || J.others().empty() ||
      !(meantToBeShared(J, J.Guarded) || madeOnDemand(J)) ||
      J.publishes(J.Flow.heldNames(J.State), J.Guarded) || J.withoutThreads())
    return std::nullopt;
  // `got = std::min(tokens_, most); tokens_ -= got;`: as much as there is now.
  if (J.Site.How == Change::Relative &&
      llvm::any_of(J.written(/*Stale=*/false), [&](const Tag &T) {
        return J.covered(T.Locks, J.Site.Path, J.Guarded);
      }))
    return std::nullopt;
  Finding F = J.finding("unguarded-check-then-modify", J.Site, J.Guarded);
  F.Message = fmt::format("'{}' is checked and modified without a guard: "
                          "another thread can change it in between",
                          J.Guarded.Info->Name);
  J.tell(F, J.Site, J.Guarded, Tags, StepKind::Checked, J.others());
  J.addObstacles(F, J.Guarded);
  return F;
}

} // namespace interlock
