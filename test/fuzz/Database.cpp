#include "test/fuzz/Fuzz.h"
#include "test/fuzz/InputFile.h"

#include "tool/driver/Compilations.h"

using namespace interlock;

/// A compilation database is refused with a message, or gives units that exist
/// and commands that name a compiler.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *Data,
                                      std::size_t Size) {
  const fuzz::InputFile File(fuzz::text(Data, Size));
  Invocation Run;
  Run.BuildPath = File.path().str();
  llvm::Expected<Compilations> Loaded = loadCompilations(Run);
  if (!Loaded) {
    fuzz::require(!llvm::toString(Loaded.takeError()).empty(), "a message");
    return 0;
  }
  for (const Unit &U : Loaded->Units) {
    fuzz::require(llvm::sys::fs::exists(U.File), "the file exists");
    fuzz::require(!U.Command.empty(), "there is a command");
  }
  return 0;
}
