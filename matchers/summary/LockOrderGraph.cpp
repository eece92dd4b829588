#include "matchers/summary/LockOrderGraph.h"

#include "matchers/flow/FunctionFlow.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <deque>

namespace interlock {

LockOrderGraph::Node LockOrderGraph::nodeOf(const LockName &L) {
  if (!L.Category.empty())
    return L.Category == "*" ? "" : "category " + L.Category;
  for (const PathStep &S : llvm::reverse(L.Path.Steps))
    if (S.What == PathStep::Kind::Field)
      return S.Name;
  return L.Path.Base == AccessPath::Root::Global ? L.Path.Name : "";
}

void LockOrderGraph::add(LockOrderEdge Edge) {
  const Node From = nodeOf(Edge.Held), To = nodeOf(Edge.Taken);
  if (From.empty() || To.empty() || From == To)
    return;
  const auto [Place, New] = Edges[From].try_emplace(To, Edge);
  if (!New && Edge.order() < Place->second.order())
    Place->second = std::move(Edge);
}

std::vector<const LockOrderEdge *>
LockOrderGraph::path(const LockName &From, const LockName &To) const {
  const Node Start = nodeOf(From), End = nodeOf(To);
  std::map<Node, const LockOrderEdge *> Reached;
  std::deque<Node> Work{Start};
  while (!Start.empty() && Start != End && !Work.empty()) {
    const auto Out = Edges.find(Work.front());
    Work.pop_front();
    if (Out == Edges.end())
      continue;
    for (const auto &[Next, Edge] : Out->second)
      if (Next != Start && Reached.try_emplace(Next, &Edge).second)
        Work.push_back(Next);
  }
  std::vector<const LockOrderEdge *> Result;
  for (auto R = Reached.find(End); R != Reached.end();) {
    Result.push_back(R->second);
    R = Reached.find(nodeOf(R->second->Held));
  }
  std::reverse(Result.begin(), Result.end());
  return Result;
}

namespace {

/// Records which locks a function takes while it holds others.
class LockOrderCollector : public FlowObserver {
public:
  LockOrderCollector(const FunctionFlow &Flow, LockOrderGraph &Order)
      : Flow(Flow), Order(Order) {}

  void acquire(const Op &O, unsigned Lock, const FlowState &S) override {
    if (O.Mode != LockMode::Counted)
      add(S, O.At, Flow.locks()[Lock], nullptr);
  }

  void call(const Op &O, const CallSite &C, const FlowState &S) override {
    if (O.Kind == OpKind::Start || O.Kind == OpKind::Later || S.Held.empty())
      return;
    for (const LockUse &U : Flow.program().locksTaken(C))
      if (U.Mode != LockMode::Counted && !U.speculative())
        add(S, O.At, U.Lock, &U);
  }

private:
  void add(const FlowState &S, const SourceSpan &At, const LockName &Taken,
           const LockUse *Inside) {
    for (const HeldLock &H : S.Held)
      if (!H.Entry && !(H.At == At) && H.Mode != LockMode::Counted &&
          H.Mode != LockMode::Slice)
        Order.add({Flow.locks()[H.Lock], Taken, Flow.function().Name, H.At, At,
                   Inside ? Inside->Function : "",
                   Inside ? Inside->At : SourceSpan()});
  }

  const FunctionFlow &Flow;
  LockOrderGraph &Order;
};

} // namespace

void collectLockOrder(FunctionFlow &Flow, LockOrderGraph &Order) {
  if (Flow.locks().empty())
    return;
  LockOrderCollector Collector(Flow, Order);
  Flow.walk(Collector);
}

} // namespace interlock
