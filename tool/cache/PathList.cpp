#include "tool/cache/PathList.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace interlock {

static constexpr llvm::StringLiteral Mark = "\1";

Relocation::Relocation(llvm::StringRef Root) : Root(Root.rtrim('/')) {}

std::string Relocation::outward(llvm::StringRef Text) const {
  std::string Result;
  while (!Root.empty()) {
    const size_t At = Text.find(Root);
    if (At == llvm::StringRef::npos)
      break;
    const llvm::StringRef After = Text.drop_front(At + Root.size());
    // `/home/me/project-2` is another folder.
    const bool Whole =
        After.empty() || llvm::StringRef("/\"':;,= ").contains(After.front());
    Result += Text.take_front(At);
    Result += Whole ? llvm::StringRef(Mark) : llvm::StringRef(Root);
    Text = After;
  }
  return Result + Text.str();
}

std::string Relocation::inward(llvm::StringRef Path) const {
  return Path.consume_front(Mark) ? Root + Path.str() : Path.str();
}

std::string packPaths(llvm::ArrayRef<std::string> Sorted, const Relocation &R) {
  std::string Result, Before;
  for (const std::string &Path : Sorted) {
    const std::string Moved = R.outward(Path);
    const size_t Shared =
        std::mismatch(Before.begin(), Before.end(), Moved.begin(), Moved.end())
            .first -
        Before.begin();
    Result += fmt::format("{} {}\n", Shared,
                          llvm::StringRef(Moved).drop_front(Shared).str());
    Before = Moved;
  }
  return Result;
}

std::optional<std::vector<std::string>> unpackPaths(llvm::StringRef Packed,
                                                    const Relocation &R) {
  std::vector<std::string> Result;
  std::string Path;
  while (!Packed.empty()) {
    size_t Shared = 0;
    if (Packed.consumeInteger(10, Shared) || Shared > Path.size() ||
        !Packed.consume_front(" "))
      return std::nullopt;
    const auto [Rest, After] = Packed.split('\n');
    Path.resize(Shared);
    Path += Rest;
    Result.push_back(R.inward(Path));
    Packed = After;
  }
  return Result;
}

} // namespace interlock
