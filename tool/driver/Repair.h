#pragma once

#include "tool/config/Config.h"
#include "tool/driver/Cli.h"
#include "tool/driver/Program.h"
#include "tool/output/Report.h"

#include <string>
#include <vector>

namespace interlock {

/// What the repair of findings came to.
struct RepairStatus {
  std::string Patch;                 ///< for `--diff`
  bool WouldChange = false;          ///< the patch is not empty
  bool Withheld = false;             ///< something asked for was not done
  std::vector<std::string> Problems; ///< why
  std::string Hint; ///< what the changed sources want of their build
};

/// Plans repairs of what is reported, proves them in memory and, with
/// `--fix`, writes them. Fills `Plan`, `Refused` and `State` of the findings.
/// `All` is what the analysis found before any filter.
RepairStatus repairFindings(Report &R, llvm::ArrayRef<Unit> Units,
                            llvm::ArrayRef<UnitOutcome> Outcomes,
                            llvm::ArrayRef<Finding> All, const Config &Settings,
                            const Invocation &Run);

} // namespace interlock
