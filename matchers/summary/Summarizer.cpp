#include "matchers/summary/Summarizer.h"

#include "matchers/flow/Flows.h"
#include "matchers/summary/EntryLocks.h"
#include "matchers/summary/UsedUp.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <map>

namespace interlock {
namespace {

constexpr size_t MaxEffects = 64;
constexpr unsigned MaxRounds = 8;

template <class T> void addOrdered(std::vector<T> &To, const T &Item) {
  if (To.size() < MaxEffects && llvm::none_of(To, [&](const T &Each) {
        return Each.order() == Item.order();
      }))
    To.push_back(Item);
}

/// Turns what the flow of a function shows into its summary.
class SummaryBuilder : public FlowObserver {
public:
  SummaryBuilder(FunctionFlow &Flow) : Flow(Flow), FlagTests(flagTests()) {}

  void modify(const ModifySite &M, const FlowState &S) override {
    UsedUp.note(Flow, M, S);
    if (!Flow.nameable(M.Path) || M.Operation->Kind == OpKind::Start)
      return;
    Effect E;
    E.Path = M.Path;
    E.How = updates(M) ? Change::Relative : M.How;
    E.At = M.Callee ? M.Callee->At : M.At;
    E.Function = M.Callee ? M.Callee->Function : Flow.function().Name;
    E.Text = M.Callee ? M.Callee->Text : M.Operation->Text;
    E.Owner = M.Callee ? M.Callee->Owner : M.Operation->Owner;
    E.KeyText = M.Callee ? M.Callee->KeyText : M.Operation->KeyText;
    E.Written = M.Callee ? M.Callee->Written : M.Operation->Written;
    E.AfterSuspension = S.Suspended || (M.Callee && M.Callee->AfterSuspension);
    E.Private = isPrivateHelper(Flow.function(), Flow.program()) &&
                (!M.Callee || M.Callee->Private);
    E.Shape = M.Callee ? M.Callee->Shape : M.Operation->Shape;
    E.IfThere = M.Callee ? M.Callee->IfThere : M.Operation->Conditional;
    // `[this, s] { s->closed = true; }`: what was captured leads there.
    if (Flow.function().Lambda)
      E.Covered = M.Covered;
    E.Made = M.Made;
    E.SelfChecked = M.Callee && M.Callee->SelfChecked;
    E.Tested =
        (M.Callee && M.Callee->Tested) || Flow.testedFor(M.Block, M.Path);
    E.Inputs = inputs(M.Inputs) | lentIn(M.Inputs);
    E.Deciders = inputs(M.Deciders);
    noteFlags(M, E);
    for (const Check &C : S.Checks) {
      if (C.Branch != NoIndex && !Flow.controls(C.Branch, M.Block))
        continue;
      const ReadSite &R = Flow.reads()[C.What.Read];
      if (R.Input != NoIndex)
        E.Deciders |= inputBit(R.Input);
      else if ((!C.What.Stale || C.What.Locks) && meets(R, M.Path, 0, M.Made))
        E.SelfChecked = true;
    }
    E.Compared =
        inputs(M.Expected) | comparedWith(M, S, [&](const ReadSite &R) {
          return meets(R, M.Path, 0, M.Made);
        });
    // `if (round != round_) return;`
    E.SelfChecked |= comparedWith(M, S, [&](const ReadSite &R) {
                       return isVersionBeside(R.Path, M.Path);
                     }) != 0;
    // Of a guard that it was given, the caller knows only that it has one.
    for (const HeldLock &H : S.Held)
      if (const LockName &L = Flow.locks()[H.Lock];
          (!H.Entry || L.Category == "*") && excludes(H.Mode))
        E.Held.push_back(L);
    if (S.Suspended)
      E.Claims = Flow.claimNames(S);
    E.Late = M.Callee ? M.Callee->Late : lateUse(M, S);
    addOrdered(Result.Effects, E);
  }

  /// A branch by a flag that the function is given.
  struct FlagTest {
    unsigned Branch, Input;
  };
  std::vector<FlagTest> flagTests() const {
    std::vector<FlagTest> Result;
    const FunctionFacts &F = Flow.function();
    for (unsigned B = 0; B < F.Blocks.size(); ++B) {
      const Block &Branch = F.Blocks[B];
      if (Branch.SetOn == NoIndex || Branch.Condition.size() != 1)
        continue;
      for (const Op &O : Branch.Ops)
        if (O.Kind == OpKind::Load && O.Result == Branch.Condition.front() &&
            O.Var < std::min(F.InputCount, 63u) && O.Path.Steps.empty() &&
            !Flow.isAssigned(O.Var))
          Result.push_back({B, O.Var});
    }
    return Result;
  }

