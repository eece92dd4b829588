#include "rewriters/base/Insertion.h"
#include "rewriters/base/Format.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/StmtCXX.h"
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

/// Where the head of an `if` or a loop ends, whose body begins at `Body`.
static unsigned endOfHead(const FunctionView &View, unsigned From,
                          unsigned Body) {
  const llvm::StringRef Text = View.content();
  Lexer Raw(SourceLocation(), View.context().getLangOpts(), Text.data(),
            Text.data() + From, Text.data() + Text.size());
  unsigned End = From;
  for (Token T; !Raw.LexFromRawLexer(T);) {
    const auto Stop =
        static_cast<unsigned>(Raw.getBufferLocation() - Text.data());
    if (Stop > Body)
      break;
    End = Stop;
  }
  return End;
}

/// Behind the semicolon of a body, which the AST does not count as its own.
static unsigned endOfBody(const FunctionView &View, const Extent &E) {
  const Node *Last = &View[View[E.Block].Children[E.First]];
  while (isa<IfStmt, ForStmt, WhileStmt, CXXForRangeStmt>(Last->S))
    Last = &View[Last->Children.back()];
  const llvm::StringRef Rest = View.content().substr(Last->End);
  const llvm::StringRef Behind = Rest.ltrim();
  const bool Open =
      !isa<CompoundStmt>(Last->S) && Behind.starts_with(";") &&
      !View.content().slice(Last->Begin, Last->End).ends_with(";");
  return Last->End +
         (Open ? static_cast<unsigned>(Rest.size() - Behind.size()) + 1 : 0);
}

/// Whether braces stand on lines of their own: as those of other bodies in the
/// function do, or else its own.
static bool bracesApart(const FunctionView &View) {
  bool Apart = false;
  for (const Node &N : View.nodes()) {
    const bool Body =
        N.Parent >= 0 && isBodyOf(View[N.Parent].S, N.S) && !N.BeginInMacro;
    if (!isa<CompoundStmt>(N.S) || N.Foreign || !(N.Parent < 0 || Body))
      continue;
    Apart = firstOnLine(View.content(), N.Begin);
    if (Body)
      return Apart;
  }
  return Apart;
}

/// Braces around a body that has none, and the guard in them.
static std::vector<Edit> bracedEdits(const FunctionView &View, const Extent &E,
                                     llvm::StringRef Declaration) {
  const llvm::StringRef Content = View.content();
  const std::string Break = layoutOf(Content).LineEnd;
  const unsigned Begin = beginOf(View, E), End = endOfBody(View, E);
  const unsigned Head = endOfHead(View, View[E.Block].Begin, Begin);
  if (!firstOnLine(Content, Begin) || !lastOnLine(Content, End))
    return {{View.file(), Begin, 0, "{ " + Declaration.str() + " "},
            {View.file(), End, 0, " }"}};
  unsigned Behind = lineEnd(Content, End);
  if (Behind > End && Content[Behind - 1] == '\r')
    --Behind;
  const std::string Outer = indentationAt(Content, View[E.Block].Begin).str();
  return {
      {View.file(), Head, 0, bracesApart(View) ? Break + Outer + "{" : " {"},
      {View.file(), aboveComments(Content, Begin, lineEnd(Content, Head)), 0,
       indentationAt(Content, Begin).str() + Declaration.str() + Break},
      {View.file(), Behind, 0, Break + Outer + "}"}};
}

std::vector<Edit> guardEdits(const FunctionView &View, const Extent &E, Form F,
                             unsigned At, llvm::StringRef Declaration,
                             llvm::StringRef Release) {
  if (isBareBody(View, E))
    return bracedEdits(View, E, Declaration);
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
