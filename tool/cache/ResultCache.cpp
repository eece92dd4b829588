#include "tool/cache/ResultCache.h"

#include "tool/config/Config.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Process.h"

#include <fmt/format.h>

namespace interlock {

static llvm::Error damaged() {
  return llvm::createStringError("damaged, or of another version");
}

std::string pack(const UnitRecord &Record, const Relocation &R) {
  std::vector<std::string> Files = Record.Files;
  const std::string Source = Files.empty() ? "" : R.outward(Files.front());
  llvm::sort(Files);
  const std::string Paths = packPaths(Files, R);
  return seal(fmt::format("{}\n{}\n{}{}", Source, Paths.size(), Paths,
                          serialize(*Record.Facts, R.root())));
}

llvm::Expected<UnitRecord> unpack(llvm::StringRef Bytes, const Relocation &R) {
  const std::optional<llvm::StringRef> Content = unseal(Bytes);
  if (!Content)
    return damaged();
  auto [Source, Rest] = Content->split('\n');
  size_t Size = 0;
  if (Rest.consumeInteger(10, Size) || !Rest.consume_front("\n") ||
      Size > Rest.size())
    return damaged();
  auto Paths = unpackPaths(Rest.take_front(Size), R);
  auto Facts = deserialize(Rest.drop_front(Size), R.root());
  if (!Facts)
    return Facts.takeError();
  if (!Paths)
    return damaged();
  UnitRecord Record;
  Record.Facts = std::move(*Facts);
  Record.Files = std::move(*Paths);
  const auto First = llvm::find(Record.Files, R.inward(Source));
  if (First != Record.Files.end())
    std::rotate(Record.Files.begin(), First, std::next(First));
  return Record;
}

/// The options that facts depend on: those behind `Vocabulary`.
static Digest digestOf(const Options &Opts) {
  Config Only;
  Only.Analysis.Categories = Opts.Categories;
  Only.Analysis.Vocabulary = Opts.Vocabulary;
  Only.Analysis.Guarded = Opts.Guarded;
  return digestOf(dumpConfig(Only));
}

Digest surroundings() {
  Hasher H;
  H.add(toolIdentity());
  for (const char *Name : {"CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH",
                           "SDKROOT", "GCC_INSTALL_DIR"})
    H.add(llvm::sys::Process::GetEnv(Name).value_or(""));
  return H.finish();
}

ResultCache::ResultCache(InputStore &Entries, const Options &Opts)
    : Entries(Entries) {
  if (Entries.entries().enabled())
    Settings = Hasher().add(surroundings()).add(digestOf(Opts)).finish();
}

Digest ResultCache::unitKey(const Unit &U) {
  const Relocation &R = Entries.relocation();
  Hasher H;
  H.add(Settings).add(R.outward(U.File)).add(R.outward(U.RealFile));
  H.add(R.outward(U.Directory)).add(Entries.files().of(U.File).Content);
  for (const std::string &Argument :
       U.Unshared.empty() ? U.Command : U.Unshared)
    H.add(R.outward(Argument));
  return H.finish();
}

std::optional<UnitRecord> ResultCache::find(const Unit &U) {
  if (!Entries.entries().enabled())
    return std::nullopt;
  std::optional<UnitRecord> Result;
  Entries.find(unitKey(U), [&](llvm::StringRef Bytes,
                               const std::vector<std::string> &Inputs) {
    llvm::Expected<UnitRecord> Record = unpack(Bytes, Entries.relocation());
    if (!Record) {
      llvm::consumeError(Record.takeError());
      return false;
    }
    Result = std::move(*Record);
    Result->Inputs = Inputs;
    return true;
  });
  return Result;
}

void ResultCache::keep(const Unit &U, const UnitRecord &Record) {
  if (Entries.entries().enabled())
    Entries.keep(unitKey(U), Record.Inputs, pack(Record, Entries.relocation()));
}

} // namespace interlock