  /// `if (!all && !old) return;`: flags that it is given, and without which it
  /// does not come to a modify.
  void noteFlags(const ModifySite &M, Effect &E) const {
    for (const FlagTest &Each : FlagTests)
      if (const unsigned By = Flow.onlyBy(Each.Branch, M.Block); By != NoIndex)
        (By == Flow.function().Blocks[Each.Branch].SetOn ? E.IfSet
                                                         : E.IfUnset) |=
            inputBit(Each.Input);
  }

  /// Also one for each key: `versions_[id]`.
  bool isVersionBeside(const AccessPath &Counter,
                       const AccessPath &Path) const {
    const AccessPath Of = wholeOf(Counter);
    return !Of.Steps.empty() &&
           Flow.program().isVersion(Of.Steps.back().Name) &&
           siblingsAround(Of, Path).first;
  }

  /// `if (now.revision != seen.revision) return false;`: the inputs that what
  /// is there now is compared with before the modify.
  template <class F>
  InputSet comparedWith(const ModifySite &M, const FlowState &S,
                        F Compares) const {
    InputSet Result = 0;
    const std::vector<Block> &Blocks = Flow.function().Blocks;
    for (const Check &Now : S.Checks) {
      if (Now.Branch == NoIndex || Now.What.Stale ||
          !Blocks[Now.Branch].Equality || !Flow.controls(Now.Branch, M.Block) ||
          !Compares(Flow.reads()[Now.What.Read]))
        continue;
      for (const Check &Given : S.Checks) {
        const ReadSite &R = Flow.reads()[Given.What.Read];
        if (Given.Branch == Now.Branch && R.Input != NoIndex)
          Result |= inputBit(R.Input);
      }
      // What is lent: `const order &seen`.
      for (const Op &O : Blocks[Now.Branch].Ops)
        if (O.Kind == OpKind::Read &&
            O.Path.Base == AccessPath::Root::Parameter &&
            O.Path.Var < Flow.function().InputCount &&
            llvm::is_contained(Blocks[Now.Branch].Condition, O.Result))
          Result |= inputBit(O.Path.Var);
    }
    return Result;
  }

  void assign(const Op &O, const TagList &Tags) override {
    const FunctionFacts &F = Flow.function();
    if (!F.Lambda || O.Var >= F.InputCount || !F.Variables[O.Var].Reference)
      return;
    for (const Tag &T : Tags) {
      const ReadSite &R = Flow.reads()[T.Read];
      if (R.Input == NoIndex && Flow.nameable(R.Path))
        Assigned.push_back({O.Var, T});
    }
  }

  void suspend(const Op &O, const FlowState &S, bool Suspends) override {
    if (Suspends && !S.Suspended) {
      std::vector<LockName> Set = Flow.claimNames(S);
      if (SetFirst)
        llvm::erase_if(*SetFirst,
                       [&](const LockName &L) { return !among(Set, L); });
      else
        SetFirst = std::move(Set);
    }
    if (!Suspends || Result.Suspends)
      return;
    Result.Suspends = true;
    Result.SuspendsAt = O.At;
  }

  void acquire(const Op &O, unsigned Lock, const FlowState &S) override {
    if (O.Mode == LockMode::Slice || takesBack(O))
      return; // nobody waits for a strand, nor for a lock that he gave up
    addLock({Flow.locks()[Lock], O.At, Flow.function().Name, O.Mode, O.Blocking,
             /*OneOfSeveral=*/false, /*Decisions=*/0},
            S);
  }

