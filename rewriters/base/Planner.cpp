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

} // namespace interlock
