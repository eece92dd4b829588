#include "tool/driver/Phases.h"

#include "tool/cache/ProgramIndex.h"
#include "tool/config/InputText.h"
#include "tool/output/OutputFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <fmt/format.h>

namespace interlock {

llvm::Error writeFacts(llvm::StringRef Output, const std::vector<Unit> &Units,
                       std::vector<UnitOutcome> &Outcomes,
                       const Relocation &R) {
  std::string Records;
  for (size_t I = 0; I < Units.size(); ++I) {
    UnitOutcome &Outcome = Outcomes[I];
    if (!Outcome.Facts)
      return llvm::createStringError("'" + Units[I].File +
                                     "' has no facts; nothing was written");
    UnitRecord Record{std::move(Outcome.Facts), Outcome.Parse.Files, {}};
    const std::string Bytes = pack(Record, R);
    Outcome.Facts = std::move(Record.Facts);
    Records += fmt::format("{}\n", Bytes.size()) + Bytes;
  }
  return writeOutput(Output,
                     [&](llvm::raw_ostream &Out) { Out << seal(Records); });
}

/// Hands the records of facts files to `Use`.
static llvm::Error forEachRecord(const std::vector<std::string> &Files,
                                 const Relocation &R,
                                 llvm::function_ref<void(UnitRecord)> Use) {
  for (const std::string &File : Files) {
    auto Buffer = readInput(File);
    if (!Buffer)
      return llvm::createFileError(File, Buffer.takeError());
    std::optional<llvm::StringRef> Records = unseal((*Buffer)->getBuffer());
    const auto Damaged = [&] {
      return llvm::createStringError(
          File + ": no facts, damaged, or of another version of interlock");
    };
    if (!Records)
      return Damaged();
    while (!Records->empty()) {
      size_t Size = 0;
      if (Records->consumeInteger(10, Size) || !Records->consume_front("\n") ||
          Size > Records->size())
        return Damaged();
      llvm::Expected<UnitRecord> Record = unpack(Records->take_front(Size), R);
      if (!Record) {
        llvm::consumeError(Record.takeError());
        return Damaged();
      }
      *Records = Records->drop_front(Size);
      Use(std::move(*Record));
    }
  }
  return llvm::Error::success();
}

llvm::Error readFacts(const std::vector<std::string> &Files,
                      const Relocation &R, std::vector<Unit> &Units,
                      std::vector<UnitOutcome> &Outcomes) {
  return forEachRecord(Files, R, [&](UnitRecord Record) {
    Unit U;
    U.File = U.RealFile = Record.Facts->File;
    Units.push_back(std::move(U));
    UnitOutcome Outcome;
    Outcome.Facts = std::move(Record.Facts);
    Outcome.Parse.Files = std::move(Record.Files);
    Outcome.Parse.Compiled = true;
    Outcomes.push_back(std::move(Outcome));
  });
}

llvm::Error mergeFacts(const std::vector<std::string> &Files,
                       llvm::StringRef Output, unsigned Shards) {
  ShardWriter Index(Output.str(), Shards);
  if (llvm::Error E =
          forEachRecord(Files, Relocation(indexRoot()), [&](UnitRecord Record) {
            addToIndex(*Record.Facts, Index);
          }))
    return E;
  return Index.finish();
}

llvm::Expected<std::vector<Finding>>
checkWithIndex(llvm::StringRef Index, const std::vector<UnitOutcome> &Outcomes,
               const Relocation &R, const Options &Opts,
               std::set<std::string> &Read) {
  llvm::Expected<ShardReader> Shards = ShardReader::open(Index);
  if (!Shards)
    return Shards.takeError();
  std::vector<Finding> Findings;
  for (const UnitOutcome &Outcome : Outcomes) {
    llvm::Expected<Neighbourhood> Near =
        neighbourhood(*Outcome.Facts, *Shards, R, Opts);
    if (!Near)
      return Near.takeError();
    llvm::append_range(Findings, analyse(*Near, Opts));
  }
  llvm::sort(Findings, [](const Finding &A, const Finding &B) {
    return A.order() < B.order();
  });
  // Units that answer for different instantiations of one template.
  Findings.erase(std::unique(Findings.begin(), Findings.end(),
                             [](const Finding &A, const Finding &B) {
                               return A.order() == B.order();
                             }),
                 Findings.end());
  for (std::string &File : Shards->files())
    Read.insert(std::move(File));
  return Findings;
}

} // namespace interlock
