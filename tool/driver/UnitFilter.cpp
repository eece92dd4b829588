#include "tool/driver/UnitFilter.h"

#include "matchers/vocabulary/Vocabulary.h"
#include "tool/driver/CommandParts.h"
#include "tool/driver/ForeignIncludes.h"
#include "tool/driver/SourceNames.h"
#include "tool/driver/SourceShape.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Regex.h"

#include <map>

namespace interlock {
namespace {

/// Words without which there is no guarded state and no lock.
class Telltale {
public:
  explicit Telltale(const Options &Opts)
      : Spending(Opts.Guarded == GuardedState::Inferred) {
    for (const CategoryOption &C : categories(Opts)) {
      for (const std::string &Pattern : C.Members)
        add(lastPart(Pattern).str());
      for (const std::string &Pattern : C.Types)
        add(lastPart(Pattern).str());
      for (const auto &Words : {C.Words, C.Numbers})
        for (const std::string &Pattern : Words)
          ByWords.emplace_back("^(" + Pattern + ")$");
    }
    for (const std::vector<std::string> &Invariant : Opts.Invariants)
      for (const std::string &Member : Invariant)
        add(llvm::Regex::escape(lastPart(Member)));
    for (const auto &Names :
         {Opts.Vocabulary.Guards, Opts.Vocabulary.SharedGuards,
          Opts.Vocabulary.Acquires})
      for (const std::string &Name : Names)
        Lists.add({lastPart(Name).str()});
  }

  /// A pattern that cannot be taken apart tells nothing.
  bool valid() const { return Valid; }

  /// Whether a subtraction tells as well.
  bool spending() const { return Spending; }

  bool operator()(llvm::StringRef Word) const {
    for (const char *Part :
         {"mutex", "guard", "semaphore", "synchron", "call_once", "units",
          "channel", "acquire", "capability", "with_shared"})
      if (Word.contains_insensitive(Part))
        return true;
    // Not a delegate.
    if (Word == "gate" || Word.ends_with("_gate"))
      return true;
    // Neither a block nor a clock.
    const size_t Lock = Word.find_insensitive("lock");
    if (Lock != llvm::StringRef::npos &&
        (!Lock || !llvm::StringRef("bcBC").contains(Word[Lock - 1])))
      return true;
    const auto Any = [](llvm::ArrayRef<llvm::Regex> All, llvm::StringRef Text) {
      return llvm::any_of(
          All, [&](const llvm::Regex &Each) { return Each.match(Text); });
    };
    return Lists.matches(Word) || Any(Patterns, Word) ||
           Any(ByWords, wordsOf(Word));
  }

private:
  void add(const std::string &Pattern) {
    Patterns.emplace_back("^(" + Pattern + ")$");
    Valid &= Patterns.back().isValid();
  }

  std::vector<llvm::Regex> Patterns, ByWords;
  NameSet Lists;
  bool Valid = true, Spending;
};

class UnitFilter {
public:
  UnitFilter(llvm::ArrayRef<Unit> Units, const Telltale &Tells,
             llvm::StringRef Root)
      : Units(Units), Tells(Tells), Root(Root), FilesOf(Units.size()) {}

  std::vector<std::optional<std::vector<std::string>>> run() {
    read();
    seed();
    while (spread())
      ;
    return verdicts();
  }

private:
  struct File {
    std::string Path;
    SourceNames Names;
  };

  unsigned number(const std::string &Path) {
    const auto [Entry, New] = Numbers.try_emplace(Path, Files.size());
    if (New) {
      const auto &Text = Shapes.of(Path).Text;
      Files.push_back({Path, namesIn(Text ? Text->getBuffer() : "", Words)});
    }
    return Entry->second;
  }

  void read() {
    std::map<std::pair<std::string, std::vector<std::string>>, ForeignIncludes>
        Includes;
    for (size_t I = 0; I < Units.size(); ++I) {
      const CommandParts Parts = takeApart(Units[I]);
      const auto Entry =
          Includes
              .try_emplace({Units[I].Directory, Parts.Flags}, Shapes,
                           Parts.Flags, Units[I].Directory, Root)
              .first;
      std::optional<std::vector<std::string>> Own =
          Parts.HasSource ? Entry->second.own(Units[I].RealFile, Parts.Included)
                          : std::nullopt;
      Unclear.push_back(!Own);
      FilesOf[I].push_back(number(Units[I].RealFile));
      if (Own)
        for (const std::string &Path : *Own)
          FilesOf[I].push_back(number(Path));
      // A macro of the command line may stand for any name in it.
      for (const std::string &Flag : Parts.Flags)
        if (llvm::StringRef Text(Flag);
            Text.starts_with("-D") ||
            (!Text.starts_with("-") && Text.contains('=')))
          llvm::append_range(Files[FilesOf[I].front()].Names.Words,
                             namesIn(Flag, Words).Words);
    }
  }

