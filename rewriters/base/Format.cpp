#include "rewriters/base/Format.h"
#include "rewriters/base/Excerpt.h"

#include "clang/Format/Format.h"
#include "clang/Tooling/Core/Replacement.h"

#include <array>
#include <optional>

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

bool lastOnLine(llvm::StringRef Content, unsigned Offset) {
  const llvm::StringRef Rest =
      Content.slice(Offset, lineEnd(Content, Offset)).trim();
  return Rest.empty() || Rest.starts_with("//") ||
         (Rest.starts_with("/*") && Rest.find("*/") + 2 == Rest.size());
}

Layout layoutOf(llvm::StringRef Content) {
  Layout Found;
  // A file goes on as it begins, and is asked for with every edit.
  Content = Content.take_front(1 << 14);
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

/// Formats the edits of a text that `Shift` has to be added to for offsets in
/// the file.
static std::optional<std::vector<Edit>>
reformatted(llvm::ArrayRef<Edit> Edits, const format::FormatStyle &Style,
            llvm::StringRef File, llvm::StringRef Code, tooling::Range Around,
            long Shift) {
  if (!format::reformat(Style, Code, {Around}, File).empty())
    return std::nullopt;
  tooling::Replacements Raw;
  for (const Edit &E : Edits)
    if (llvm::Error Problem = Raw.add(tooling::Replacement(
            File, static_cast<unsigned>(E.Offset - Shift), E.Length, E.Text))) {
      llvm::consumeError(std::move(Problem));
      return std::nullopt;
    }
  auto Changed = tooling::applyAllReplacements(Code, Raw);
  if (!Changed) {
    llvm::consumeError(Changed.takeError());
    return std::nullopt;
  }
  std::vector<Edit> Formatted;
  for (const tooling::Replacement &R : Raw.merge(
           format::reformat(Style, *Changed, Raw.getAffectedRanges(), File)))
    Formatted.push_back({File.str(),
                         static_cast<unsigned>(R.getOffset() + Shift),
                         R.getLength(), R.getReplacementText().str()});
  return Formatted;
}

static std::optional<format::FormatStyle> styleOf(llvm::StringRef File,
                                                  llvm::StringRef Content) {
  auto Style = format::getStyle("file", File, "LLVM", Content);
  if (!Style) {
    llvm::consumeError(Style.takeError());
    return std::nullopt;
  }
  return Style->DisableFormat ? std::nullopt : std::optional(*Style);
}

std::vector<Edit> formatted(std::vector<Edit> Edits, llvm::StringRef File,
                            llvm::StringRef Content, unsigned Begin,
                            unsigned End) {
  const auto Style = styleOf(File, Content);
  if (!Style)
    return Edits;
  const auto Result = reformatted(Edits, *Style, File, Content,
                                  tooling::Range(Begin, End - Begin), 0);
  return Result ? *Result : Edits;
}

std::vector<Edit> formatted(std::vector<Edit> Edits, const FunctionView &View,
                            unsigned Begin, unsigned End) {
  const auto Part = excerptOf(View);
  const bool Within =
      Part && Part->Begin <= Begin && End <= Part->End &&
      llvm::all_of(Edits, [&](const Edit &E) {
        return Part->Begin <= E.Offset && E.Offset + E.Length <= Part->End;
      });
  const auto Style = Within ? styleOf(View.file(), Part->Code) : std::nullopt;
  if (!Within)
    return formatted(std::move(Edits), View.file(), View.content(), Begin, End);
  if (!Style)
    return Edits;
  const long Shift =
      static_cast<long>(Part->Begin) - static_cast<long>(Part->At);
  const auto Result = reformatted(
      Edits, *Style, View.file(), Part->Code,
      tooling::Range(static_cast<unsigned>(Begin - Shift), End - Begin), Shift);
  return Result ? *Result : Edits;
}

} // namespace interlock
