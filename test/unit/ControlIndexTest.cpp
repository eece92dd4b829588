#include "matchers/flow/ControlIndex.h"

#include <gtest/gtest.h>

#include <random>

using namespace interlock;

namespace {

/// Graphs of a few blocks, the last one the exit, with loops, double edges and
/// blocks that nothing leads to.
FunctionFacts anyGraph(std::mt19937 &Random) {
  const auto Below = [&](unsigned Count) { return unsigned(Random() % Count); };
  FunctionFacts F;
  F.Blocks.resize(2 + Below(7));
  F.Exit = F.Blocks.size() - 1;
  for (unsigned B = 0; B < F.Exit; ++B)
    for (unsigned Ways = Below(4); Ways > 0; --Ways)
      F.Blocks[B].Successors.push_back(Below(F.Blocks.size()));
  return F;
}

/// By the definition: all ways come by the branch, and one successor alone
/// leads on from there.
unsigned searched(const std::vector<Block> &Blocks, unsigned Branch,
                  unsigned To) {
  if (To == Branch || leadsTo(Blocks, 0, To, /*Without=*/Branch))
    return NoIndex;
  std::set<unsigned> Ways;
  for (const unsigned S : Blocks[Branch].Successors)
    if (leadsTo(Blocks, S, To, /*Without=*/Branch))
      Ways.insert(S);
  return Ways.size() == 1 ? *Ways.begin() : NoIndex;
}

} // namespace

TEST(ControlIndex, FindsWhatSearchingTheGraphFinds) {
  std::mt19937 Random(1);
  unsigned Dominated = 0, Alone = 0;
  for (unsigned Round = 0; Round < 2000; ++Round) {
    const FunctionFacts F = anyGraph(Random);
    const auto Predecessors = predecessorsOf(F.Blocks);
    const ControlIndex Index(F, Predecessors);
    for (unsigned A = 0; A < F.Exit; ++A)
      for (unsigned B = 0; B < F.Exit; ++B) {
        if (!leadsTo(F.Blocks, 0, A) || !leadsTo(F.Blocks, 0, B))
          continue;
        EXPECT_EQ(Index.dominates(A, B),
                  !leadsTo(F.Blocks, 0, B, /*Without=*/A));
        EXPECT_EQ(Index.onlyBy(A, B), searched(F.Blocks, A, B));
        Dominated += Index.dominates(A, B);
        Alone += Index.onlyBy(A, B) != NoIndex;
      }
  }
  EXPECT_GT(Dominated, 1000u);
  EXPECT_GT(Alone, 1000u);
}
