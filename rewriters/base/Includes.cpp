#include "rewriters/base/Includes.h"
#include "rewriters/base/Format.h"
#include "rewriters/base/FunctionView.h"

#include "clang/Format/Format.h"
#include "clang/Tooling/Inclusions/HeaderIncludes.h"

namespace interlock {

using namespace clang;

/// The file up to the code behind the last of its include lines; all of it if
/// it has none. Nothing if one of them includes the header, however it is
/// quoted. Asked for with every repair: most of a long file is not looked at
/// line by line.
static std::optional<llvm::StringRef> headOf(llvm::StringRef Content,
                                             llvm::StringRef Header) {
  constexpr llvm::StringLiteral Word = "include";
  std::size_t End = Content.size();
  for (std::size_t At = Content.find(Word); At != llvm::StringRef::npos;
       At = Content.find(Word, At + Word.size())) {
    const auto Place = static_cast<unsigned>(At);
    if (Content.slice(lineStart(Content, Place), At).trim() != "#")
      continue;
    const llvm::StringRef Named = Content.substr(At + Word.size()).ltrim(" \t");
    if (Named.size() > Header.size() + 1 &&
        Named.drop_front().starts_with(Header))
      return std::nullopt;
    End = lineEnd(Content, Place) + 1;
  }
  // What follows tells where the includes end: directives and comments do not.
  while (End < Content.size()) {
    const std::size_t Begin = End;
    End = lineEnd(Content, static_cast<unsigned>(Begin)) + 1;
    const llvm::StringRef Line = Content.slice(Begin, End).ltrim();
    if (!Line.empty() && Line.find_first_of("/*#") != 0)
      break;
  }
  return Content.take_front(End);
}

std::optional<Edit> includeEdit(llvm::StringRef File, llvm::StringRef Content,
                                llvm::StringRef Spelling) {
  const llvm::StringRef Header = Spelling.trim("<>\"");
  const auto Head = headOf(Content, Header);
  if (!Head)
    return std::nullopt;
  auto Style = format::getStyle("file", File, "LLVM", *Head);
  if (!Style) {
    llvm::consumeError(Style.takeError());
    Style = format::getLLVMStyle();
  }
  // HeaderIncludes counts bytes of text, which a byte order mark is not.
  llvm::StringRef Text = *Head;
  const unsigned Mark = Text.consume_front("\xEF\xBB\xBF") ? 3 : 0;
  tooling::HeaderIncludes Headers(File, Text, Style->IncludeStyle);
  const auto Place = Headers.insert(Header, Spelling.starts_with("<"),
                                    tooling::IncludeDirective::Include);
  if (!Place)
    return std::nullopt;
  const Layout Own = layoutOf(Content);
  std::string Line = Place->getReplacementText().str();
  if (Own.LineEnd != "\n") {
    std::string Fixed;
    for (const char C : Line)
      Fixed += C == '\n' ? Own.LineEnd : std::string(1, C);
    Line = Fixed;
  }
  return Edit{File.str(), Place->getOffset() + Mark, Place->getLength(), Line};
}

bool isIncludeLine(const Edit &E) {
  return E.Length == 0 &&
         llvm::StringRef(E.Text).ltrim("\r\n").starts_with("#include");
}

/// Whether a file has none of what stands at the top of one that is complete.
static bool isFragment(llvm::StringRef Content) {
  for (const llvm::StringRef Directive : {"include", "pragma once", "ifndef"}) {
    llvm::StringRef Rest = Content;
    while (!Rest.empty()) {
      auto [Line, Tail] = Rest.split('\n');
      Rest = Tail;
      Line = Line.ltrim();
      if (Line.consume_front("#") && Line.ltrim().starts_with(Directive))
        return false;
    }
  }
  return true;
}

std::optional<Edit> rehomed(const TUFiles &Files, const Edit &Include) {
  const SourceManager &SM = Files.manager();
  FileID Home = Files.find(Include.File);
  const FileID First = Home;
  while (Home.isValid() && isFragment(SM.getBufferData(Home)))
    if (const SourceLocation From = SM.getIncludeLoc(Home); From.isValid())
      Home = SM.getFileID(SM.getExpansionLoc(From));
    else
      break;
  if (Home == First || Home.isInvalid() || !SM.getFileEntryRefForID(Home))
    return Include;
  const llvm::StringRef Spelling =
      llvm::StringRef(Include.Text).trim().drop_front(8).trim();
  return includeEdit(realPath(SM, Home), SM.getBufferData(Home), Spelling);
}

} // namespace interlock