  void call(const Op &O, const CallSite &C, const FlowState &S) override {
    // What runs by itself keeps its object, or has it kept by somebody.
    const bool Own = O.Kind != OpKind::Later && O.Kind != OpKind::Start &&
                     C.Receiver && C.Receiver->Base == AccessPath::Root::This;
    if (S.Suspended && C.Receiver && Flow.lent(*C.Receiver))
      useLent(O, C.Receiver->Var);
    if (S.Suspended && Own)
      useLent(O, NoIndex);
    for (const Summary *Sum : Flow.program().summaries(C))
      for (LentUse Use : Sum->LentUses)
        if (Use.Input == NoIndex && Own && C.Receiver->Steps.empty())
          addLent(Use);
        else if (Use.Input < C.Arguments.size())
          if (const auto &On = C.Arguments[Use.Input].Path;
              On && Flow.lent(*On) && On->Steps.empty()) {
            Use.Input = On->Var;
            addLent(Use);
          }
    if (O.Kind == OpKind::Later && !O.Implicit)
      changesLater(C);
    if (O.Kind == OpKind::Start || O.Kind == OpKind::Later)
      return;
    for (const std::string &Id : C.Callees)
      if (Id[0] == '#') {
        ParameterCall Call{
            unsigned(std::stoul(Id.substr(1))), S.Suspended, {}, {}};
        for (const HeldLock &H : S.Held)
          if (!H.Entry && excludes(H.Mode) &&
              !(H.Mode == LockMode::Slice && !C.On.empty()))
            Call.Held.push_back(Flow.locks()[H.Lock]);
        Call.Held.insert(Call.Held.end(), C.On.begin(), C.On.end());
        // Whoever waits until a flag is free, and sets it, has a lock.
        if (Flow.program().options().ExecutorModel != Executor::MultiThreaded)
          for (LockName Claim : Flow.claimNames(S)) {
            if (Claim.Key == InsideGate)
              continue;
            Claim.Claim = false;
            Claim.Key.clear();
            Call.Held.push_back(std::move(Claim));
          }
        for (const Argument &A : C.Arguments)
          Call.Arguments.push_back(A.Path);
        addOrdered(Result.ParameterCalls, Call);
      }
    for (LockUse &Use : Flow.program().locksTaken(C))
      addLock(std::move(Use), S);
  }

  /// Whether the function takes a lock again that its caller held, and that it
  /// gave up before.
  bool takesBack(const Op &Acquire) const {
    const Op *First = nullptr;
    for (const Block &B : Flow.function().Blocks)
      for (const Op &O : B.Ops)
        if ((O.Kind == OpKind::Acquire || O.Kind == OpKind::Release) &&
            O.Var == NoIndex && O.Lock == Acquire.Lock &&
            (!First || O.At.Begin < First->At.Begin))
          First = &O;
    return Acquire.Var == NoIndex && First && First->Kind == OpKind::Release;
  }

  /// `write(p).then([&p] { p.done = true; })`: a continuation uses what its
  /// function was lent.
  void changesLater(const CallSite &C) {
    for (const Summary *Sum : Flow.program().summaries(C))
      for (const Effect &E : Sum->Effects)
        if (const std::optional<AccessPath> On = translate(E.Path, C);
            On && E.Path.Base == AccessPath::Root::Parameter && Flow.lent(*On))
          addLent({On->Var, E.At, E.Function});
  }

  void useLent(const Op &O, unsigned Input) override {
    addLent({Input, O.At, Flow.function().Name});
  }

  /// Leaves of the claims of effects those that were set in the first slice.
  void dropLateClaims() {
    for (Effect &E : Result.Effects)
      llvm::erase_if(E.Claims, [&](const LockName &L) {
        return !SetFirst || !llvm::is_contained(*SetFirst, L);
      });
  }

  void leave(unsigned Block) override { Leaving.push_back(Block); }

  void finish(const Op *Return, unsigned Block, const FlowState &S) override {
    if (!Return) {
      for (const Check &C : S.Checks) {
        if (C.What.claimed())
          continue;
        const bool Throws =
            C.Branch == NoIndex || llvm::any_of(Leaving, [&](unsigned Block) {
              return Flow.controls(C.Branch, Block);
            });
        if (Throws)
          Established.push_back(C.What);
      }
      for (const HeldLock &H : S.Held)
        if (!H.Entry && H.Var == NoIndex)
          Result.HeldAtExit.push_back(Flow.locks()[H.Lock]);
      return;
    }
    if (const std::optional<unsigned> Lock = Flow.lockOf(*Return))
      if (!llvm::is_contained(Result.HandedOut, Flow.locks()[*Lock]))
        Result.HandedOut.push_back(Flow.locks()[*Lock]);
    for (const Register R : Return->Inputs) {
      const auto Tags = S.Registers.find(R);
      if (Tags == S.Registers.end())
        continue;
      for (const Tag &T : Tags->second)
        Returned.push_back({T, Return->Conditional});
    }
    // `if (balance_ < cost) return false; return true;`
    if (!Return->Text.empty())
      for (const Check &C : S.Checks)
        if (C.Branch == NoIndex || Flow.controls(C.Branch, Block))
          Returned.push_back({C.What, Return->Conditional});
  }

