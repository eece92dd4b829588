#include "tool/output/Baseline.h"

#include "matchers/base/Json.h"
#include "tool/config/InputText.h"
#include "tool/output/OutputFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SHA1.h"

#include <fmt/format.h>

namespace interlock {

/// Runs of blanks count as one, so that formatting changes nothing.
static std::string squeezed(llvm::StringRef Line) {
  std::string Out;
  for (char C : Line.trim()) {
    bool Blank = C == ' ' || C == '\t';
    if (!Blank)
      Out += C;
    else if (!Out.empty() && Out.back() != ' ')
      Out += ' ';
  }
  return Out;
}

std::string fingerprint(const Finding &F, llvm::StringRef Root, Sources &Text) {
  llvm::SHA1 Hash;
  for (const std::string &Part :
       {F.Check, relativePath(F.At.File, Root), F.Function, F.State.Member,
        squeezed(Text.line(F.At.File, F.At.Line))}) {
    Hash.update(Part);
    Hash.update(llvm::StringRef("\0", 1));
  }
  return llvm::toHex(Hash.final(), /*LowerCase=*/true).substr(0, 32);
}

static llvm::Error broken(llvm::StringRef File, llvm::StringRef Why) {
  return llvm::createStringError(
      fmt::format("{}: not a baseline: {}", File.str(), Why.str()).c_str());
}

llvm::Expected<Baseline> Baseline::load(llvm::StringRef File) {
  auto Buffer = readInput(File);
  if (!Buffer)
    return llvm::createStringError(
        fmt::format("{}: cannot be read: {}; --write-baseline makes one",
                    File.str(), llvm::toString(Buffer.takeError()))
            .c_str());
  llvm::Expected<llvm::json::Value> Root = parseJson((*Buffer)->getBuffer());
  if (!Root)
    return llvm::createStringError(
        fmt::format("{}:{}", File.str(), llvm::toString(Root.takeError()))
            .c_str());
  const llvm::json::Object *Top = Root->getAsObject();
  if (!Top || Top->getInteger("version") != 1 || !Top->getArray("findings"))
    return broken(File, "expected 'version' 1 and 'findings'");
  Baseline Result;
  for (const llvm::json::Value &Value : *Top->getArray("findings")) {
    const llvm::json::Object *Object = Value.getAsObject();
    auto Id = Object ? Object->getString("fingerprint") : std::nullopt;
    if (!Id)
      return broken(File, "an entry without 'fingerprint'");
    auto Text = [&](llvm::StringRef Key) {
      return Object->getString(Key).value_or("").str();
    };
    int64_t Count = Object->getInteger("count").value_or(1);
    if (Count < 1 || Count > 1'000'000)
      return broken(File, "a 'count' that is no sensible number");
    Entry &E = Result.Entries[Id->str()];
    E = {Text("check"),
         Text("file"),
         Text("function"),
         Text("member"),
         E.Count + static_cast<unsigned>(Count),
         0};
  }
  return Result;
}

void Baseline::apply(Report &R, Sources &Text) {
  for (ReportedFinding &F : R.Findings) {
    if (F.State != Disposition::Reported)
      continue;
    auto Known = Entries.find(fingerprint(F.What, R.Root, Text));
    if (Known == Entries.end() || Known->second.Seen == Known->second.Count)
      continue;
    ++Known->second.Seen;
    F.State = Disposition::Baseline;
  }
}

Baseline Baseline::of(const Report &R, Sources &Text) {
  Baseline Result;
  for (const ReportedFinding &F : R.Findings) {
    if (F.State != Disposition::Reported && F.State != Disposition::Baseline)
      continue;
    Entry &E = Result.Entries[fingerprint(F.What, R.Root, Text)];
    E.Check = F.What.Check;
    E.File = relativePath(F.What.At.File, R.Root);
    E.Function = F.What.Function;
    E.Member = F.What.State.Member;
    ++E.Count;
  }
  return Result;
}

void Baseline::keep(const Baseline &Other) {
  for (const auto &[Id, E] : Other.Entries) {
    const auto [Mine, New] = Entries.try_emplace(Id, E);
    Mine->second.Count = std::max(Mine->second.Count, E.Count);
  }
}

unsigned Baseline::prune() {
  unsigned Gone = 0;
  for (auto It = Entries.begin(); It != Entries.end();) {
    Gone += It->second.Count - It->second.Seen;
    It->second.Count = It->second.Seen;
    It = It->second.Count ? std::next(It) : Entries.erase(It);
  }
  return Gone;
}

llvm::Error Baseline::save(llvm::StringRef File) const {
  // Ordered for readers and for merges: by file, not by digest.
  std::vector<std::pair<std::string, const Entry *>> Sorted;
  Sorted.reserve(Entries.size());
  for (const auto &[Id, E] : Entries)
    Sorted.push_back({Id, &E});
  llvm::sort(Sorted, [](const auto &A, const auto &B) {
    return std::tie(A.second->File, A.second->Function, A.second->Check,
                    A.first) < std::tie(B.second->File, B.second->Function,
                                        B.second->Check, B.first);
  });
  return writeOutput(File, [&](llvm::raw_ostream &Out) {
    llvm::json::OStream J(Out, 1);
    J.object([&] {
      J.attribute("version", 1);
      J.attributeArray("findings", [&] {
        for (const auto &[Id, E] : Sorted)
          J.object([&] {
            J.attribute("file", llvm::json::fixUTF8(E->File));
            J.attribute("check", llvm::json::fixUTF8(E->Check));
            J.attribute("function", llvm::json::fixUTF8(E->Function));
            J.attribute("member", llvm::json::fixUTF8(E->Member));
            J.attribute("fingerprint", Id);
            J.attribute("count", E->Count);
          });
      });
    });
    J.flush();
    Out << "\n";
  });
}

} // namespace interlock
