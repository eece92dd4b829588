#pragma once

#include "tool/output/Report.h"
#include "tool/output/Sources.h"

#include "llvm/Support/Error.h"

#include <map>
#include <string>

namespace interlock {

/// What stays the same about a finding while lines move around it: check,
/// file, function, member, and the text of the line that it stands in. Hex.
std::string fingerprint(const Finding &F, llvm::StringRef Root, Sources &Text);

/// Known findings, counted by fingerprint: two equal defects in one function
/// are two entries, so that a third one is new.
class Baseline {
public:
  static llvm::Expected<Baseline> load(llvm::StringRef File);

  /// Marks findings that are known, at most as many as were recorded.
  void apply(Report &R, Sources &Text);

  /// What `--write-baseline` records: every finding that is neither
  /// suppressed nor repaired.
  static Baseline of(const Report &R, Sources &Text);

  /// Adds what another one has more of.
  void keep(const Baseline &Other);

  /// Leaves what `apply` has found again; returns how many entries went.
  unsigned prune();

  llvm::Error save(llvm::StringRef File) const;

private:
  struct Entry {
    std::string Check, File, Function, Member; ///< for readers of the file
    unsigned Count = 0;
    unsigned Seen = 0;
  };
  std::map<std::string, Entry> Entries;
};

} // namespace interlock
