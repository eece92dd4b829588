#include "test/fuzz/Fuzz.h"
#include "test/fuzz/InputFile.h"

#include "tool/output/Baseline.h"

using namespace interlock;

/// A baseline is refused, or saves to a file that loads and saves the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *Data,
                                      std::size_t Size) {
  const fuzz::InputFile File(fuzz::text(Data, Size));
  llvm::Expected<Baseline> First = Baseline::load(File.path());
  if (!First) {
    llvm::consumeError(First.takeError());
    return 0;
  }
  const auto Saved = [&](const Baseline &B) {
    llvm::cantFail(B.save(File.path()));
    return llvm::cantFail(llvm::errorOrToExpected(
                              llvm::MemoryBuffer::getFile(File.path())))
        ->getBuffer()
        .str();
  };
  const std::string Once = Saved(*First);
  llvm::Expected<Baseline> Again = Baseline::load(File.path());
  fuzz::require(bool(Again), "a saved baseline loads");
  fuzz::require(Saved(*Again) == Once, "and saves the same");
  return 0;
}
