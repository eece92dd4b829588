#pragma once

#include "tool/output/Report.h"
#include "tool/output/Sources.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace interlock {

/// A NOLINT comment and the lines that it covers.
struct Suppression {
  unsigned Line = 0, Column = 0;  ///< of the comment
  unsigned First = 0, Last = 0;   ///< lines that it covers
  std::vector<std::string> Globs; ///< of its parentheses; `*` without them
  std::string Text;               ///< as written
  bool Used = false;
};

/// All NOLINT, NOLINTNEXTLINE and NOLINTBEGIN/END comments of a file, by
/// clang-tidy's rules: names are globs, no list means all checks, BEGIN and
/// END carry the same list. A BEGIN without END covers the rest of the file.
std::vector<Suppression> findSuppressions(llvm::StringRef Text);

/// Whether a suppression hides a check: `interlock-stale-check`,
/// `interlock-*`, `*`; a leading `-` takes out.
bool hides(const Suppression &S, llvm::StringRef Check);

/// Suppressions of many files; remembers which were of use.
class SuppressionIndex {
public:
  /// Marks the findings that a comment hides.
  void apply(Report &R, Sources &Text);

  /// Whether a finding at that line is hidden; marks what hides it.
  bool suppressed(llvm::StringRef File, llvm::StringRef Text, unsigned Line,
                  llvm::StringRef Check);

  /// What names a check of interlock and hides nothing, in the files that
  /// were asked about and in `add`ed ones.
  std::vector<UnusedSuppression> unused() const;

  void add(llvm::StringRef File, llvm::StringRef Text);

private:
  llvm::StringMap<std::vector<Suppression>> Files;
};

} // namespace interlock
