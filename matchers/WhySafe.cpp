#include "matchers/Analysis.h"
#include "matchers/Solved.h"
#include "matchers/checks/Judgement.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace interlock {
namespace {

/// Explains the modifies on one line.
class Explainer : public FlowObserver {
public:
  Explainer(const FunctionFlow &Flow, llvm::StringRef File, unsigned Line,
            std::vector<Step> &Steps)
      : Flow(Flow), File(File), Line(Line), Steps(Steps) {}

  void suspend(const Op &O, const FlowState &, bool Suspends) override {
    if (!Suspends)
      Harmless.push_back(O.At);
  }

  void modify(const ModifySite &M, const FlowState &S) override {
    const Program &P = Flow.program();
    const std::optional<StateInfo> G = P.guarded(M.Path);
    if (!G)
      return;
    if (M.At.File != File || M.At.Line != Line) {
      // What is modified in the slice of its check is claimed.
      if (!ModifyJudgement(Flow, S, M, *G).deciding(/*Stale=*/false).empty())
        Claims.push_back({M.Path, M.At});
      return;
    }
    const std::string Name = G->Info->Name;
    const FunctionFacts &F = Flow.function();
    if (F.Constructor || F.Destructor || F.OwnsThis || F.Main)
      return say(M.At, fmt::format("'{}' belongs to this activity alone here: "
                                   "nobody else can reach it yet",
                                   Name));
    const ModifyJudgement J(Flow, S, M, *G);
    for (const HeldLock &H : S.Held)
      say(H.At.valid() ? H.At : M.At,
          fmt::format("{} is held here", spell(Flow.locks()[H.Lock], P)));
    if (J.validated())
      say(M.At, fmt::format("'{}' was compared with its old value after the "
                            "last suspension point",
                            Name));
    for (const Check &C : J.deciding(/*Stale=*/false))
      say(Flow.reads()[C.What.Read].At,
          fmt::format("'{}' is checked here, after the last suspension point",
                      Name));
    for (const Tag &T : M.Inputs)
      if (T.claimed() && J.concerns(T))
        say(Flow.reads()[T.Read].At,
            "the check was used up by a modify in its own slice");
    for (const auto &[Path, At] : Claims)
      if (At < M.At && overlaps(Path, M.Path))
        say(At, fmt::format("'{}' was claimed here, in the slice of its check",
                            Name));
    for (const SourceSpan &Await : Harmless)
      if (Await < M.At)
        say(Await, "this await never gives up control");
    if (J.others().empty())
      say(M.At, fmt::format("no other activity in view changes '{}' "
                            "meanwhile",
                            Name));
    if (J.written(true).empty() && J.deciding(true).empty())
      say(M.At, fmt::format("it depends on no read of '{}' from before a "
                            "suspension point",
                            Name));
  }

private:
  void say(const SourceSpan &At, std::string Message) {
    Step Result{StepKind::Explains, At, std::move(Message),
                Flow.function().Name};
    if (llvm::none_of(Steps, [&](const Step &Old) {
          return Old.At == Result.At && Old.Message == Result.Message;
        }))
      Steps.push_back(std::move(Result));
  }

  const FunctionFlow &Flow;
  llvm::StringRef File;
  unsigned Line;
  std::vector<Step> &Steps;
  std::vector<SourceSpan> Harmless; ///< awaits that go on at once
  std::vector<std::pair<AccessPath, SourceSpan>> Claims;
};

void explainReads(const FunctionFlow &Flow, llvm::StringRef File, unsigned Line,
                  std::vector<Step> &Steps) {
  for (const Block &B : Flow.function().Blocks)
    for (const Op &O : B.Ops) {
      if ((O.Kind != OpKind::Read && O.Kind != OpKind::Bind) ||
          O.At.File != File || O.At.Line != Line)
        continue;
      const std::optional<StateInfo> G = Flow.program().guarded(O.Path);
      if (G && G->Info && Steps.empty())
        Steps.push_back({StepKind::Explains, O.At,
                         fmt::format("'{}' is not changed in this line: what "
                                     "relies on it is judged where it is",
                                     G->Info->Name),
                         Flow.function().Name});
    }
}

} // namespace

std::vector<Step> whySafe(llvm::ArrayRef<const TUFacts *> Units,
                          const Options &Opts, llvm::StringRef File,
                          unsigned Line) {
  const Solved Whole(Units, Opts);
  std::vector<Step> Steps;
  for (FunctionFlow *Flow : Whole.All) {
    Explainer E(*Flow, File, Line, Steps);
    Flow->walk(E);
  }
  if (Steps.empty())
    for (FunctionFlow *Flow : Whole.All)
      explainReads(*Flow, File, Line, Steps);
  return Steps;
}

} // namespace interlock
