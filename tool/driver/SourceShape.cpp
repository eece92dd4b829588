#include "tool/driver/SourceShape.h"

#include "clang/Basic/LangOptions.h"
#include "clang/Lex/Lexer.h"

using namespace clang;

namespace interlock {

const LangOptions &rawLanguage() {
  static const LangOptions Options = [] {
    LangOptions O;
    O.CPlusPlus = O.CPlusPlus11 = O.CPlusPlus14 = O.CPlusPlus17 =
        O.CPlusPlus20 = O.Bool = O.LineComment = true;
    return O;
  }();
  return Options;
}

namespace {

class ShapeReader {
public:
  ShapeReader(llvm::StringRef Text, std::vector<ShapeEvent> &Events)
      : Text(Text), Events(Events),
        Raw(SourceLocation(), rawLanguage(), Text.begin(), Text.begin(),
            Text.end()) {}

  void read() {
    Token T;
    bool End = Raw.LexFromRawLexer(T);
    while (!End && T.isNot(tok::eof)) {
      if (T.is(tok::hash) && T.isAtStartOfLine()) {
        End = directive(T);
        continue;
      }
      Seen = true;
      if (T.is(tok::l_brace))
        ++Braces;
      if (T.is(tok::r_brace) && Braces > 0)
        --Braces;
      End = Raw.LexFromRawLexer(T);
    }
  }

private:
  /// Reads to the end of the directive; `T` becomes the token behind it.
  bool directive(Token &T) {
    bool End = Raw.LexFromRawLexer(T);
    if (T.is(tok::raw_identifier) && !T.isAtStartOfLine()) {
      const llvm::StringRef Name = T.getRawIdentifier();
      const size_t After = Raw.getBufferLocation() - Text.begin();
      End = Raw.LexFromRawLexer(T);
      const bool Has = !End && !T.isAtStartOfLine();
      const std::string Word = Has && T.is(tok::raw_identifier)
                                   ? T.getRawIdentifier().str()
                                   : std::string();
      note(Name, Word, After);
      First = false;
    }
    while (!End && T.isNot(tok::eof) && !T.isAtStartOfLine())
      End = Raw.LexFromRawLexer(T);
    return End;
  }

  void note(llvm::StringRef Name, const std::string &Word, size_t After) {
    if (Name == "include" || Name == "include_next" || Name == "import")
      return include(After);
    if (Name == "define" || Name == "undef") {
      // The definition that guards the file against a second inclusion.
      const bool Guards = Depth == 1 && Word == Guard && !Guarded;
      if (Guards) {
        Guarded = true;
        Depth = 0;
      } else {
        Events.push_back({ShapeEvent::Kind::Macro, Word});
      }
    } else if (Name == "ifndef" && First && !Seen) {
      Guard = Word;
      ++Depth;
    } else if (Name.starts_with("if")) {
      ++Depth;
    } else if (Name == "endif") {
      --Depth;
    }
  }

  void include(size_t After) {
    const llvm::StringRef Rest = Text.drop_front(After).ltrim(" \t").take_until(
        [](char C) { return C == '\n'; });
    const char Close = Rest.starts_with("<") ? '>' : '"';
    const size_t End = Rest.find(Close, 1);
    if (!(Rest.starts_with("<") || Rest.starts_with("\"")) ||
        End == llvm::StringRef::npos) {
      Events.push_back({ShapeEvent::Kind::Unclear, {}});
      return;
    }
    Events.push_back({ShapeEvent::Kind::Include, Rest.substr(1, End - 1).str(),
                      Close == '>', Depth <= 0 && Braces == 0});
  }

  llvm::StringRef Text;
  std::vector<ShapeEvent> &Events;
  Lexer Raw;
  std::string Guard;
  int Depth = 0; ///< of conditions, without the guard of the file
  unsigned Braces = 0;
  bool First = true; ///< no directive yet
  bool Seen = false; ///< tokens outside directives
  bool Guarded = false;
};

} // namespace

const SourceShapes::Shape &SourceShapes::of(llvm::StringRef File) {
  {
    std::lock_guard<std::mutex> Held(Lock);
    const auto Found = Known.find(File);
    if (Found != Known.end())
      return *Found->second;
  }
  auto New = std::make_unique<Shape>();
  if (auto Buffer = llvm::MemoryBuffer::getFile(File)) {
    New->Text = std::move(*Buffer);
    ShapeReader(New->Text->getBuffer(), New->Events).read();
  }
  std::lock_guard<std::mutex> Held(Lock);
  return *Known.try_emplace(File, std::move(New)).first->second;
}

} // namespace interlock
