#pragma once

#include "matchers/flow/FunctionFlow.h"

#include <memory>

namespace interlock {

/// The flows of a program's functions, each solved when it is first asked for
/// and kept: summaries, entry locks and judgement look at the same one.
class Flows {
public:
  explicit Flows(const Program &P) : P(P) {}

  /// Null where the function has no facts or the budget runs out.
  FunctionFlow *of(const FunctionFacts &F);
  /// To be called when anything that the flow depends on has changed: the
  /// summary of a callee, or the locks that its callers hold.
  void forget(const FunctionFacts &F) { Known.erase(&F); }

private:
  const Program &P;
  std::map<const FunctionFacts *, std::unique_ptr<FunctionFlow>> Known;
};

inline FunctionFlow *Flows::of(const FunctionFacts &F) {
  const auto [Entry, New] = Known.try_emplace(&F);
  if (New && F.GaveUp.empty()) {
    auto Flow = std::make_unique<FunctionFlow>(P, F);
    if (Flow->solve())
      Entry->second = std::move(Flow);
  }
  return Entry->second.get();
}

} // namespace interlock
