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

} // namespace interlock
