#pragma once

#include "matchers/facts/Facts.h"

#include <vector>

namespace interlock {

/// Whether control gets from one block to another other than through a third.
/// Linear in the blocks.
bool leadsTo(const std::vector<Block> &Blocks, unsigned From, unsigned To,
             unsigned Without = NoIndex);

/// The one successor of a branch by which alone control gets to a block, if all
/// ways there come by the branch; NoIndex otherwise.
unsigned onlyBy(const std::vector<Block> &Blocks, unsigned Branch, unsigned To);

/// Answers whether a branch decides, directly or not, if a block runs.
///
/// Nearly every block has one nearest branch, so the branches form a forest
/// in which the question is one of ancestry. Only blocks with several (loops,
/// handlers) are searched. Cost: linear to build, constant to ask.
class ControlIndex {
public:
  explicit ControlIndex(const std::vector<Block> &Blocks);
  bool controls(unsigned Branch, unsigned Block) const;

private:
  bool below(unsigned Branch, unsigned Node) const {
    return First[Branch] <= First[Node] && Last[Node] <= Last[Branch];
  }

  const std::vector<Block> &Blocks;
  std::vector<unsigned> Parent;      ///< the nearest branch before the block
  std::vector<unsigned> Fork;        ///< nearest ancestor with further branches
  std::vector<unsigned> First, Last; ///< interval of the block's descendants
};

} // namespace interlock
