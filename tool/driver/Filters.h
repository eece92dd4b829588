#pragma once

#include "tool/config/Config.h"
#include "tool/driver/Cli.h"
#include "tool/output/Report.h"
#include "tool/output/Sources.h"

#include "llvm/Support/Error.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace interlock {

/// Turns findings into what the user wants to see of them: selected checks,
/// levels, files and lines; suppressions and the baseline. The order of
/// findings is kept.
class Filters {
public:
  /// `MainFiles` are the sources of the analysed units, which count as the
  /// project's whatever the root.
  static llvm::Expected<Filters> create(const Config &C, const Invocation &Run,
                                        std::set<std::string> MainFiles);

  /// Applies checks, levels, files and lines.
  std::vector<Finding> select(std::vector<Finding> Findings) const;

private:
  struct LineRange {
    std::string File; ///< end of the path
    std::vector<std::pair<unsigned, unsigned>> Lines;
  };

  bool wantsFile(const SourceSpan &At) const;
  bool wantsLine(const Finding &F) const;
  bool adjustLevel(Finding &F) const;

  Config Settings;
  std::set<std::string> MainFiles;
  std::vector<LineRange> Ranges;
};

} // namespace interlock