  /// What the whole walk has shown.
  Summary result() {
    for (const auto &[Input, From] : Assigned)
      addOrdered(Result.Assigned, Assignment{Input, observation(From)});
    for (const Tag &T : Established)
      observe(Result.Established, T);
    for (const auto &[T, Whether] : Returned)
      observe(Result.Returned, T, Whether);
    dropLateClaims();
    return std::move(Result);
  }

private:
  /// Of several ways to a lock the one that least has to come together for.
  void addLock(LockUse Use, const FlowState &S) {
    constexpr unsigned MaxDecisions = 2;
    if (Use.Decisions < MaxDecisions && dependsOnInputs(S))
      ++Use.Decisions;
    const auto Known = llvm::find_if(Result.Locks, [&](const LockUse &Each) {
      return Each.order() == Use.order();
    });
    if (Known == Result.Locks.end())
      addOrdered(Result.Locks, Use);
    else if (Known->speculative() && !Use.speculative())
      *Known = std::move(Use);
  }

  /// Whether what the function was given decides that control gets here.
  bool dependsOnInputs(const FlowState &S) const {
    return llvm::any_of(S.Checks, [&](const Check &C) {
      const ReadSite &R = Flow.reads()[C.What.Read];
      return (R.Input != NoIndex ||
              R.Path.Base == AccessPath::Root::Parameter) &&
             C.Branch != NoIndex && Flow.controls(C.Branch, Flow.block());
    });
  }

  void addLent(const LentUse &Use) {
    const FunctionFacts &F = Flow.function();
    const auto IsBare = [&] {
      const Variable &V = F.Variables[Use.Input];
      return V.Reference || (V.Indirect && !V.Holder);
    };
    const bool Bare = Use.Input == NoIndex
                          ? !F.OwnsThis && !F.KeepsThis && !F.Lambda
                          : IsBare();
    if (Bare && llvm::none_of(Result.LentUses, [&](const LentUse &Each) {
          return Each.Input == Use.Input;
        }))
      Result.LentUses.push_back(Use);
  }

  /// Whether the modify of something that was lent relies on an old read of
  /// it. Whose state it is, only the caller knows.
  LateUse lateUse(const ModifySite &M, const FlowState &S) const {
    LateUse Result;
    if (M.Path.Base != AccessPath::Root::Parameter ||
        Flow.program().guarded(M.Path) || M.How == Change::Validated ||
        M.How == Change::InsertIfAbsent)
      return Result;
    const auto Old = [&](const Tag &T) {
      return T.Stale && !T.Locks && !T.usedUp(M.At.Begin) &&
             meets(Flow.reads()[T.Read], M.Path, M.Covered);
    };
    const auto Found = [&](LateUse::Kind What, const Tag &T) {
      Result = {What, Flow.reads()[T.Read].At,
                Flow.suspensions()[T.Crossed].At};
    };
    for (const Check &C : S.Checks)
      if (Old(C.What) && C.Branch != NoIndex &&
          Flow.controls(C.Branch, M.Block) &&
          llvm::none_of(C.Repeated, [&](const Repetition &R) {
            return R.Branch == NoIndex || Flow.controls(R.Branch, M.Block);
          }))
        Found(LateUse::Kind::Check, C.What);
    if (M.How == Change::Assign)
      for (const Tag &T : M.Inputs)
        if (Old(T))
          Found(LateUse::Kind::Value, T);
    return Result;
  }

  /// `stock_ = seen - taken;`: the state itself goes into the new value. What
  /// the caller adds is an amount; whether `seen` is old, is judged here.
  bool updates(const ModifySite &M) const {
    return M.How == Change::Assign && llvm::any_of(M.Inputs, [&](const Tag &T) {
             return Flow.reads()[T.Read].Path == M.Path;
           });
  }

  InputSet inputs(const TagList &Tags) const {
    InputSet Result = 0;
    for (const Tag &T : Tags)
      if (Flow.reads()[T.Read].Input != NoIndex)
        Result |= inputBit(Flow.reads()[T.Read].Input);
    return Result;
  }

  /// Those that are lent, `const std::string &text`, and are read as a whole.
  InputSet lentIn(const TagList &Tags) const {
    InputSet Result = 0;
    for (const Tag &T : Tags)
      if (const AccessPath &Path = Flow.reads()[T.Read].Path;
          Flow.lent(Path) && Path.Steps.empty())
        Result |= inputBit(Path.Var);
    return Result;
  }

