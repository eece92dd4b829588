#include "test/fuzz/Fuzz.h"

#include "tool/cache/ProgramIndex.h"
#include "tool/cache/ResultCache.h"
#include "tool/cache/Store.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"

using namespace interlock;

namespace {

/// A folder for an index of one file, as long as the process lives.
class IndexFolder {
public:
  IndexFolder() {
    fuzz::require(!llvm::sys::fs::createUniqueDirectory("interlock-fuzz", Path),
                  "a folder");
    write(shardList(Path), "1\n");
  }
  ~IndexFolder() { (void)llvm::sys::fs::remove_directories(Path); }

  llvm::StringRef fill(llvm::StringRef Records) {
    write(shardPath(Path, 0), seal(Records));
    return Path;
  }

private:
  static void write(const std::string &File, llvm::StringRef Bytes) {
    std::error_code Failed;
    llvm::raw_fd_ostream(File, Failed) << Bytes;
    fuzz::require(!Failed, "a file in it");
  }

  llvm::SmallString<128> Path;
};

} // namespace

/// The record of a unit, behind its size, and the index of a program: both
/// have a seal that holds, and say whatever they like. They are refused, or
/// the unit is judged.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *Data,
                                      std::size_t Size) {
  static IndexFolder Folder;
  if (Size < 4)
    return 0;
  const llvm::StringRef Bytes = fuzz::text(Data, Size).drop_front(4);
  const std::size_t Front = llvm::support::endian::read32le(Data);
  const Relocation R("/project");
  llvm::Expected<UnitRecord> Unit = unpack(seal(Bytes.take_front(Front)), R);
  if (!Unit) {
    llvm::consumeError(Unit.takeError());
    return 0;
  }
  fuzz::require(bool(unpack(pack(*Unit, R), R)), "what is read is written");
  llvm::Expected<ShardReader> Index =
      ShardReader::open(Folder.fill(Bytes.substr(Front)));
  fuzz::require(bool(Index), "the index is there");
  Options Opts;
  Opts.Guarded = GuardedState::All;
  Opts.FunctionBudget = 2000;
  Opts.Invariants = {{"ledger::balance_", "ledger::venue_"}};
  llvm::Expected<Neighbourhood> Near =
      neighbourhood(*Unit->Facts, *Index, R, Opts);
  if (!Near) {
    fuzz::require(!llvm::toString(Near.takeError()).empty(), "a message");
    return 0;
  }
  analyse(*Near, Opts);
  return 0;
}
