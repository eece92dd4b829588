#pragma once

#include "matchers/facts/Facts.h"

#include <optional>
#include <vector>

namespace interlock {

/// Whether control gets from one block to another other than through a third.
/// Linear in the blocks.
bool leadsTo(const std::vector<Block> &Blocks, unsigned From, unsigned To,
             unsigned Without = NoIndex);

/// A forest in which it takes constant time to ask who is below whom.
class Forest {
public:
  /// By node its parent, NoIndex for a root.
  explicit Forest(std::vector<unsigned> Parents);
  unsigned parent(unsigned Node) const { return Parents[Node]; }
  /// Whether a node is another one or below it.
  bool below(unsigned Above, unsigned Node) const {
    return First[Above] <= First[Node] && Last[Node] <= Last[Above];
  }

private:
  std::vector<unsigned> Parents;
  std::vector<unsigned> First, Last; ///< interval of the node's descendants
};

/// Answers whether a branch decides, directly or not, if a block runs, and
/// which way alone leads there.
///
/// Nearly every block has one nearest branch, so the branches form a forest
/// in which the first question is one of ancestry. Only blocks with several
/// (loops, handlers) are searched. The second one is of the dominators, which
/// are found when somebody first asks. Cost: linear to build, constant to ask.
class ControlIndex {
public:
  ControlIndex(const FunctionFacts &F,
               const std::vector<std::vector<unsigned>> &Predecessors);
  bool controls(unsigned Branch, unsigned Block) const;
  /// Whether all ways to a block other than the exit come by another one.
  bool dominates(unsigned By, unsigned Block) const;
  /// The one successor of a branch by which alone control gets to a block
  /// other than the exit, if all ways there come by the branch; NoIndex
  /// otherwise.
  unsigned onlyBy(unsigned Branch, unsigned Block) const;

private:
  const Forest &dominance() const;

  const FunctionFacts &F;
  const std::vector<std::vector<unsigned>> &Predecessors; ///< by block
  std::vector<unsigned> Fork; ///< nearest ancestor with further branches
  Forest Branches;            ///< the nearest branch before each block
  mutable std::optional<Forest> Dominance;
};

} // namespace interlock
