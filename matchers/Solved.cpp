#include "matchers/Solved.h"

#include "matchers/flow/Amounts.h"
#include "matchers/flow/ControlIndex.h"
#include "matchers/summary/LockOrderGraph.h"
#include "matchers/summary/Summarizer.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace interlock {
namespace {

/// Records what a function writes, for everybody else.
class WriterCollector : public FlowObserver {
public:
  WriterCollector(const FunctionFlow &Flow, Program &P)
      : Flow(Flow), Numbers(Flow), P(P) {}

  void read(const Op &O, const FlowState &S) override { noteAccess(O.Path, S); }

  void modify(const ModifySite &M, const FlowState &S) override {
    if (!M.Callee)
      noteAccess(M.Path, S);
    if (Flow.function().Constructor && M.Path.Base == AccessPath::Root::This)
      return;
    const std::optional<StateInfo> G = P.guarded(M.Path);
    if (!G || M.Operation->Kind == OpKind::Start)
      return;
    for (const Check &C : S.Checks)
      noteDecision(M, C);
    std::vector<LockName> Held = Flow.heldNames(S),
                          Shared = Flow.heldNames(S, /*OnlyExclusive=*/false);
    // Recorded where it stands, unless only the caller's member makes it
    // guarded: `trades_.add(t)` changes `trades_`; or a helper that not
    // everybody calls under a lock says nothing of who does.
    const std::optional<StateInfo> Own =
        M.Callee ? P.guarded(M.Callee->Path) : std::nullopt;
    if (Own && Own->Field == G->Field) {
      if (!locksForHelper(M, S))
        return;
    } else if (M.Callee) {
      // What the callee locks inside is over when it returns.
      Held.clear();
      Shared.clear();
      for (const HeldLock &H : S.Held)
        if (H.At.valid())
          Held.push_back(Flow.locks()[H.Lock]);
    }
    P.addWriter(G->Field,
                {&Flow.function(), M.Path, M.How, M.At, std::move(Held),
                 std::move(Shared), claims(M, S), M.Operation->InLoop,
                 M.Callee ? M.Callee->Shape : M.Operation->Shape,
                 Flow.own(M.Path, S),
                 !M.Callee && Flow.excludes(*M.Operation, M.Block, S),
                 M.Callee ? std::string() : M.Operation->Written,
                 M.Callee ? Way::Open : Numbers.wayOf(*M.Operation, M.Block),
                 !M.Callee && Numbers.takesBack(*M.Operation, M.Block)});
  }

private:
  /// The flags that this activity has set, and those that it has found as they
  /// are while nobody has: `if (sending_) return;`.
  std::vector<LockName> claims(const ModifySite &M, const FlowState &S) const {
    std::vector<LockName> Result = Flow.claimNames(S);
    if (P.options().ExecutorModel == Executor::MultiThreaded)
      return Result; // nothing holds between the look and the change
    const std::vector<Block> &Blocks = Flow.function().Blocks;
    for (const Check &C : S.Checks) {
      const unsigned Set =
          C.Branch == NoIndex ? NoIndex : Blocks[C.Branch].SetOn;
      if (C.What.Stale || Set == NoIndex || !Flow.decides(C.Branch, M.Block))
        continue;
      const auto ComesHere = [&](unsigned From) {
        return leadsTo(Blocks, From, M.Block, /*Without=*/C.Branch);
      };
      const bool WhenSet = ComesHere(Set);
      if (llvm::all_of(Blocks[C.Branch].Successors, [&](unsigned Next) {
            return Next == Set || ComesHere(Next) != WhenSet;
          })) {
        LockName Free;
        Free.Path = Flow.reads()[C.What.Read].Path;
        Free.Key = WhenSet ? "false" : "true";
        Free.Claim = true;
        Result.push_back(std::move(Free));
      }
    }
    return Result;
  }

  /// Whether a helper that is judged at its calls is called under a lock here,
  /// and without that elsewhere.
  bool locksForHelper(const ModifySite &M, const FlowState &S) const {
    if (!M.Callee->Private || isPrivateHelper(Flow.function(), P))
      return false;
    constexpr unsigned MaxHelpers = 4;
    const FunctionFacts *Helper =
        P.calleeWith(*M.Operation, M.Callee->At, MaxHelpers);
    const std::vector<LockName> Always =
        Helper ? P.EntryLocks(*Helper) : std::vector<LockName>();
    return Helper && llvm::any_of(S.Held, [&](const HeldLock &H) {
             return H.At.valid() && excludes(H.Mode) &&
                    !among(Always, Flow.locks()[H.Lock]);
           });
  }

  void noteAccess(const AccessPath &Path, const FlowState &S) {
    const FunctionFacts &F = Flow.function();
    const bool Makes = F.Main || F.Constructor || F.Destructor;
    if (const std::optional<StateInfo> G = P.guarded(Path); G && !Makes)
      P.addAccess(G->Field, {&F, Flow.heldNames(S, /*OnlyExclusive=*/false)});
  }

  void noteDecision(const ModifySite &M, const Check &C) {
    const AccessPath &Tested = Flow.reads()[C.What.Read].Path;
    const bool Siblings = areSiblings(Tested, M.Path);
    const bool Grows = C.What.Locks != 0 &&
                       (adds(M.How) || makes(M.Made, M.Path.Steps.size()));
    if ((!Siblings && !Grows) ||
        (C.Branch != NoIndex && !Flow.decides(C.Branch, M.Block)))
      return;
    if (Grows)
      if (const AccessPath A = wholeOf(Tested), B = wholeOf(M.Path);
          areSiblings(A, B))
        P.addSection(Flow.function(), A.Steps.back().Name, B.Steps.back().Name);
    // `while (!closed_)` says how long to go on, not why this is changed.
    const FieldInfo *Flag = P.lastMember(Tested);
    // Nor does it say why somebody else does who is called there.
    if (Siblings && !(C.Loop && Flag && Flag->Boolean) &&
        (!M.Callee || M.Callee->Private))
      P.addDecision(Flow.function(), Tested.Steps.back().Name,
                    M.Path.Steps.back().Name, M.How == Change::Constant);
  }

  const FunctionFlow &Flow;
  const Amounts Numbers;
  Program &P;
};

} // namespace

static Finding incomplete(const FunctionFacts &F, const std::string &Why) {
  Finding Result;
  Result.Check = "analysis-incomplete";
  Result.Severity = Level::Note;
  Result.At = F.At;
  Result.Function = F.Name;
  Result.Message =
      fmt::format("'{}' was not analysed to the end: {}; split it, or raise "
                  "'function-budget'",
                  F.Name, Why);
  return Result;
}

Solved::Solved(llvm::ArrayRef<const TUFacts *> Units, const Options &Opts)
    : P(Units, Opts), Known(P) {
  summarize(P, Known);
  for (const FunctionFacts *F : P.functions()) {
    FunctionFlow *Flow = Known.of(*F);
    if (!Flow) {
      Incomplete.push_back(incomplete(
          *F, F->GaveUp.empty() ? "it has too many paths" : F->GaveUp));
      continue;
    }
    WriterCollector Collector(*Flow, P);
    Flow->walk(Collector);
    collectLockOrder(*Flow, P.lockOrder());
    All.push_back(Flow);
  }
  P.sortWriters();
}

} // namespace interlock
