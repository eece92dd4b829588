#include "matchers/summary/Program.h"

// Chains of handlers, each of which lets the next one run.
namespace interlock {

/// How many handlers one run of a function lets run later at most, itself or
/// through its callees; two stands for more.
unsigned Program::fanOut(const FunctionFacts &F, unsigned Depth) const {
  constexpr unsigned MaxDepth = 8, Many = 2;
  const auto [Entry, New] = FanOutCache.try_emplace(&F, 0);
  if (!New || Depth > MaxDepth)
    return Entry->second;
  const auto Of = [&](const Op &O) -> unsigned {
    if (O.Kind == OpKind::Later && !O.Implicit && !O.Chained)
      return O.InLoop ? Many : 1;
    unsigned Most = 0;
    if (O.Kind == OpKind::Call)
      for (const CallSite &C : O.Calls)
        for (const FunctionFacts *Callee : callees(C))
          Most = std::max(Most, fanOut(*Callee, Depth + 1));
    return O.InLoop && Most > 0 ? Many : Most;
  };
  // The most on one way: blocks in an order in which all but the back edges of
  // loops, where nothing is let run, lead forwards.
  std::vector<unsigned> Most(F.Blocks.size(), 0);
  std::vector<char> Seen(F.Blocks.size(), 0);
  std::vector<std::pair<unsigned, size_t>> Ways;
  if (!F.Blocks.empty())
    Ways.push_back({0, 0});
  while (!Ways.empty()) {
    auto &[B, Next] = Ways.back();
    Seen[B] = 1;
    if (Next < F.Blocks[B].Successors.size()) {
      const unsigned S = F.Blocks[B].Successors[Next++];
      if (!Seen[S])
        Ways.push_back({S, 0});
      continue;
    }
    unsigned Behind = 0, Here = 0;
    for (const unsigned S : F.Blocks[B].Successors)
      Behind = std::max(Behind, Most[S]);
    for (const Op &O : F.Blocks[B].Ops)
      Here += Of(O);
    Most[B] = std::min(Many, Here + Behind);
    Ways.pop_back();
  }
  return FanOutCache[&F] = F.Blocks.empty() ? 0 : Most[0];
}

/// The function with which a chain of handlers begins, each of which lets no
/// more than the next one run: `connect`, and what goes on once it has. None if
/// there are several, or the chain may begin again beside itself.
const FunctionFacts *Program::headOfChain(const FunctionFacts &F) const {
  const auto [Entry, New] = ChainCache.try_emplace(&F, nullptr);
  if (!New)
    return Entry->second;
  std::set<const FunctionFacts *> Seen;
  std::vector<const FunctionFacts *> Work{&F};
  std::map<const FunctionFacts *, unsigned> Heads; ///< how often each begins
  while (!Work.empty()) {
    const FunctionFacts *Each = Work.back();
    Work.pop_back();
    if (!Seen.insert(Each).second)
      continue;
    if (callers(*Each).empty() || Each->Coroutine || Each->Callable)
      return nullptr; // out of view begins what it likes
    for (const CallerSite &S : callers(*Each)) {
      if (!S.Caller->Coroutine && !S.Caller->Main && !S.Caller->Constructor &&
          fanOut(*S.Caller) < 2 && !S.Starts && !S.Concurrent && !S.InLoop) {
        Work.push_back(S.Caller);
      } else if (++Heads[Each] > 1 || S.Later || !entersOnce(S)) {
        return nullptr;
      }
    }
  }
  return ChainCache[&F] = Heads.size() == 1 ? Heads.begin()->first : nullptr;
}

} // namespace interlock
