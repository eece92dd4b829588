#include "rewriters/base/Format.h"

#include "clang/Format/Format.h"
#include "clang/Tooling/Core/Replacement.h"

#include <array>

namespace interlock {

using namespace clang;

unsigned lineStart(llvm::StringRef Content, unsigned Offset) {
  const std::size_t Break =
      Offset == 0 ? llvm::StringRef::npos : Content.rfind('\n', Offset);
  if (Break == llvm::StringRef::npos)
    return Content.starts_with("\xEF\xBB\xBF") && Offset >= 3 ? 3 : 0;
  return static_cast<unsigned>(Break) + 1;
}

unsigned lineEnd(llvm::StringRef Content, unsigned Offset) {
  const std::size_t Break = Content.find('\n', Offset);
  return Break == llvm::StringRef::npos ? Content.size() : Break;
}

llvm::StringRef indentationAt(llvm::StringRef Content, unsigned Offset) {
  const llvm::StringRef Line = Content.substr(lineStart(Content, Offset));
  return Line.take_while([](char C) { return C == ' ' || C == '\t'; });
}

bool firstOnLine(llvm::StringRef Content, unsigned Offset) {
  const unsigned Start = lineStart(Content, Offset);
  return Content.slice(Start, Offset).trim(" \t").empty();
}

Layout layoutOf(llvm::StringRef Content) {
  Layout Found;
  const std::size_t Windows = Content.count("\r\n");
  if (Windows * 2 > Content.count('\n'))
    Found.LineEnd = "\r\n";
  // The step from one line to the next deeper one, by majority.
  unsigned Tabs = 0;
  std::array<unsigned, 9> Steps{};
  std::size_t Previous = 0;
  llvm::StringRef Rest = Content;
  while (!Rest.empty()) {
    auto [Line, Tail] = Rest.split('\n');
    Rest = Tail;
    if (Line.trim().empty())
      continue;
    if (Line.starts_with("\t")) {
      ++Tabs;
      continue;
    }
    const std::size_t Depth = Line.size() - Line.ltrim(' ').size();
    if (Depth > Previous && Depth - Previous < Steps.size())
      ++Steps[Depth - Previous];
    Previous = Depth;
  }
  unsigned Best = 2;
  for (unsigned Width = 2; Width < Steps.size(); ++Width)
    if (Steps[Width] > Steps[Best])
      Best = Width;
  Found.Indent = Tabs > Steps[Best] ? "\t" : std::string(Best, ' ');
  return Found;
}

std::vector<Edit> formatted(std::vector<Edit> Edits, llvm::StringRef File,
                            llvm::StringRef Content, unsigned Begin,
                            unsigned End) {
  auto Style = format::getStyle("file", File, "LLVM", Content);
  if (!Style) {
    llvm::consumeError(Style.takeError());
    return Edits;
  }
  if (Style->DisableFormat)
    return Edits;
  const tooling::Replacements Unstable = format::reformat(
      *Style, Content, {tooling::Range(Begin, End - Begin)}, File);
  if (!Unstable.empty())
    return Edits;
  tooling::Replacements Raw;
  for (const Edit &E : Edits)
    if (llvm::Error Problem =
            Raw.add(tooling::Replacement(File, E.Offset, E.Length, E.Text))) {
      llvm::consumeError(std::move(Problem));
      return Edits;
    }
  auto Changed = tooling::applyAllReplacements(Content, Raw);
  if (!Changed) {
    llvm::consumeError(Changed.takeError());
    return Edits;
  }
  const tooling::Replacements Result = Raw.merge(
      format::reformat(*Style, *Changed, Raw.getAffectedRanges(), File));
  std::vector<Edit> Formatted;
  for (const tooling::Replacement &R : Result)
    Formatted.push_back({File.str(), R.getOffset(), R.getLength(),
                         R.getReplacementText().str()});
  return Formatted;
}

} // namespace interlock
