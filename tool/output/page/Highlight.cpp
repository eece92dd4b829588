#include "tool/output/page/Highlight.h"

#include "clang/Basic/IdentifierTable.h"
#include "clang/Basic/LangOptions.h"
#include "clang/Lex/Lexer.h"

namespace interlock {

std::string escapeHtml(llvm::StringRef Text) {
  std::string Out;
  for (const char C : Text)
    switch (C) {
    case '&':
      Out += "&amp;";
      break;
    case '<':
      Out += "&lt;";
      break;
    case '>':
      Out += "&gt;";
      break;
    case '"':
      Out += "&quot;";
      break;
    case '\'':
      Out += "&#39;";
      break;
    default:
      if (static_cast<unsigned char>(C) >= 0x20 || C == '\t' || C == '\n')
        Out += C;
    }
  return Out;
}

static clang::LangOptions cxx20() {
  clang::LangOptions Options;
  Options.CPlusPlus = Options.CPlusPlus11 = Options.CPlusPlus14 =
      Options.CPlusPlus17 = Options.CPlusPlus20 = Options.Coroutines =
          Options.Bool = Options.LineComment = Options.RawStringLiterals = true;
  return Options;
}

static char classOf(const clang::Token &Token,
                    clang::IdentifierTable &Keywords) {
  if (Token.is(clang::tok::comment))
    return 'c';
  if (Token.is(clang::tok::numeric_constant))
    return 'n';
  if (Token.isLiteral())
    return 's';
  if (Token.is(clang::tok::raw_identifier) &&
      Keywords.get(Token.getRawIdentifier()).getTokenID() !=
          clang::tok::identifier)
    return 'k';
  return ' ';
}

const std::string &Highlighter::classes(llvm::StringRef File,
                                        llvm::StringRef Text) {
  auto [Entry, New] = Files.try_emplace(File);
  std::string &Classes = Entry->second;
  if (!New)
    return Classes;
  static const clang::LangOptions Options = cxx20();
  clang::IdentifierTable Keywords(Options);
  Classes.assign(Text.size(), ' ');
  const std::string Terminated = Text.str();
  const char *Start = Terminated.c_str();
  clang::Lexer Lexer(clang::SourceLocation(), Options, Start, Start,
                     Start + Terminated.size());
  Lexer.SetCommentRetentionState(true);
  clang::Token Token;
  bool AtEnd = false;
  while (!AtEnd) {
    AtEnd = Lexer.LexFromRawLexer(Token);
    const size_t After = Lexer.getBufferLocation() - Start;
    const size_t Length = std::min<size_t>(After, Token.getLength());
    Classes.replace(After - Length, Length, Length, classOf(Token, Keywords));
  }
  return Classes;
}

std::string Highlighter::html(llvm::StringRef File, llvm::StringRef Text,
                              size_t Begin, size_t End, size_t MarkBegin,
                              size_t MarkEnd) {
  const std::string &Classes = classes(File, Text);
  const auto Marked = [&](size_t I) { return MarkBegin <= I && I < MarkEnd; };
  std::string Out;
  for (size_t I = Begin; I < End;) {
    const size_t First = I;
    while (I < End && Classes[I] == Classes[First] &&
           Marked(I) == Marked(First))
      ++I;
    std::string Piece = escapeHtml(Text.slice(First, I));
    if (const char Class = Classes[First]; Class != ' ')
      Piece = std::string("<span class=\"") +
              (Class == 'n' ? "n0" : std::string(1, Class)) + "\">" + Piece +
              "</span>";
    Out += Marked(First) ? "<b>" + Piece + "</b>" : Piece;
  }
  return Out;
}

} // namespace interlock
