#include "matchers/flow/ControlIndex.h"

#include "matchers/facts/ControlDependence.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"

#include <utility>

namespace interlock {

bool leadsTo(const std::vector<Block> &Blocks, unsigned From, unsigned To,
             unsigned Without) {
  std::vector<bool> Seen(Blocks.size());
  std::vector<unsigned> Work{From};
  while (!Work.empty()) {
    const unsigned B = Work.back();
    Work.pop_back();
    if (B == Without || Seen[B])
      continue;
    if (B == To)
      return true;
    Seen[B] = true;
    Work.insert(Work.end(), Blocks[B].Successors.begin(),
                Blocks[B].Successors.end());
  }
  return false;
}

Forest::Forest(std::vector<unsigned> Of)
    : Parents(std::move(Of)), First(Parents.size()), Last(Parents.size()) {
  std::vector<std::vector<unsigned>> Children(Parents.size());
  for (unsigned Node = 0; Node < Parents.size(); ++Node)
    if (Parents[Node] != NoIndex)
      Children[Parents[Node]].push_back(Node);
  unsigned Clock = 0;
  std::vector<std::pair<unsigned, size_t>> Stack;
  for (unsigned Root = 0; Root < Parents.size(); ++Root) {
    if (Parents[Root] != NoIndex)
      continue;
    First[Root] = Clock++;
    Stack.push_back({Root, 0});
    while (!Stack.empty()) {
      auto &[Node, Next] = Stack.back();
      if (Next == Children[Node].size()) {
        Last[Node] = Clock++;
        Stack.pop_back();
        continue;
      }
      const unsigned Child = Children[Node][Next++];
      First[Child] = Clock++;
      Stack.push_back({Child, 0});
    }
  }
}

/// The nearest branch before each block.
static std::vector<unsigned> nearestBranches(const std::vector<Block> &Blocks) {
  std::vector<unsigned> Result(Blocks.size(), NoIndex);
  for (unsigned B = 0; B < Blocks.size(); ++B)
    for (const unsigned C : Blocks[B].ControlledBy)
      if (C < B && (Result[B] == NoIndex || C > Result[B]))
        Result[B] = C;
  return Result;
}

ControlIndex::ControlIndex(
    const FunctionFacts &F,
    const std::vector<std::vector<unsigned>> &Predecessors)
    : F(F), Predecessors(Predecessors), Fork(F.Blocks.size(), NoIndex),
      Branches(nearestBranches(F.Blocks)) {
  for (unsigned B = 0; B < F.Blocks.size(); ++B) {
    const unsigned Parent = Branches.parent(B);
    const size_t InForest = Parent == NoIndex ? 0 : 1;
    if (F.Blocks[B].ControlledBy.size() > InForest)
      Fork[B] = B;
    else if (Parent != NoIndex)
      Fork[B] = Fork[Parent];
  }
}

bool ControlIndex::controls(unsigned Branch, unsigned Block) const {
  const auto Before = [&](unsigned Node) -> const std::vector<unsigned> & {
    return F.Blocks[Node].ControlledBy;
  };
  llvm::SmallVector<unsigned, 8> Work(Before(Block).begin(),
                                      Before(Block).end());
  llvm::SmallDenseSet<unsigned, 16> Seen;
  while (!Work.empty()) {
    const unsigned Node = Work.pop_back_val();
    if (Branches.below(Branch, Node))
      return true;
    for (unsigned At = Fork[Node], Parent;
         At != NoIndex && Seen.insert(At).second;
         At = Parent == NoIndex ? NoIndex : Fork[Parent]) {
      Parent = Branches.parent(At);
      for (const unsigned C : Before(At))
        if (C != Parent)
          Work.push_back(C);
    }
  }
  return false;
}

const Forest &ControlIndex::dominance() const {
  if (!Dominance) {
    // Without the ways to the exit, where as many meet as there are blocks.
    std::vector<std::vector<unsigned>> Edges(F.Blocks.size());
    for (unsigned B = 0; B < F.Blocks.size(); ++B)
      for (const unsigned To : F.Blocks[B].Successors)
        if (To != F.Exit)
          Edges[B].push_back(To);
    Dominance.emplace(dominators(Edges));
  }
  return *Dominance;
}

bool ControlIndex::dominates(unsigned By, unsigned Block) const {
  return dominance().below(By, Block);
}

unsigned ControlIndex::onlyBy(unsigned Branch, unsigned Block) const {
  const Forest &Tree = dominance();
  const std::vector<unsigned> &Ways = F.Blocks[Branch].Successors;
  const auto Way = llvm::find_if(Ways, [&](unsigned S) {
    return Tree.parent(S) == Branch && Tree.below(S, Block);
  });
  if (Way == Ways.end())
    return NoIndex;
  // The others may lead there as well, where it is reached other than from the
  // branch and from below itself.
  const auto Early = [&](unsigned From) {
    return From != Branch && !Tree.below(*Way, From) && Tree.below(0, From);
  };
  return llvm::none_of(Predecessors[*Way], Early) ? *Way : NoIndex;
}

} // namespace interlock
