#include "rewriters/Rewriters.h"

#include "llvm/ADT/STLExtras.h"

namespace interlock {

FixResult mergeFixes(std::vector<FixResult> PerTU,
                     llvm::ArrayRef<Finding> Findings) {
  FixResult Merged;
  std::vector<std::vector<FixPlan>> Plans(Findings.size());
  std::vector<std::vector<Refusal>> Refusals(Findings.size());
  for (FixResult &One : PerTU) {
    for (const FixPlan &Plan : One.Plans)
      for (const unsigned I : Plan.Repairs)
        if (!llvm::any_of(Plans[I], [&](const FixPlan &Other) {
              return Other.Edits == Plan.Edits && Other.Repairs == Plan.Repairs;
            }))
          Plans[I].push_back(Plan);
    for (Refusal &R : One.Refusals)
      Refusals[R.Finding].push_back(std::move(R));
    Merged.Digests.insert(One.Digests.begin(), One.Digests.end());
  }
  // A finding is in dispute if two TUs plan differently or one refuses; what
  // shares a plan with it goes with it.
  std::vector<bool> Disputed(Findings.size());
  for (unsigned I = 0; I < Findings.size(); ++I)
    Disputed[I] = Plans[I].size() + (Refusals[I].empty() ? 0 : 1) > 1;
  for (bool Spreads = true; Spreads;) {
    Spreads = false;
    for (const auto &Group : Plans)
      for (const FixPlan &Plan : Group)
        if (llvm::any_of(Plan.Repairs, [&](unsigned I) { return Disputed[I]; }))
          for (const unsigned I : Plan.Repairs)
            if (!Disputed[I]) {
              Disputed[I] = true;
              Spreads = true;
            }
  }
  for (unsigned I = 0; I < Findings.size(); ++I) {
    if (!Refusals[I].empty() && !Disputed[I]) {
      Merged.Refusals.push_back(*llvm::min_element(
          Refusals[I], [](const Refusal &A, const Refusal &B) {
            return std::tie(A.Id, A.Reason) < std::tie(B.Id, B.Reason);
          }));
    } else if (Disputed[I]) {
      if (!Refusals[I].empty() && Plans[I].empty())
        Merged.Refusals.push_back(Refusals[I].front());
      else
        Merged.Refusals.push_back(
            {"config-disagree",
             "the translation units that see this code need different edits",
             {},
             I});
    } else if (Plans[I].size() == 1) {
      if (Plans[I].front().Repairs.front() == I)
        Merged.Plans.push_back(Plans[I].front());
    } else {
      Merged.Refusals.push_back(
          {"not-in-view",
           "the code stands in a system header or in a file that no analysed "
           "translation unit defines it in",
           {},
           I});
    }
  }
  return Merged;
}

} // namespace interlock
