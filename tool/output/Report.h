#pragma once

#include "matchers/base/Finding.h"
#include "rewriters/base/FixPlan.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

/// output/ turns findings and plans into bytes for people and machines. It
/// sees neither clang nor the disk but for the source text it quotes.
namespace interlock {

/// What was decided about a finding.
enum class Disposition { Reported, Fixed, Suppressed, Baseline };

struct ReportedFinding {
  Finding What;
  Disposition State = Disposition::Reported;
  std::optional<FixPlan> Plan; ///< planned, or applied where `Fixed`
  std::optional<Refusal> Refused;
};

/// A translation unit that could not be judged.
struct FailedUnit {
  std::string File;
  bool Crashed = false;
  std::vector<std::string> Messages; ///< of the compiler, ready to print
};

/// A NOLINT comment that hides nothing.
struct UnusedSuppression {
  std::string File;
  unsigned Line = 0;
  unsigned Column = 0;
  std::string Text;
};

struct Report {
  std::vector<ReportedFinding> Findings; ///< sorted
  std::vector<FailedUnit> Failed;        ///< sorted by file
  std::vector<UnusedSuppression> Unused;
  unsigned Units = 0;
  std::string Root;  ///< of the project; machine formats are relative to it
  std::string Pages; ///< folder with a page per check, `<id>.md`; may be empty

  unsigned count(Disposition State) const {
    unsigned Count = 0;
    for (const ReportedFinding &F : Findings)
      Count += F.State == State;
    return Count;
  }
  unsigned refused() const {
    unsigned Count = 0;
    for (const ReportedFinding &F : Findings)
      Count += F.State == Disposition::Reported && F.Refused.has_value();
    return Count;
  }
};

/// `N findings: F fixed, R refused, B baseline, S suppressed`, as far as the
/// numbers are not zero.
std::string summaryLine(const Report &R);

} // namespace interlock
