#include "matchers/summary/Program.h"

#include "llvm/ADT/STLExtras.h"

// What `main` does itself while something waits that it has started: `pay(5);
// debit(7); loop.run();`.
namespace interlock {

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
  const auto [Entry, New] = BesideMain.try_emplace({&Root, &W, &Main}, false);
  if (!New)
    return Entry->second;
  std::vector<SourceSpan> Begun;
  for (const Block &B : Main.Blocks)
    for (const Op &O : B.Ops)
      if (starts(O, &Root))
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
        return Entry->second = true;
    }
  }
  return false;
}

} // namespace interlock
