#include "tool/driver/SourceNames.h"

#include "tool/driver/SourceShape.h"

#include "clang/Basic/IdentifierTable.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>
#include <tuple>
#include <utility>

using namespace clang;

namespace interlock {
namespace {

class NameReader {
public:
  NameReader(llvm::StringRef Text, WordTable &Words)
      : Words(Words), Raw(SourceLocation(), rawLanguage(), Text.begin(),
                          Text.begin(), Text.end()) {}

  SourceNames read() {
    Token T;
    for (bool End = false; !End;) {
      End = Raw.LexFromRawLexer(T);
      if (T.is(tok::eof))
        break;
      if (T.isAtStartOfLine())
        InMacro = false;
      if (T.is(tok::hashhash))
        Result.Unclear = true;
      subtraction(T);
      if (T.is(tok::raw_identifier))
        word(T.getRawIdentifier());
      else if (!InMacro)
        punctuation(T);
      Before = T.getKind();
    }
    Result.Unclear |= !Braces.empty();
    for (std::vector<unsigned> *List :
         {&Result.Words, &Result.Defined, &Result.Fields, &Result.Namespaces}) {
      llvm::sort(*List);
      List->erase(llvm::unique(*List), List->end());
      llvm::erase_if(*List, [&](unsigned N) { return Reserved.contains(N); });
    }
    return std::move(Result);
  }

private:
  enum class Scope : unsigned char { Namespace, Class, Block };

  /// `x -= n`, `x.fetch_sub(n)`, and `x = x - n` with its words.
  void subtraction(const Token &T) {
    if (T.is(tok::raw_identifier)) {
      const llvm::StringRef Word = T.getRawIdentifier();
      Result.Subtracts |= Word == "fetch_sub";
      if (!Assigns)
        Written.push_back(Word);
      else
        Repeats |= llvm::is_contained(Written, Word);
    } else if (T.is(tok::equal)) {
      Assigns = true;
    } else if (T.isOneOf(tok::semi, tok::l_brace, tok::r_brace)) {
      Written.clear();
      Assigns = Repeats = false;
    }
    Result.Subtracts |= T.is(tok::minusequal) || (T.is(tok::minus) && Repeats);
  }

  /// `name ( ... )`, of which the next token says more.
  struct Call {
    std::vector<unsigned> Names; ///< its own, and of its class
    bool Makes = false;          ///< a macro that may define its arguments
    size_t Arguments = 0;        ///< where its words begin
  };

  /// `class name ...` up to the brace.
  struct TypeHead {
    std::vector<unsigned> Names;
    size_t Depth = 0; ///< of angle brackets
    bool Bases = false;
  };

  void word(llvm::StringRef Word) {
    const unsigned Number = Words.of(Word);
    Result.Words.push_back(Number);
    if (Before == tok::hash)
      return directive(Word);
    if (std::exchange(NamesMacro, false))
      Result.Defined.push_back(Number);
    if (InMacro)
      return;
    finishCall(tok::raw_identifier);
    const bool Keyword =
        Keywords.get(Word).isKeyword(rawLanguage()) || Word == "main";
    if (Keyword) // nobody calls main
      Reserved.insert(Number);
    Candidate.reset();
    if (!Keyword || Word == "operator") {
      const bool Qualified = Before == tok::coloncolon && !Qualifier.empty();
      Candidate = Call{{Number}, opensStatement(), 0};
      if (Qualified)
        Candidate->Names.push_back(Words.of(Qualifier));
      if (Word == "operator" && !Qualified && outside() &&
          (Braces.empty() || Braces.back() == Scope::Namespace))
        Result.Operators = true;
    }
    if (InNamespaceHead && !Keyword)
      Result.Namespaces.push_back(Number);
    InNamespaceHead |= Word == "namespace" || Word == "extern";
    if (Word == "class" || Word == "struct" || Word == "union")
      Head = TypeHead{{}, Angles.size(), false};
    else if (Head)
      Head->Names.push_back(Number);
    if (LastWord == "using" || LastWord == "concept")
      Result.Defined.push_back(Number);
    Typedef |= Word == "typedef";
    Declarator = Before == tok::raw_identifier || Before == tok::greater ||
                 Before == tok::star || Before == tok::amp ||
                 Before == tok::r_square || Before == tok::comma;
    Qualifier = Last = LastWord = Word;
  }

  void directive(llvm::StringRef Word) {
    if (Word == "define") {
      InMacro = NamesMacro = true;
    } else if (Word.starts_with("if")) {
      Conditions.push_back(Braces);
    } else if (Word.starts_with("el") && !Conditions.empty()) {
      Braces = Conditions.back(); // each branch begins as the first did
    } else if (Word == "endif" && !Conditions.empty()) {
      Conditions.pop_back();
    }
  }

  /// What begins a declaration and is followed by parentheses is a macro, or a
  /// constructor.
  bool opensStatement() const {
    return Before != tok::raw_identifier && Before != tok::star &&
           Before != tok::amp && Before != tok::greater &&
           Before != tok::coloncolon && Before != tok::tilde;
  }

