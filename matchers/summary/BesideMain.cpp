#include "matchers/summary/Program.h"

#include "llvm/ADT/STLExtras.h"

// What `main` does itself while something waits that it has started: `pay(5);
// debit(7); loop.run();`.
namespace interlock {

/// Whether an operation starts an activity with a function, or calls who does.
static bool starts(const Op &O, const FunctionFacts &Root, const Program &P,
                   unsigned Depth = 0) {
  constexpr unsigned MaxDepth = 4;
  const bool Starts = O.Kind == OpKind::Start || O.Kind == OpKind::Later;
  const auto Leads = [&](const CallSite &C) {
    return llvm::any_of(P.callees(C), [&](const FunctionFacts *Callee) {
      if (Starts)
        return Callee == &Root;
      return Depth < MaxDepth &&
             llvm::any_of(
                 Callee->Blocks,
                 [&](const Block &B) {
                   return llvm::any_of(B.Ops, [&](const Op &Inner) {
                     return starts(Inner, Root, P, Depth + 1);
                   });
                 });
    });
  };
  return (Starts || O.Kind == OpKind::Call) && llvm::any_of(O.Calls, Leads);
}

/// Whether nothing stands between a start and a later place in `main` that may
/// let go on what was started.
static bool stillWaits(const SourceSpan &Start, const SourceSpan &At,
                       const FunctionFacts &Main) {
  return Start.End <= At.Begin &&
         llvm::none_of(Main.Drives, [&](const SourceSpan &Drive) {
           return Drive.End >= Start.End && Drive.Begin < At.Begin;
         });
}

bool Program::calledBeside(const FunctionFacts &Root, const FunctionFacts &W,
                           const FunctionFacts &Main) const {
  std::vector<SourceSpan> Begun;
  for (const Block &B : Main.Blocks)
    for (const Op &O : B.Ops)
      if (starts(O, Root, *this))
        Begun.push_back(O.At);
  for (const CallSite &C : Main.Makes)
    if (llvm::is_contained(callees(C), &Root))
      Begun.push_back(C.At);
  std::set<const FunctionFacts *> Seen;
  std::vector<const FunctionFacts *> Work;
  if (!Begun.empty())
    Work.push_back(&W);
  while (!Work.empty()) {
    const FunctionFacts *Each = Work.back();
    Work.pop_back();
    if (!Seen.insert(Each).second)
      continue;
    for (const CallerSite &S : callers(*Each)) {
      if (S.Starts || S.Later || S.Concurrent)
        continue;
      if (S.Caller != &Main)
        Work.push_back(S.Caller);
      else if (llvm::any_of(Begun, [&](const SourceSpan &Start) {
                 return stillWaits(Start, S.Site->At, Main);
               }))
        return true;
    }
  }
  return false;
}

} // namespace interlock
