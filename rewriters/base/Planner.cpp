#include "rewriters/base/Planner.h"

#include "llvm/ADT/STLExtras.h"

namespace interlock {

void FunctionFixes::refuse(unsigned Index, const Why &Reason,
                           std::string ByHand) {
  Result.Refusals.push_back(
      {Reason.Id, Reason.Reason, std::move(ByHand), Index});
  close(Index);
}

void FunctionFixes::close(unsigned Index) { llvm::erase(Open, Index); }

std::vector<unsigned> repairedWith(const FunctionFixes &Fixes, unsigned Index,
                                   unsigned Begin, unsigned End) {
  std::vector<unsigned> All{Index};
  for (const unsigned Other : Fixes.Open) {
    const Finding &O = Fixes.Findings[Other];
    if (Other != Index &&
        O.State.Member == Fixes.Findings[Index].State.Member &&
        Begin <= O.At.Begin && O.At.End <= End)
      All.push_back(Other);
  }
  llvm::sort(All);
  return All;
}

} // namespace interlock
