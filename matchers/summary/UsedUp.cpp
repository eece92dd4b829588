#include "matchers/summary/UsedUp.h"

#include <set>

namespace interlock {

void UsedUpReads::note(const FunctionFlow &Flow, const ModifySite &M,
                       const FlowState &S) {
  std::set<unsigned> Conditions;
  const auto Of = [&](const Check &C) {
    return C.Group == NoIndex
               ? C.Branch
               : unsigned(Flow.function().Blocks.size()) + C.Group;
  };
  const auto Decides = [&](const Check &C) {
    return (!C.What.Stale || C.What.Locks) && C.Branch != NoIndex &&
           Flow.controls(C.Branch, M.Block);
  };
  for (const Check &C : S.Checks)
    if (Decides(C) &&
        meets(Flow.reads()[C.What.Read], M.Path, M.Covered, M.Made))
      Conditions.insert(Of(C));
  for (const Check &C : S.Checks)
    if (Decides(C) && Conditions.count(Of(C)))
      Places.try_emplace(C.What.Read, M.At.Begin);
}

unsigned UsedUpReads::at(unsigned Read) const {
  const auto Known = Places.find(Read);
  return Known == Places.end() ? NoIndex : Known->second;
}

} // namespace interlock
