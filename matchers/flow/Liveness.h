#pragma once

#include "matchers/facts/Facts.h"

#include <vector>

namespace interlock {

/// Where things still matter. What nobody asks for again need not be carried
/// on, which keeps the state of the flow analysis small.
class LiveRanges {
public:
  LiveRanges(unsigned Things, unsigned Blocks)
      : Always(Things), At(Blocks), Seen(Blocks, NoIndex) {}

  /// Marks everything between the blocks that use a thing and those that
  /// define it, as far as it does not stand before the block `First`. Long
  /// ranges count as endless.
  void add(unsigned Thing, const std::vector<unsigned> &Uses,
           const std::vector<unsigned> &Definitions,
           const std::vector<std::vector<unsigned>> &Predecessors,
           unsigned First = 0);
  void addEverywhere(unsigned Thing) { Always[Thing] = true; }
  /// Tells whether a thing is used at or after the start of a block; asked of
  /// one thing after the other in ascending order.
  class Ascending {
  public:
    bool operator()(unsigned Thing) {
      while (Next != End && *Next < Thing)
        ++Next;
      return (Next != End && *Next == Thing) || Always[Thing];
    }

  private:
    friend LiveRanges;
    Ascending(const std::vector<bool> &Always, const std::vector<unsigned> &At)
        : Always(Always), Next(At.data()), End(At.data() + At.size()) {}
    const std::vector<bool> &Always;
    const unsigned *Next, *End;
  };
  Ascending at(unsigned Block) const { return {Always, At[Block]}; }
  /// The same for one thing.
  bool live(unsigned Block, unsigned Thing) const;

private:
  std::vector<bool> Always;
  std::vector<std::vector<unsigned>> At; ///< by block, ascending
  std::vector<unsigned> Seen;
};

/// The live ranges of a function's variables, registers and tests: a test
/// matters up to the last block that it decides.
class Liveness {
public:
  Liveness(const FunctionFacts &F,
           const std::vector<std::vector<unsigned>> &Predecessors);
  LiveRanges Variables, Registers, Tests;
};

} // namespace interlock
