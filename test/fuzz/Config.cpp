#include "test/fuzz/Fuzz.h"

#include "tool/config/Config.h"

using namespace interlock;

/// Whatever the text is, reading it ends; what is accepted reads back from its
/// own dump.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *Data,
                                      std::size_t Size) {
  const LoadedConfig First = loadConfigText(fuzz::text(Data, Size));
  if (!First.Problems.empty())
    return 0;
  const std::string Dump = dumpConfig(First.Value);
  const LoadedConfig Again = loadConfigText(Dump);
  fuzz::require(Again.Problems.empty(), "a dump is accepted");
  fuzz::require(dumpConfig(Again.Value) == Dump, "a dump reads back the same");
  return 0;
}
