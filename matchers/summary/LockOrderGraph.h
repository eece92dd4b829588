#pragma once

#include "matchers/facts/Facts.h"

#include <map>
#include <string>
#include <vector>

namespace interlock {

class FunctionFlow;

/// One function takes a lock while it holds another one.
struct LockOrderEdge {
  LockName Held, Taken;
  std::string Function;
  SourceSpan HeldAt, TakenAt;
  std::string Inside;  ///< the callee that takes it, empty for the function
  SourceSpan InsideAt; ///< where the callee takes it

  auto order() const {
    return std::tie(TakenAt, HeldAt, InsideAt, Function, Inside);
  }
};

/// In which orders a program takes its locks, over all functions and units.
/// Locks are told apart by the member, static or category that they are, not
/// by the object.
class LockOrderGraph {
public:
  void add(LockOrderEdge Edge);
  /// A shortest chain of acquisitions that starts with `From` held and ends
  /// with `To` taken; empty if there is none, or if the two are one.
  std::vector<const LockOrderEdge *> path(const LockName &From,
                                          const LockName &To) const;

private:
  using Node = std::string;
  static Node nodeOf(const LockName &L);
  /// Of several places with one order, the first in the source.
  std::map<Node, std::map<Node, LockOrderEdge>> Edges;
};

/// Adds what a solved function takes while it holds other locks.
void collectLockOrder(FunctionFlow &Flow, LockOrderGraph &Order);

} // namespace interlock
