#include "matchers/flow/ControlIndex.h"

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

unsigned onlyBy(const std::vector<Block> &Blocks, unsigned Branch,
                unsigned To) {
  if (To == Branch || leadsTo(Blocks, 0, To, /*Without=*/Branch))
    return NoIndex;
  unsigned Result = NoIndex;
  for (const unsigned S : Blocks[Branch].Successors)
    if (leadsTo(Blocks, S, To, /*Without=*/Branch) &&
        std::exchange(Result, S) != NoIndex)
      return NoIndex;
  return Result;
}

ControlIndex::ControlIndex(const std::vector<Block> &Blocks)
    : Blocks(Blocks), Parent(Blocks.size(), NoIndex),
      Fork(Blocks.size(), NoIndex), First(Blocks.size()), Last(Blocks.size()) {
  const unsigned Count = Blocks.size();
  std::vector<std::vector<unsigned>> Children(Count);
  for (unsigned B = 0; B < Count; ++B) {
    for (const unsigned C : Blocks[B].ControlledBy)
      if (C < B && (Parent[B] == NoIndex || C > Parent[B]))
        Parent[B] = C;
    const size_t InForest = Parent[B] == NoIndex ? 0 : 1;
    if (Blocks[B].ControlledBy.size() > InForest)
      Fork[B] = B;
    else if (Parent[B] != NoIndex)
      Fork[B] = Fork[Parent[B]];
    if (Parent[B] != NoIndex)
      Children[Parent[B]].push_back(B);
  }
  unsigned Clock = 0;
  std::vector<std::pair<unsigned, size_t>> Stack;
  for (unsigned Root = 0; Root < Count; ++Root) {
    if (Parent[Root] != NoIndex)
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

bool ControlIndex::controls(unsigned Branch, unsigned Block) const {
  llvm::SmallVector<unsigned, 8> Work(Blocks[Block].ControlledBy.begin(),
                                      Blocks[Block].ControlledBy.end());
  llvm::SmallDenseSet<unsigned, 16> Seen;
  while (!Work.empty()) {
    const unsigned Node = Work.pop_back_val();
    if (below(Branch, Node))
      return true;
    for (unsigned F = Fork[Node]; F != NoIndex && Seen.insert(F).second;
         F = Parent[F] == NoIndex ? NoIndex : Fork[Parent[F]])
      for (const unsigned C : Blocks[F].ControlledBy)
        if (C != Parent[F])
          Work.push_back(C);
  }
  return false;
}

} // namespace interlock