  void punctuation(const Token &T) {
    finishCall(T.getKind());
    declare(T);
    if (T.isNot(tok::coloncolon))
      Qualifier = {};
    angles(T);
    switch (T.getKind()) {
    case tok::l_paren:
      if (Before == tok::r_paren && Wrapped)
        Candidate = Call{{*Wrapped}, false, 0}; // `(*name)(int)`
      Open.push_back(std::exchange(Candidate, std::nullopt));
      if (Open.back())
        Open.back()->Arguments = Result.Words.size();
      if (Head && !Head->Bases && Angles.size() == Head->Depth)
        Head.reset();
      break;
    case tok::r_paren:
      if (Open.empty())
        break;
      Closed = std::move(Open.back());
      Open.pop_back();
      Wrapped.reset();
      if (!Last.empty())
        Wrapped = Words.of(Last);
      break;
    case tok::l_brace:
      Braces.push_back(InNamespaceHead ? Scope::Namespace
                       : Head          ? Scope::Class
                                       : Scope::Block);
      finishHead();
      break;
    case tok::r_brace:
      if (Braces.empty())
        Result.Unclear = true;
      else
        Braces.pop_back();
      break;
    case tok::colon:
      if (Head)
        Head->Bases = true;
      break;
    case tok::semi:
      InNamespaceHead = false;
      Head.reset();
      break;
    case tok::comma:
    case tok::greater:
    case tok::equal:
      if (Head && !Head->Bases && Angles.size() <= Head->Depth)
        Head.reset(); // a parameter, or the type of a variable
      break;
    default:
      break;
    }
    if (T.isNot(tok::greater) && T.isNot(tok::greatergreater))
      if (LastWord != "operator" || T.is(tok::l_paren))
        Candidate.reset();
    Last = {};
  }

  /// `name<...>` is as good as `name`.
  void angles(const Token &T) {
    if (T.is(tok::less))
      Angles.push_back({Candidate, Last});
    if (T.isOneOf(tok::semi, tok::l_brace, tok::r_brace))
      Angles.clear();
    for (unsigned Closing = T.is(tok::greatergreater) ? 2 : T.is(tok::greater);
         Closing && !Angles.empty(); --Closing) {
      std::tie(Candidate, Qualifier) = std::move(Angles.back());
      Angles.pop_back();
    }
  }

  /// `type name ;` and its like.
  void declare(const Token &T) {
    if (Last.empty() || !Declarator || !outside() || !Open.empty() ||
        !T.isOneOf(tok::semi, tok::equal, tok::l_brace, tok::l_square,
                   tok::comma, tok::colon))
      return;
    const unsigned Number = Words.of(Last);
    if (Typedef || Braces.empty() || Braces.back() == Scope::Namespace)
      Result.Defined.push_back(Number);
    Result.Fields.push_back(Number);
    Typedef &= T.isNot(tok::semi);
  }

  /// Not within a function.
  bool outside() const {
    return Braces.empty() || Braces.back() != Scope::Block;
  }

  void finishCall(tok::TokenKind Next) {
    if (!Closed)
      return;
    const Call Done = *std::exchange(Closed, std::nullopt);
    if (!outside() || !Open.empty())
      return;
    if (Next == tok::semi) // who has it, has what it names
      Result.Defined.push_back(Done.Names.front());
    else
      llvm::append_range(Result.Defined, Done.Names);
    if (Done.Makes)
      llvm::append_range(Result.Defined,
                         llvm::drop_begin(Result.Words, Done.Arguments));
  }

  void finishHead() {
    if (Head)
      llvm::append_range(Result.Defined, Head->Names);
    Head.reset();
    InNamespaceHead = false;
  }

  WordTable &Words;
  IdentifierTable Keywords{rawLanguage()};
  llvm::DenseSet<unsigned> Reserved; ///< keywords met
  Lexer Raw;
  SourceNames Result;
  std::optional<Call> Candidate, Closed;
  std::vector<std::optional<Call>> Open; ///< parentheses
  std::vector<Scope> Braces;
  std::vector<std::vector<Scope>> Conditions; ///< braces where they began
  std::vector<std::pair<std::optional<Call>, llvm::StringRef>> Angles;
  std::optional<TypeHead> Head;
  llvm::SmallVector<llvm::StringRef> Written; ///< words of the statement so far
  bool Assigns = false;                       ///< behind a `=` of the statement
  bool Repeats = false; ///< and behind a word that stands before it as well
  std::optional<unsigned> Wrapped; ///< the word that parentheses ended with
  llvm::StringRef Qualifier, Last, LastWord;
  tok::TokenKind Before = tok::unknown;
  bool InNamespaceHead = false, InMacro = false, NamesMacro = false,
       Typedef = false, Declarator = false;
};

} // namespace

SourceNames namesIn(llvm::StringRef Text, WordTable &Words) {
  return NameReader(Text, Words).read();
}

} // namespace interlock
