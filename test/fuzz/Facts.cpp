#include "test/fuzz/Fuzz.h"

#include "matchers/Analysis.h"
#include "matchers/facts/Facts.h"

using namespace interlock;

/// Bytes of another run are refused or are facts: then they can be
/// written again, and judging them ends without a crash.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *Data,
                                      std::size_t Size) {
  llvm::Expected<std::unique_ptr<TUFacts>> Read =
      deserialize(fuzz::text(Data, Size));
  if (!Read) {
    llvm::consumeError(Read.takeError());
    return 0;
  }
  fuzz::require(bool(deserialize(serialize(**Read))),
                "what is read is written");
  Options Opts;
  Opts.Guarded = GuardedState::All;
  Opts.FunctionBudget = 2000;
  analyse({Read->get()}, Opts);
  return 0;
}
