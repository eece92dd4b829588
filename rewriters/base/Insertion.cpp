#include "rewriters/base/Insertion.h"
#include "rewriters/base/Format.h"

#include "clang/Lex/Lexer.h"

namespace interlock {

using namespace clang;

/// Above the comment lines that end right before the line of `At`, but not
/// above `Floor`.
static unsigned aboveComments(llvm::StringRef Content, unsigned At,
                              unsigned Floor) {
  unsigned Start = lineStart(Content, At);
  while (Start > 0) {
    const unsigned Before = lineStart(Content, Start - 1);
    if (Before < Floor || Before >= Start ||
        !Content.slice(Before, Start).ltrim().starts_with("//"))
      break;
    Start = Before;
  }
  return Start;
}

/// Starts of lines that begin inside a string literal: white space there is
/// the program's.
static std::vector<unsigned> linesInStrings(const FunctionView &View,
                                            unsigned From, unsigned To) {
  std::vector<unsigned> Lines;
  const llvm::StringRef Text = View.content();
  Lexer Raw(SourceLocation(), View.context().getLangOpts(), Text.data(),
            Text.data() + From, Text.data() + Text.size());
  Token T;
  while (!Raw.LexFromRawLexer(T)) {
    const unsigned End =
        static_cast<unsigned>(Raw.getBufferLocation() - Text.data());
    const unsigned Begin = End - T.getLength();
    if (Begin >= To)
      break;
    if (T.isOneOf(tok::string_literal, tok::utf8_string_literal,
                  tok::wide_string_literal))
      for (unsigned At = lineEnd(Text, Begin); At < End;
           At = lineEnd(Text, At + 1))
        Lines.push_back(At + 1);
  }
  return Lines;
}

static void indentLines(const FunctionView &View, unsigned From, unsigned To,
                        llvm::StringRef Unit, std::vector<Edit> &Edits) {
  const llvm::StringRef Content = View.content();
  const std::vector<unsigned> Fixed = linesInStrings(View, From, To);
  for (unsigned Line = From; Line < To; Line = lineEnd(Content, Line) + 1) {
    const llvm::StringRef Text =
        Content.slice(Line, lineEnd(Content, Line)).trim();
    if (Text.empty() || Text.starts_with("#") ||
        llvm::is_contained(Fixed, Line))
      continue;
    Edits.push_back({View.file(), Line, 0, Unit.str()});
  }
}

std::vector<Edit> guardEdits(const FunctionView &View, const Extent &E, Form F,
                             unsigned At, llvm::StringRef Declaration,
                             llvm::StringRef Release) {
  const llvm::StringRef Content = View.content();
  const Layout Own = layoutOf(Content);
  const std::string Indent = indentationAt(Content, At).str();
  const std::string &Break = Own.LineEnd;
  const unsigned End = endOf(View, E);
  std::vector<Edit> Edits;
  const unsigned Floor = E.First == 0
                             ? View[E.Block].Begin + 1
                             : View[View[E.Block].Children[E.First - 1]].End;
  const bool WholeLines = firstOnLine(Content, At);
  const unsigned Place =
      WholeLines ? aboveComments(Content, At, lineEnd(Content, Floor)) : At;
  if (F != Form::OwnBlock)
    Edits.push_back({View.file(), Place, 0,
                     WholeLines ? Indent + Declaration.str() + Break
                                : Declaration.str() + " "});
  if (F == Form::ToEndOfBlock)
    return Edits;
  const bool LinesAtEnd = WholeLines && lastOnLine(Content, End);
  // At the end of the line, not at the start of the next, where another guard
  // may begin.
  unsigned Behind = lineEnd(Content, End);
  if (Behind > End && Content[Behind - 1] == '\r')
    --Behind;
  if (F == Form::Unlocked) {
    Edits.push_back(
        {View.file(), LinesAtEnd ? Behind : End, 0,
         LinesAtEnd ? Break + Indent + Release.str() : " " + Release.str()});
    return Edits;
  }
  if (!WholeLines || !LinesAtEnd) {
    Edits.push_back({View.file(), Place, 0,
                     WholeLines ? Indent + "{ " + Declaration.str() + Break
                                : "{ " + Declaration.str() + " "});
    Edits.push_back({View.file(), End, 0, " }"});
    return Edits;
  }
  indentLines(View, Place, End, Own.Indent, Edits);
  // The first line's new blanks and the lines before it are one insertion.
  std::string Head =
      Indent + "{" + Break + Indent + Own.Indent + Declaration.str() + Break;
  if (!Edits.empty() && Edits.front().Offset == Place)
    Edits.front().Text = Head + Edits.front().Text;
  else
    Edits.insert(Edits.begin(), {View.file(), Place, 0, Head});
  Edits.push_back({View.file(), Behind, 0, Break + Indent + "}"});
  return Edits;
}

} // namespace interlock
