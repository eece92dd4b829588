#include "tool/cache/ProgramIndex.h"
#include "tool/cache/ResultCache.h"
#include "tool/cache/Store.h"

#include "clang/Frontend/ASTUnit.h"
#include "clang/Tooling/Tooling.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace interlock;

static std::string contentOf(const std::string &File) {
  auto Buffer = llvm::MemoryBuffer::getFile(File);
  return Buffer ? (*Buffer)->getBuffer().str() : "";
}

static bool write(llvm::StringRef File, llvm::StringRef Bytes) {
  std::error_code Failed;
  llvm::raw_fd_ostream(File, Failed) << Bytes;
  return !Failed;
}

/// Makes a seed for each of the targets `facts` and `index`, in the format of
/// this build:
///
///   fuzz_facts_seed SOURCE FACTS INDEX FLAG...
int main(int Count, char **Arguments) {
  if (Count < 4)
    return 2;
  const std::string Source = Arguments[1], Index = Arguments[3];
  std::unique_ptr<clang::ASTUnit> Unit =
      clang::tooling::buildASTFromCodeWithArgs(
          contentOf(Source),
          std::vector<std::string>(Arguments + 4, Arguments + Count), Source);
  if (!Unit || Unit->getDiagnostics().hasErrorOccurred())
    return 1;
  UnitRecord Record{
      collectFacts(Unit->getASTContext(), Options()), {Source}, {}};
  if (!write(Arguments[2], serialize(*Record.Facts)))
    return 1;

  const std::string Sealed =
      pack(Record, Relocation(llvm::sys::path::parent_path(Source)));
  auto Moved = unpack(Sealed, Relocation(indexRoot()));
  if (!Moved) {
    llvm::consumeError(Moved.takeError());
    return 1;
  }
  const std::string Folder = Index + ".table";
  ShardWriter Table(Folder, 1);
  addToIndex(*Moved->Facts, Table);
  if (llvm::Error Failed = Table.finish()) {
    llvm::consumeError(std::move(Failed));
    return 1;
  }
  const std::string Shard = contentOf(shardPath(Folder, 0));
  (void)llvm::sys::fs::remove_directories(Folder);
  const std::string Front = unseal(Sealed)->str();
  char Size[4];
  llvm::support::endian::write32le(Size, Front.size());
  return !write(Index, std::string(Size, sizeof Size) + Front +
                           unseal(Shard).value_or("").str());
}
