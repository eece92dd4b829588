#include "tool/driver/Prefix.h"

#include "tool/cache/ResultCache.h"
#include "tool/driver/CommandParts.h"
#include "tool/driver/ForeignIncludes.h"
#include "tool/driver/Frontend.h"
#include "tool/driver/PrefixPlan.h"
#include "tool/driver/Program.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/xxhash.h"

#include <fmt/format.h>
#include <map>
#include <numeric>

namespace fs = llvm::sys::fs;

namespace interlock {
namespace {

/// The commands of several units without source and `-include`.
using FlagKey =
    std::tuple<std::string, std::vector<std::string>, std::vector<std::string>>;

} // namespace

/// One precompiled header and who uses it.
struct SharedPrefixes::Header {
  FlagKey Key;      ///< folder, flags, files of `-include`
  std::string Text; ///< of the header
  std::vector<size_t> Units;
  /// Nothing that facts are about can be in it.
  bool OnlySystem = false;
  std::string Path = {}; ///< of the precompiled file
  /// Null: it was not made.
  std::shared_ptr<const std::vector<std::string>> Inputs = {};
};

static std::string includeLines(const std::vector<std::string> &Headers,
                                char Open, char Close) {
  std::string Text;
  for (const std::string &Header : Headers)
    Text += fmt::format("#include {}{}{}\n", Open, Header, Close);
  return Text;
}

std::vector<SharedPrefixes::Header>
SharedPrefixes::plan(llvm::ArrayRef<Unit> Units,
                     llvm::ArrayRef<size_t> Which) const {
  std::map<FlagKey, std::vector<size_t>> Groups;
  for (const size_t I : Which) {
    CommandParts P = takeApart(Units[I]);
    if (P.HasSource)
      Groups[{Units[I].Directory, P.Flags, P.Included}].push_back(I);
  }
  std::vector<Header> Result;
  SourceShapes Shapes;
  for (const auto &[Key, Members] : Groups) {
    if (Members.size() < 2)
      continue;
    const auto &[Directory, Flags, Included] = Key;
    if (!Included.empty()) {
      Result.push_back({Key, includeLines(Included, '"', '"'), Members});
      continue;
    }
    ForeignIncludes Foreign(Shapes, Flags, Directory, Root);
    std::vector<std::vector<std::string>> Includes;
    for (const size_t I : Members)
      Includes.push_back(Foreign.of(Units[I].File));
    for (PrefixGroup &Group :
         planPrefixes(Includes, [&](const std::vector<std::string> &Headers) {
           return Foreign.weight(Headers);
         })) {
      for (size_t &I : Group.Units)
        I = Members[I];
      const bool OnlySystem =
          llvm::all_of(Group.Headers, [&](const std::string &Spelling) {
            return Foreign.system(Spelling);
          });
      Result.push_back({Key, includeLines(Group.Headers, '<', '>'),
                        std::move(Group.Units), OnlySystem});
    }
  }
  return Result;
}

/// Finds a header that an earlier run has made; its entry names the bytes.
bool SharedPrefixes::recall(Header &H, llvm::StringRef Key) {
  return Kept.find(Key, [&](llvm::StringRef Sum,
                            const std::vector<std::string> &Inputs) {
    const auto File =
        llvm::MemoryBuffer::getFile(H.Path, /*IsText=*/false, false);
    if (!File || Sum != std::to_string(llvm::xxh3_64bits((*File)->getBuffer())))
      return false;
    H.Inputs = std::make_shared<const std::vector<std::string>>(Inputs);
    return true;
  });
}

void SharedPrefixes::make(Header &H, llvm::ArrayRef<Unit> Units) {
  const auto &[Directory, Flags, Included] = H.Key;
  // A precompiled header names its files, so another checkout has its own.
  const Digest Key = Hasher()
                         .add(surroundings())
                         .add(Directory)
                         .add(Flags)
                         .add(H.Text)
                         .finish();
  const bool Keeps = Kept.entries().enabled();
  H.Path = Keeps ? Kept.entries().pathOf("pch-" + Key)
                 : fmt::format("{}/{}.pch", Folder.str().str(), Key);
  if (recall(H, Key))
    return;
  Unit Prefix = Units[H.Units.front()];
  Prefix.File = Prefix.RealFile = H.Path + ".hpp";
  if (llvm::Error E = writeWhole(Prefix.File, H.Text)) {
    llvm::consumeError(std::move(E));
    return;
  }
  if (!Keeps) {
    llvm::sys::RemoveFileOnSignal(Prefix.File);
    llvm::sys::RemoveFileOnSignal(H.Path);
  }
  Prefix.Command = Flags;
  Prefix.Command.insert(
      Prefix.Command.end(),
      {"-Xclang", "-fno-pch-timestamp", "-x", "c++-header", Prefix.File});
  const ParseResult Made = precompile(Prefix, H.Path);
  if (!Made.Compiled)
    return;
  H.Inputs = std::make_shared<const std::vector<std::string>>(
      inputsOf(Made, Prefix.File));
  if (const auto File = llvm::MemoryBuffer::getFile(H.Path, false, false))
    Kept.keep(Key, *H.Inputs,
              std::to_string(llvm::xxh3_64bits((*File)->getBuffer())));
}

void SharedPrefixes::prepare(std::vector<Unit> &Units,
                             llvm::ArrayRef<size_t> Which, unsigned Jobs) {
  std::vector<size_t> Plain(Which);
  llvm::erase_if(Plain, [&](size_t I) { return Units[I].PrefixInputs; });
  std::vector<Header> Headers = plan(Units, Plain);
  if (Headers.empty() || (!Kept.entries().enabled() && Folder.empty() &&
                          fs::createUniqueDirectory("interlock", Folder)))
    return;
  std::vector<size_t> Order(Headers.size());
  std::iota(Order.begin(), Order.end(), 0);
  forEachParallel(Order, Jobs, [&](size_t I) { make(Headers[I], Units); });
  for (const Header &H : Headers) {
    if (!H.Inputs)
      continue;
    auto Files = std::make_shared<std::vector<std::string>>(*H.Inputs);
    llvm::erase_if(*Files, [&](const std::string &Input) {
      return !Kept.files().of(Input).isFile();
    });
    for (const size_t I : H.Units) {
      Unit &U = Units[I];
      U.Unshared = U.Command;
      U.Command = takeApart(U).Flags;
      U.Command.insert(U.Command.end(), {"-include-pch", H.Path});
      // System headers are not edited; their content was compared already.
      if (H.OnlySystem)
        U.Command.insert(U.Command.end(), {"-Xclang", "-fno-validate-pch"});
      U.Command.push_back(U.File);
      U.PrefixInputs = H.Inputs;
      U.PrefixFiles = Files;
      U.PrefixHeader = H.Path + ".hpp";
      U.SystemPrefix = H.OnlySystem;
    }
  }
}

SharedPrefixes::~SharedPrefixes() {
  if (!Folder.empty())
    (void)fs::remove_directories(Folder, /*IgnoreErrors=*/true);
}

} // namespace interlock