  void seed() {
    Telling.resize(Words.size());
    for (const auto &Word : Words.all())
      if (Tells(Word.first()))
        Telling.set(Word.second);
    Seeds.resize(Files.size());
    for (size_t F = 0; F < Files.size(); ++F)
      if (Files[F].Names.Unclear ||
          (Files[F].Names.Subtracts && Tells.spending()) ||
          any(Files[F].Names.Words, Telling))
        Seeds.set(F);
    for (size_t I = 0; I < Units.size(); ++I)
      if (Unclear[I])
        Seeds.set(FilesOf[I].front());
    llvm::BitVector Namespaces(Words.size());
    for (const File &F : Files)
      for (const unsigned Word : F.Names.Namespaces)
        Namespaces.set(Word);
    for (File &F : Files)
      llvm::erase_if(F.Names.Defined,
                     [&](unsigned Word) { return Namespaces.test(Word); });
    Mentions.resize(Words.size());
    Definers.resize(Words.size());
    for (size_t F = 0; F < Files.size(); ++F) {
      for (const unsigned Word : Files[F].Names.Words)
        Mentions[Word].push_back(F);
      for (const unsigned Word : Files[F].Names.Defined)
        Definers[Word].push_back(F);
    }
  }

  static bool any(const std::vector<unsigned> &List,
                  const llvm::BitVector &In) {
    return llvm::any_of(List, [&](unsigned Word) { return In.test(Word); });
  }

  using Index = std::vector<std::vector<unsigned>>;

  /// All files that are reached by what a list of names leads to.
  llvm::BitVector closure(llvm::BitVector From,
                          std::vector<unsigned> SourceNames::*List,
                          const Index &Next) const {
    llvm::BitVector Asked(Words.size());
    std::vector<unsigned> Work(From.set_bits_begin(), From.set_bits_end());
    while (!Work.empty()) {
      const unsigned F = Work.back();
      Work.pop_back();
      for (const unsigned Word : Files[F].Names.*List) {
        if (Asked.test(Word))
          continue;
        Asked.set(Word);
        for (const unsigned Other : Next[Word])
          if (!From.test(Other)) {
            From.set(Other);
            Work.push_back(Other);
          }
      }
    }
    return From;
  }

  llvm::BitVector callers(llvm::BitVector Of) const {
    return closure(std::move(Of), &SourceNames::Defined, Mentions);
  }

  llvm::BitVector callees(llvm::BitVector Of) const {
    return closure(std::move(Of), &SourceNames::Words, Definers);
  }

  /// Finds what is needed by the seeds; true if that made new seeds: whoever
  /// gets at an object whose members needed code goes by, and names these.
  bool spread() {
    llvm::BitVector From = callers(Seeds);
    for (size_t F = 0; F < Files.size(); ++F)
      if (Files[F].Names.Operators)
        From.set(F);
    Needed = callees(std::move(From));
    llvm::BitVector Known(Words.size()), Members(Words.size()),
        Owners(Files.size());
    for (const unsigned F : Needed.set_bits())
      for (const unsigned Word : Files[F].Names.Words)
        Known.set(Word);
    for (size_t F = 0; F < Files.size(); ++F)
      for (const unsigned Word : Files[F].Names.Fields)
        if (Known.test(Word)) {
          Members.set(Word);
          Owners.set(F);
        }
    bool More = false;
    const llvm::BitVector Around = callers(std::move(Owners));
    for (const unsigned F : Around.set_bits())
      if (!Needed.test(F) && any(Files[F].Names.Words, Members)) {
        Seeds.set(F);
        More = true;
      }
    return More;
  }

  std::vector<std::optional<std::vector<std::string>>> verdicts() const {
    std::vector<bool> Parsed(Units.size());
    llvm::BitVector Read(Files.size());
    const auto Parse = [&](size_t I) {
      Parsed[I] = true;
      for (const unsigned F : FilesOf[I])
        Read.set(F);
    };
    for (size_t I = 0; I < Units.size(); ++I)
      if (Needed.test(FilesOf[I].front()))
        Parse(I);
    // A header that no needed source includes is judged with all that do.
    llvm::BitVector Missing = Needed;
    Missing.reset(Read);
    for (size_t I = 0; I < Units.size(); ++I)
      if (llvm::any_of(FilesOf[I], [&](unsigned F) { return Missing.test(F); }))
        Parse(I);
    std::vector<std::optional<std::vector<std::string>>> Result(Units.size());
    for (size_t I = 0; I < Units.size(); ++I)
      if (!Parsed[I]) {
        Result[I].emplace();
        for (const unsigned F : FilesOf[I])
          Result[I]->push_back(Files[F].Path);
      }
    return Result;
  }

  llvm::ArrayRef<Unit> Units;
  const Telltale &Tells;
  llvm::StringRef Root;
  SourceShapes Shapes;
  WordTable Words;
  std::vector<File> Files;
  llvm::StringMap<unsigned> Numbers;
  std::vector<std::vector<unsigned>> FilesOf; ///< of a unit, its source first
  std::vector<bool> Unclear;                  ///< units: what they include
  llvm::BitVector Telling;                    ///< words
  llvm::BitVector Seeds, Needed;              ///< files
  Index Mentions, Definers;                   ///< words to files
};

} // namespace

std::vector<std::optional<std::vector<std::string>>>
unitsToLeaveOut(llvm::ArrayRef<Unit> Units, const Options &Opts,
                llvm::StringRef Root) {
  const Telltale Tells(Opts);
  if (Opts.Guarded == GuardedState::All || !Tells.valid())
    return std::vector<std::optional<std::vector<std::string>>>(Units.size());
  return UnitFilter(Units, Tells, Root).run();
}

} // namespace interlock
