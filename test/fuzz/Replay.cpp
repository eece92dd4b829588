#include "test/fuzz/Fuzz.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

/// Stands in for libFuzzer where a target is built as an ordinary program:
/// runs each seed as it is and in mutations that are the same on every run.
///
///   fuzz_config SEED-FOLDER [MUTATIONS-PER-SEED]
///
/// FUZZ_LAST names a file that gets each input before it is run, so that it
/// holds the one that ended the process.
namespace {

std::vector<std::string> readSeeds(llvm::StringRef Folder) {
  std::vector<std::string> Seeds;
  std::error_code Failed;
  for (llvm::sys::fs::directory_iterator File(Folder, Failed), End;
       File != End && !Failed; File.increment(Failed))
    if (auto Buffer = llvm::MemoryBuffer::getFile(File->path()))
      Seeds.push_back((*Buffer)->getBuffer().str());
  std::sort(Seeds.begin(), Seeds.end()); // folders have no order
  return Seeds;
}

/// A few random changes: bytes flipped, runs dropped, doubled or taken from
/// another seed.
std::string mutate(std::string Text, const std::string &Other,
                   std::mt19937 &Random) {
  const auto Below = [&](size_t N) { return N ? Random() % N : 0; };
  for (size_t Changes = 1 + Below(4); Changes; --Changes) {
    const size_t At = Below(Text.size() + 1);
    const size_t Length = Below(std::min<size_t>(Text.size() - At, 16) + 1);
    switch (Below(4)) {
    case 0:
      if (At < Text.size())
        Text[At] = static_cast<char>(Random());
      break;
    case 1:
      Text.erase(At, Length);
      break;
    case 2:
      Text.insert(At, std::string(Text, At, Length));
      break;
    default:
      Text.insert(At, Other.substr(Below(Other.size()), 16));
      break;
    }
  }
  return Text;
}

void run(const std::string &Bytes) {
  if (const char *Last = std::getenv("FUZZ_LAST")) {
    std::error_code Failed;
    llvm::raw_fd_ostream(Last, Failed) << Bytes;
  }
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t *>(Bytes.data()),
                         Bytes.size());
}

} // namespace

int main(int Count, char **Arguments) {
  const std::vector<std::string> Seeds =
      Count > 1 ? readSeeds(Arguments[1]) : std::vector<std::string>();
  if (Seeds.empty()) {
    llvm::errs() << "usage: " << Arguments[0] << " SEEDS [MUTATIONS]\n";
    return 2;
  }
  const unsigned Mutations = Count > 2 ? std::atoi(Arguments[2]) : 1000;
  std::mt19937 Random(1);
  for (const std::string &Seed : Seeds) {
    run(Seed);
    for (unsigned I = 0; I < Mutations; ++I)
      run(mutate(Seed, Seeds[Random() % Seeds.size()], Random));
  }
  llvm::outs() << Seeds.size() * (Mutations + 1) << " inputs\n";
  return 0;
}
