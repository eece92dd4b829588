#include "tool/driver/Prefix.h"

#include "tool/driver/Frontend.h"
#include "tool/driver/Program.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

#include <fmt/format.h>
#include <map>
#include <numeric>

namespace fs = llvm::sys::fs;

namespace interlock {
namespace {

/// A command taken apart: what it includes ahead of the source, and the rest
/// without the source.
struct Parts {
  std::vector<std::string> Included;
  std::vector<std::string> Flags;
  bool HasSource = false;
};

Parts takeApart(const Unit &U) {
  Parts Result;
  for (size_t I = 0; I < U.Command.size(); ++I) {
    llvm::StringRef Arg = U.Command[I];
    // `-Xclang -include -Xclang file` is how CMake writes it for clang.
    size_t Next = I + 1;
    if (Arg == "-Xclang" && Next < U.Command.size()) {
      if (U.Command[Next] != "-include" || Next + 2 >= U.Command.size()) {
        Result.Flags.push_back(Arg.str());
        continue;
      }
      Result.Included.push_back(U.Command[Next + 2]);
      I = Next + 2;
      continue;
    }
    if (Arg == "-include" && Next < U.Command.size()) {
      Result.Included.push_back(U.Command[Next]);
      I = Next;
      continue;
    }
    llvm::SmallString<256> Full(Arg);
    fs::make_absolute(U.Directory, Full);
    llvm::sys::path::remove_dots(Full, false);
    if (!Arg.starts_with("-") && Full == U.File) {
      Result.HasSource = true;
      continue;
    }
    Result.Flags.push_back(Arg.str());
  }
  return Result;
}

} // namespace

void SharedPrefixes::prepare(std::vector<Unit> &Units, unsigned Jobs) {
  using Key = std::tuple<std::string, std::vector<std::string>,
                         std::vector<std::string>>;
  std::map<Key, std::vector<size_t>> Groups;
  for (size_t I = 0; I < Units.size(); ++I) {
    Parts P = takeApart(Units[I]);
    if (P.HasSource && !P.Included.empty())
      Groups[{Units[I].Directory, P.Flags, P.Included}].push_back(I);
  }
  std::erase_if(Groups, [](const auto &G) { return G.second.size() < 2; });
  if (Groups.empty() || fs::createUniqueDirectory("interlock", Folder))
    return;

  struct Header {
    const Key *Of;
    const std::vector<size_t> *Members;
    std::string Path;
    bool Made = false;
  };
  std::vector<Header> Headers;
  for (const auto &[Of, Members] : Groups)
    Headers.push_back(
        {&Of, &Members,
         fmt::format("{}/{}.pch", Folder.str().str(), Headers.size())});
  std::vector<size_t> Order(Headers.size());
  std::iota(Order.begin(), Order.end(), 0);
  forEachParallel(Order, Jobs, [&](size_t I) {
    const auto &[Directory, Flags, Included] = *Headers[I].Of;
    Unit Prefix = Units[Headers[I].Members->front()];
    Prefix.File = Headers[I].Path + ".hpp";
    Prefix.RealFile = Prefix.File;
    std::error_code Problem;
    llvm::raw_fd_ostream Out(Prefix.File, Problem);
    if (Problem)
      return;
    for (const std::string &File : Included)
      Out << "#include \"" << File << "\"\n";
    Out.close();
    llvm::sys::RemoveFileOnSignal(Prefix.File);
    llvm::sys::RemoveFileOnSignal(Headers[I].Path);
    Prefix.Command = Flags;
    Prefix.Command.insert(Prefix.Command.end(),
                          {"-x", "c++-header", Prefix.File});
    Headers[I].Made = precompile(Prefix, Headers[I].Path);
  });
  for (const Header &H : Headers)
    for (size_t I : *H.Members)
      if (H.Made) {
        Unit &U = Units[I];
        U.Unshared = U.Command;
        U.Command = takeApart(U).Flags;
        U.Command.insert(U.Command.end(), {"-include-pch", H.Path, U.File});
      }
}

SharedPrefixes::~SharedPrefixes() {
  if (!Folder.empty())
    fs::remove_directories(Folder, /*IgnoreErrors=*/true);
}

} // namespace interlock
