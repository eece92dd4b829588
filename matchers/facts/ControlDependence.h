#pragma once

#include <vector>

namespace interlock {

/// For each node of a flow graph the branches that decide whether it runs:
/// nodes with one way that leads past it and one that must reach it. Node 0 is
/// the entry. Endless loops count as able to leave.
///
/// Post-dominators after Cooper, Harvey and Kennedy, "A Simple, Fast Dominance
/// Algorithm"; control dependence after Ferrante, Ottenstein and Warren, "The
/// Program Dependence Graph and Its Use in Optimization". Cost: near linear.
std::vector<std::vector<unsigned>>
controlDependence(const std::vector<std::vector<unsigned>> &Successors,
                  unsigned Exit);

/// The nearest dominator of each node of a flow graph: the last one that every
/// way from node 0 to it passes. ~0u for node 0 and where no way leads.
/// Cooper, Harvey and Kennedy, as above. Cost: near linear.
std::vector<unsigned>
dominators(const std::vector<std::vector<unsigned>> &Successors);

} // namespace interlock