  void observe(std::vector<Observation> &To, const Tag &T,
               bool Whether = false) {
    const ReadSite &R = Flow.reads()[T.Read];
    if (R.Input != NoIndex) {
      if (&To == &Result.Returned)
        Result.ReturnedInputs |= inputBit(R.Input);
    } else if (Flow.nameable(R.Path)) {
      Observation Seen = observation(T);
      Seen.Whether = Whether;
      // One read that has grown old on the way to one of the results is not
      // repeated by that on the way to another.
      if (&To == &Result.Returned) {
        const auto Same = [&](const Observation &Each) {
          return Each.Path == Seen.Path && Each.At == Seen.At &&
                 Each.Shape == Seen.Shape && Each.Extent == Seen.Extent;
        };
        Seen.Stale |= llvm::any_of(To, [&](const Observation &Each) {
          return Same(Each) && Each.Stale;
        });
        llvm::erase_if(To, Same);
      }
      addOrdered(To, Seen);
    }
  }

  Observation observation(const Tag &T) const {
    const ReadSite &R = Flow.reads()[T.Read];
    const unsigned Used = T.Stale ? NoIndex : UsedUp.at(T.Read);
    return {R.Path,
            T.Stale && !T.Kept,
            R.At,
            R.Text,
            R.Shape,
            R.Extent,
            Used == NoIndex ? T.ClaimedAt : Used,
            /*Whether=*/false};
  }

  FunctionFlow &Flow;
  const std::vector<FlagTest> FlagTests;
  Summary Result;
  std::vector<unsigned> Leaving;
  /// Claims that are set wherever control is first given up.
  std::optional<std::vector<LockName>> SetFirst;
  UsedUpReads UsedUp;
  // To be described once it is known which reads are used up.
  std::vector<std::pair<Tag, bool>> Returned; ///< and whether as an answer
  std::vector<Tag> Established;
  std::vector<std::pair<unsigned, Tag>> Assigned; ///< by input
};

/// Manual releases of locks that the function did not take itself.
std::vector<LockName> releasedHere(const FunctionFacts &F) {
  std::vector<LockName> Result;
  bool Takes = false;
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops) {
      Takes |= O.Kind == OpKind::Acquire && O.Var == NoIndex;
      if (O.Kind == OpKind::Release && O.Var == NoIndex &&
          !llvm::is_contained(Result, O.Lock))
        Result.push_back(O.Lock);
    }
  if (Takes)
    Result.clear();
  return Result;
}

Summary summaryOf(Flows &Known, const FunctionFacts &F) {
  FunctionFlow *Flow = Known.of(F);
  if (!Flow) {
    Summary Unknown;
    Unknown.Suspends = F.Coroutine;
    return Unknown;
  }
  SummaryBuilder Builder(*Flow);
  Flow->walk(Builder);
  Summary Result = Builder.result();
  for (unsigned I = 0; I < F.InputCount; ++I)
    if (F.Variables[I].Reference)
      Result.LentInputs |= inputBit(I);
  Result.ReleasedAtExit = releasedHere(F);
  return Result;
}

} // namespace

/// Summarizes functions that call each other, until nothing changes any more.
static void summarizeCycle(Program &P, Flows &Known,
                           const std::vector<const FunctionFacts *> &Members) {
  // They start from "does nothing" and grow.
  for (const FunctionFacts *F : Members)
    P.setSummary(F->Id, Summary());
  bool Changed = true;
  for (unsigned Round = 0; Changed && Round < MaxRounds; ++Round) {
    Changed = false;
    for (const FunctionFacts *F : Members) {
      Known.forget(*F);
      Summary S = summaryOf(Known, *F);
      const Summary *Old = P.summary(F->Id);
      if (Old && sameSummary(*Old, S))
        continue;
      Changed = true;
      P.setSummary(F->Id, std::move(S));
    }
  }
  if (Changed)
    for (const FunctionFacts *F : Members)
      Known.forget(*F);
}

void summarize(Program &P, Flows &Known) {
  for (const std::vector<const FunctionFacts *> &Component : P.bottomUp()) {
    const FunctionFacts *F = Component.front();
    const bool CallsItself = llvm::any_of(
        P.callers(*F), [&](const CallerSite &S) { return S.Caller == F; });
    if (Component.size() > 1 || CallsItself)
      summarizeCycle(P, Known, Component);
    else
      P.setSummary(F->Id, summaryOf(Known, *F));
  }
  passLocksDown(P, Known);
}

} // namespace interlock
