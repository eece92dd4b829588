#include "test/fuzz/Fuzz.h"

#include "tool/output/Suppressions.h"

using namespace interlock;

/// NOLINT comments in any bytes: a place that the tool calls an unused
/// suppression lies in the file and hides nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *Data,
                                      std::size_t Size) {
  const llvm::StringRef Text = fuzz::text(Data, Size);
  SuppressionIndex Index;
  Index.add("a.cpp", Text);
  const unsigned Lines = Text.count('\n') + 1;
  for (unsigned Line = 1; Line <= Lines && Line < 50; ++Line)
    Index.suppressed("a.cpp", Text, Line, "stale-check");
  for (const UnusedSuppression &U : Index.unused())
    fuzz::require(U.Line >= 1 && U.Line <= Lines, "the line is in the file");
  return 0;
}
