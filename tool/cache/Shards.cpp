#include "tool/cache/Shards.h"

#include "tool/cache/Store.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/xxhash.h"

#include <fmt/format.h>

namespace fs = llvm::sys::fs;

namespace interlock {

/// Bytes that wait in memory before they go to their files.
static constexpr std::size_t MaxBuffered = std::size_t(32) << 20;

static unsigned shardOf(llvm::StringRef Key, unsigned Count) {
  return llvm::xxh3_64bits(Key) % Count;
}

std::string shardPath(llvm::StringRef Folder, unsigned Number) {
  return fmt::format("{}/{:04}.shard", Folder.str(), Number);
}

std::string shardList(llvm::StringRef Folder) {
  return (Folder + "/shards").str();
}

static std::string partPath(llvm::StringRef Folder, unsigned Number) {
  return shardPath(Folder, Number) + ".part";
}

namespace {

/// One addition: a byte for `Only`, two sizes, key and value.
struct Record {
  llvm::StringRef Key, Value;
  bool Only = false;

  void write(std::string &Out) const {
    char Head[9];
    Head[0] = Only ? 1 : 0;
    llvm::support::endian::write32le(Head + 1, Key.size());
    llvm::support::endian::write32le(Head + 5, Value.size());
    Out.append(Head, sizeof Head);
    Out += Key;
    Out += Value;
  }

  /// False at the end, and where sizes do not fit.
  bool read(llvm::StringRef &In) {
    if (In.size() < 9)
      return false;
    Only = In[0];
    const std::uint64_t KeySize =
        llvm::support::endian::read32le(In.data() + 1);
    const std::uint64_t ValueSize =
        llvm::support::endian::read32le(In.data() + 5);
    if (In.size() - 9 < KeySize + ValueSize)
      return false;
    Key = In.substr(9, KeySize);
    Value = In.substr(9 + KeySize, ValueSize);
    In = In.drop_front(9 + KeySize + ValueSize);
    return true;
  }
};

} // namespace

ShardWriter::ShardWriter(std::string Where, unsigned Count)
    : Folder(std::move(Where)), Buffers(std::max(Count, 1u)) {
  Problem = fs::create_directories(Folder);
  for (unsigned I = 0; I < Buffers.size() && !Problem; ++I)
    Problem = fs::remove(partPath(Folder, I)); // of a run that was stopped
}

void ShardWriter::add(llvm::StringRef Key, llvm::StringRef Value, bool Only) {
  std::string &Buffer = Buffers[shardOf(Key, Buffers.size())];
  const std::size_t Before = Buffer.size();
  Record{Key, Value, Only}.write(Buffer);
  Buffered += Buffer.size() - Before;
  if (Buffered < MaxBuffered)
    return;
  for (unsigned I = 0; I < Buffers.size(); ++I)
    spill(I);
  Buffered = 0;
}

void ShardWriter::spill(unsigned Shard) {
  if (Buffers[Shard].empty() || Problem)
    return;
  llvm::raw_fd_ostream Out(partPath(Folder, Shard), Problem, fs::CD_OpenAlways,
                           fs::FA_Write, fs::OF_Append);
  if (Problem)
    return;
  Out << Buffers[Shard];
  Out.close();
  Problem = Out.error();
  Out.clear_error();
  Buffers[Shard] = {};
}

llvm::Error ShardWriter::finish() {
  for (unsigned I = 0; I < Buffers.size(); ++I) {
    std::string Early;
    if (auto Part = llvm::MemoryBuffer::getFile(partPath(Folder, I)))
      Early = (*Part)->getBuffer().str();
    if (const std::error_code Stays = fs::remove(partPath(Folder, I)))
      Problem = Stays;
    const std::string All = Early + std::exchange(Buffers[I], {});
    std::vector<Record> Records;
    llvm::StringRef In = All;
    for (Record R; R.read(In);)
      Records.push_back(R);
    llvm::sort(Records, [](const Record &A, const Record &B) {
      return std::tie(A.Key, A.Value) < std::tie(B.Key, B.Value);
    });
    std::string Sorted;
    const Record *Last = nullptr;
    for (const Record &R : Records) {
      if (Last && Last->Key == R.Key && (R.Only || Last->Value == R.Value))
        continue;
      R.write(Sorted);
      Last = &R;
    }
    const std::string Sealed = seal(Sorted), Path = shardPath(Folder, I);
    const auto Old = llvm::MemoryBuffer::getFile(Path);
    if (Problem || (Old && (*Old)->getBuffer() == Sealed))
      continue;
    if (llvm::Error E = writeWhole(Path, Sealed))
      return E;
  }
  if (Problem)
    return llvm::createFileError(Folder, Problem);
  const std::string List = fmt::format("{}\n", Buffers.size());
  const auto Old = llvm::MemoryBuffer::getFile(shardList(Folder));
  if (Old && (*Old)->getBuffer() == List)
    return llvm::Error::success();
  return writeWhole(shardList(Folder), List);
}

llvm::Expected<ShardReader> ShardReader::open(llvm::StringRef Folder) {
  ShardReader Result;
  Result.Folder = Folder.str();
  const auto List = llvm::MemoryBuffer::getFile(shardList(Folder));
  if (!List)
    return llvm::createFileError(shardList(Folder), List.getError());
  if ((*List)->getBuffer().trim().getAsInteger(10, Result.Count) ||
      !Result.Count)
    return llvm::createStringError(shardList(Folder) + ": not an index");
  return Result;
}

llvm::Expected<std::vector<llvm::StringRef>>
ShardReader::find(llvm::StringRef Key) {
  const unsigned Number = shardOf(Key, Count);
  const auto [Entry, New] = Read.try_emplace(Number);
  Shard &S = Entry->second;
  if (New) {
    const std::string Path = shardPath(Folder, Number);
    auto File = llvm::MemoryBuffer::getFile(Path, false, false);
    if (!File)
      return llvm::createFileError(Path, File.getError());
    S.File = std::move(*File);
    std::optional<llvm::StringRef> Bytes = unseal(S.File->getBuffer());
    if (!Bytes)
      return llvm::createStringError(Path + ": damaged; merge again");
    for (Record R; R.read(*Bytes);)
      S.Entries[R.Key].push_back(R.Value);
  }
  const auto Found = S.Entries.find(Key);
  return Found == S.Entries.end() ? std::vector<llvm::StringRef>()
                                  : Found->second;
}

std::vector<std::string> ShardReader::files() const {
  std::vector<std::string> Result{shardList(Folder)};
  for (const auto &[Number, S] : Read)
    Result.push_back(shardPath(Folder, Number));
  return Result;
}

} // namespace interlock
