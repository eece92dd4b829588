#include "matchers/summary/Program.h"

#include "llvm/ADT/STLExtras.h"

// What `main` does itself while something waits that it has started: `pay(5);
// debit(7); loop.run();`. And what has come to its end before it starts others.
namespace interlock {

/// Whether nothing stands between a start and a later place in `main` that may
/// let go on what was started.
static bool stillWaits(const SourceSpan &Start, const SourceSpan &At,
                       const FunctionFacts &Main) {
  return Start.End <= At.Begin &&
         llvm::none_of(Main.Drives, [&](const Drive &D) {
           return D.At.End >= Start.End && D.At.Begin < At.Begin;
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

/// Where `main` has run something to its end that it alone has started; NoIndex
/// if there is no such place.
static unsigned endIn(const std::vector<CallerSite> &Starts) {
  unsigned LastStart = 0;
  for (const CallerSite &S : Starts) {
    if (!S.Caller->Main || S.InLoop || S.Caller != Starts.front().Caller)
      return NoIndex;
    LastStart = std::max(LastStart, S.Site->At.End);
  }
  unsigned Result = NoIndex;
  if (!Starts.empty())
    for (const Drive &D : Starts.front().Caller->Drives)
      if (D.ToEnd && D.At.Begin >= LastStart)
        Result = std::min(Result, D.At.End);
  return Result;
}

bool Program::stopsLoops() const {
  if (!StopsLoops)
    StopsLoops = llvm::any_of(
        Ordered, [](const FunctionFacts *F) { return F->StopsLoop; });
  return *StopsLoops;
}

bool Program::endedFirst(const FunctionFacts &First,
                         const FunctionFacts &Other) const {
  const auto [Entry, New] = EndedFirst.try_emplace({&First, &Other}, false);
  const unsigned End = New ? endIn(callers(First)) : NoIndex;
  if (End == NoIndex || stopsLoops())
    return Entry->second;
  const FunctionFacts *Main = callers(First).front().Caller;
  std::set<const FunctionFacts *> Seen;
  std::vector<const FunctionFacts *> Work{&Other};
  while (!Work.empty()) {
    const FunctionFacts *Each = Work.back();
    Work.pop_back();
    if (!Seen.insert(Each).second)
      continue;
    if (callers(*Each).empty() || Each == &First)
      return false;
    for (const CallerSite &S : callers(*Each))
      if (S.Caller != Main)
        Work.push_back(S.Caller);
      else if (S.Site->At.Begin < End)
        return false;
  }
  return Entry->second = true;
}

} // namespace interlock
