#include "tool/driver/Repair.h"

namespace interlock {

RepairStatus repairFindings(Report &R, llvm::ArrayRef<Unit> Units,
                            llvm::ArrayRef<UnitOutcome> Outcomes,
                            const Config &Settings, const Invocation &Run) {
  RepairStatus Status;
  if (Run.Fix != FixMode::None || Run.Diff) {
    Status.Withheld = true;
    Status.Problems.push_back("this build has no rewriters");
  }
  return Status;
}

} // namespace interlock
