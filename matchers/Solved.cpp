#include "matchers/Solved.h"

#include "matchers/summary/LockOrderGraph.h"
#include "matchers/summary/Summarizer.h"

#include <fmt/format.h>

namespace interlock {
namespace {

/// Records what a function writes, for everybody else.
class WriterCollector : public FlowObserver {
public:
  WriterCollector(const FunctionFlow &Flow, Program &P) : Flow(Flow), P(P) {}

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
    if (M.Callee) {
      // Recorded where it stands, unless only the caller's member makes it
      // guarded: `trades_.add(t)` changes `trades_`.
      const std::optional<StateInfo> Own = P.guarded(M.Callee->Path);
      if (Own && Own->Field == G->Field)
        return;
      // What the callee locks inside is over when it returns.
      Held.clear();
      Shared.clear();
      for (const HeldLock &H : S.Held)
        if (H.At.valid())
          Held.push_back(Flow.locks()[H.Lock]);
    }
    P.addWriter(G->Field,
                {&Flow.function(), M.Path, M.How, M.At, std::move(Held),
                 std::move(Shared), Flow.claimNames(S), M.Operation->InLoop,
                 M.Callee ? M.Callee->Shape : M.Operation->Shape,
                 Flow.own(M.Path, S),
                 M.Callee ? std::string() : M.Operation->Written});
  }

private:
  void noteAccess(const AccessPath &Path, const FlowState &S) {
    const FunctionFacts &F = Flow.function();
    const bool Makes = F.Main || F.Constructor || F.Destructor;
    if (const std::optional<StateInfo> G = P.guarded(Path); G && !Makes)
      P.addAccess(G->Field, {&F, Flow.heldNames(S, /*OnlyExclusive=*/false)});
  }

  void noteDecision(const ModifySite &M, const Check &C) {
    const AccessPath &Tested = Flow.reads()[C.What.Read].Path;
    if (areSiblings(Tested, M.Path) &&
        (C.Branch == NoIndex || Flow.decides(C.Branch, M.Block)))
      P.addDecision(Flow.function(), Tested.Steps.back().Name,
                    M.Path.Steps.back().Name, M.How == Change::Constant);
  }

  const FunctionFlow &Flow;
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
