#include "matchers/facts/ControlDependence.h"

#include <algorithm>

namespace interlock {
namespace {

using Graph = std::vector<std::vector<unsigned>>;
constexpr unsigned None = ~0u;

Graph reverse(const Graph &Edges) {
  Graph Result(Edges.size());
  for (unsigned From = 0; From < Edges.size(); ++From)
    for (const unsigned To : Edges[From])
      Result[To].push_back(From);
  return Result;
}

void markReaching(const Graph &Predecessors, unsigned Start,
                  std::vector<bool> &Seen) {
  std::vector<unsigned> Work{Start};
  Seen[Start] = true;
  while (!Work.empty()) {
    const unsigned Node = Work.back();
    Work.pop_back();
    for (const unsigned P : Predecessors[Node])
      if (!Seen[P]) {
        Seen[P] = true;
        Work.push_back(P);
      }
  }
}

/// Gives every node a way to the exit.
void openEndlessLoops(Graph &Edges, unsigned Exit) {
  const Graph Predecessors = reverse(Edges);
  std::vector<bool> Leaves(Edges.size());
  markReaching(Predecessors, Exit, Leaves);
  for (unsigned Node = Edges.size(); Node-- > 0;)
    if (!Leaves[Node]) {
      Edges[Node].push_back(Exit);
      markReaching(Predecessors, Node, Leaves);
    }
}

std::vector<unsigned> postOrder(const Graph &Edges, unsigned Start) {
  std::vector<unsigned> Result;
  std::vector<bool> Seen(Edges.size());
  std::vector<std::pair<unsigned, unsigned>> Stack{{Start, 0}};
  Seen[Start] = true;
  while (!Stack.empty()) {
    auto &[Node, Next] = Stack.back();
    if (Next == Edges[Node].size()) {
      Result.push_back(Node);
      Stack.pop_back();
      continue;
    }
    const unsigned To = Edges[Node][Next++];
    if (!Seen[To]) {
      Seen[To] = true;
      Stack.push_back({To, 0});
    }
  }
  return Result;
}

/// The nearest dominator of each node on the ways from `Start`, which is its
/// own; None where no way leads.
std::vector<unsigned> nearestDominators(const Graph &Edges,
                                        const Graph &Predecessors,
                                        unsigned Start) {
  const std::vector<unsigned> Order = postOrder(Edges, Start);
  std::vector<unsigned> Rank(Edges.size(), None), Parent(Edges.size(), None);
  for (unsigned I = 0; I < Order.size(); ++I)
    Rank[Order[I]] = I;
  Parent[Start] = Start;
  const auto Meet = [&](unsigned A, unsigned B) {
    while (A != B) {
      while (Rank[A] < Rank[B])
        A = Parent[A];
      while (Rank[B] < Rank[A])
        B = Parent[B];
    }
    return A;
  };
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (unsigned I = Order.size(); I-- > 0;) {
      const unsigned Node = Order[I];
      if (Node == Start)
        continue;
      unsigned Best = None;
      for (const unsigned From : Predecessors[Node])
        if (Rank[From] != None && Parent[From] != None)
          Best = Best == None ? From : Meet(Best, From);
      if (Best != None && Parent[Node] != Best) {
        Parent[Node] = Best;
        Changed = true;
      }
    }
  }
  return Parent;
}

} // namespace

Graph controlDependence(const Graph &Successors, unsigned Exit) {
  Graph Edges = Successors;
  openEndlessLoops(Edges, Exit);
  const std::vector<unsigned> Parent =
      nearestDominators(reverse(Edges), Edges, Exit);
  Graph Result(Edges.size());
  for (unsigned Branch = 0; Branch < Edges.size(); ++Branch) {
    if (Edges[Branch].size() < 2 || Parent[Branch] == None)
      continue;
    for (unsigned Node : Edges[Branch])
      while (Node != None && Node != Parent[Branch]) {
        if (std::find(Result[Node].begin(), Result[Node].end(), Branch) ==
            Result[Node].end())
          Result[Node].push_back(Branch);
        if (Parent[Node] == Node)
          break;
        Node = Parent[Node];
      }
  }
  return Result;
}

std::vector<unsigned> dominators(const Graph &Successors) {
  if (Successors.empty())
    return {};
  std::vector<unsigned> Result =
      nearestDominators(Successors, reverse(Successors), 0);
  Result.front() = None;
  return Result;
}

} // namespace interlock
