#include "tool/driver/UnitFilter.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/YAMLParser.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

extern const char *const InterlockBuiltinVocabulary;

using namespace interlock;
using Texts = std::map<std::string, std::string>;

namespace {

/// Files in a folder of their own, with a source that is about nothing.
class Folder {
public:
  explicit Folder(const Texts &Files) {
    (void)llvm::sys::fs::createUniqueDirectory("unit-filter", Made);
    (void)llvm::sys::fs::real_path(Made, Root);
    write("idle.cpp", "int idle(int a) { return a; }\n");
    for (const auto &[Name, Text] : Files)
      write(Name, Text);
  }
  ~Folder() { (void)llvm::sys::fs::remove_directories(Root); }

  /// Names of the sources that are parsed, by their stems.
  std::set<std::string> parsed(const Options &Opts = {},
                               const std::vector<std::string> &Flags = {}) {
    std::vector<Unit> Units;
    for (const std::string &Path : Sources) {
      Unit U;
      U.File = U.RealFile = Path;
      U.Directory = Root.str().str();
      U.Command = {"clang++"};
      U.Command.insert(U.Command.end(), Flags.begin(), Flags.end());
      U.Command.insert(U.Command.end(), {"-c", Path});
      Units.push_back(U);
    }
    const auto Left = unitsToLeaveOut(Units, Opts, Root);
    std::set<std::string> Result;
    for (size_t I = 0; I < Units.size(); ++I)
      if (!Left[I])
        Result.insert(llvm::sys::path::stem(Sources[I]).str());
    return Result;
  }

private:
  void write(const std::string &Name, const std::string &Text) {
    llvm::SmallString<128> Path(Root);
    llvm::sys::path::append(Path, Name);
    std::error_code Failed;
    llvm::raw_fd_ostream(Path, Failed) << Text;
    if (Path.ends_with(".cpp"))
      Sources.push_back(Path.str().str());
  }

  llvm::SmallString<128> Made, Root;
  std::vector<std::string> Sources;
};

const std::string Ledger = R"(
struct Ledger { long balance_; bool open; void pay(long); };
)";
const std::string Pay = R"(
#include "ledger.hpp"
bool allowed(long);
void Ledger::pay(long cost) { if (allowed(cost)) balance_ -= cost; }
)";

std::set<std::string> parsedWith(Texts More, const Options &Opts = {}) {
  More["ledger.hpp"] = Ledger;
  More["pay.cpp"] = Pay;
  return Folder(More).parsed(Opts);
}

using Names = std::set<std::string>;

} // namespace

TEST(UnitFilter, LeavesOutWhatNothingLeadsTo) {
  EXPECT_EQ(parsedWith({}), Names{"pay"});
  EXPECT_EQ(parsedWith({{"tool.hpp", "struct Tool { int id; };"},
                        {"tool.cpp", "#include \"tool.hpp\"\n"
                                     "int use(Tool t) { return t.id; }"}}),
            Names{"pay"});
}

TEST(UnitFilter, ParsesWhereSomethingIsSpent) {
  Options Inferred;
  Inferred.Guarded = GuardedState::Inferred;
  for (const char *Spending :
       {"void lower(long &a, long b) { a -= b; }",
        "void lower(long &a, long b) { a = a - b; }",
        "void lower(long *a, int at) { a[at] = (a[at] - a[0]); }",
        "template <class T> void lower(T &a, long b) { a.fetch_sub(b); }"}) {
    EXPECT_EQ(parsedWith({{"a.cpp", Spending}}, Inferred), (Names{"a", "pay"}))
        << Spending;
    EXPECT_EQ(parsedWith({{"a.cpp", Spending}}), Names{"pay"}) << Spending;
  }
  EXPECT_EQ(parsedWith({{"a.cpp", "struct Leaf { int row; };\n"
                                  "int below(Leaf *l) { return l->row - 1; }"}},
                       Inferred),
            Names{"pay"});
}

TEST(UnitFilter, ParsesWhatIsCalledThroughOthers) {
  EXPECT_EQ(parsedWith({{"a.cpp", "bool far(long);\n"
                                  "bool allowed(long c) { return far(c); }"},
                        {"b.cpp", "bool far(long c) { return c > 1; }"}}),
            (Names{"a", "b", "pay"}));
}

TEST(UnitFilter, ParsesWhoCallsAndWhatThatAwaits) {
  EXPECT_EQ(parsedWith({{"a.cpp", "void pay(long); void wait_long();\n"
                                  "void all() { wait_long(); pay(1); }"},
                        {"b.cpp", "void wait_long() {}"},
                        {"c.cpp", "void all(); int main() { all(); }"}}),
            (Names{"a", "b", "c", "pay"}));
}

TEST(UnitFilter, ParsesWhoChangesAMemberThatIsGoneBy) {
  const Texts Flag = {
      {"desk.hpp", "struct Desk { int busy; };\nDesk &desk();"},
      {"a.cpp", "#include \"desk.hpp\"\n"
                "bool allowed(long) { return desk().busy; }"},
      {"b.cpp", "#include \"desk.hpp\"\nvoid leave() { desk().busy = 0; }"}};
  EXPECT_EQ(parsedWith(Flag), (Names{"a", "b", "pay"}));
}

TEST(UnitFilter, KnowsDefinitionsInEveryForm) {
  for (const char *Definition :
       {"auto allowed(long c) -> bool { return c; }",
        "bool allowed(long c) noexcept(true) try { return c; } catch (...) {}",
        "template <class T> bool allowed(T c) requires true { return c; }",
        "template <> bool allowed<long>(long c) { return c; }",
        "bool (allowed)(long c) { return c; }",
        "struct Rule { bool allowed(long) const; };",
        "struct Rule : Base { bool allowed(long) override { return 1; } };",
        "bool (*allowed)(long) = nullptr;", "Check allowed{[] {}};",
        "RULE(allowed) { return 1; }", "rule(allowed);",
        "struct Rule : Base<int>, Other { bool allowed(long) override; };",
        "template <class T> struct Rule<T *> { bool allowed(long); };",
        "#if A\nint f() {\n#else\nint g() {\n#endif\n return 1; }\n"
        "bool allowed(long) { return 1; }",
        "#define OPEN {\nint f() OPEN }\nbool allowed(long) { return 1; }",
        "#define allowed(c) true\n"})
    EXPECT_EQ(parsedWith({{"a.cpp", Definition}}), (Names{"a", "pay"}))
        << Definition;
}

TEST(UnitFilter, LeavesNothingOutThatItCannotRead) {
  EXPECT_EQ(parsedWith({{"a.cpp", "#include NAME\n"}}), (Names{"a", "pay"}));
  EXPECT_EQ(parsedWith({{"a.cpp", "#include \"made.hpp\"\n"}}),
            (Names{"a", "pay"}));
  EXPECT_EQ(parsedWith({{"a.cpp", "#define JOIN(a, b) a##b\n"}}),
            (Names{"a", "pay"}));
}

TEST(UnitFilter, HeedsTheFlags) {
  const Texts Files = {{"a.cpp", "long left;"}};
  EXPECT_EQ(Folder(Files).parsed(), Names());
  EXPECT_EQ(Folder(Files).parsed({}, {"-Dleft=balance_"}).size(), 2u);
  EXPECT_EQ(Folder(Files).parsed({}, {"-D", "left=balance_"}).size(), 2u);
  Options All;
  All.Guarded = GuardedState::All;
  EXPECT_EQ(Folder(Files).parsed(All).size(), 2u);
  Options Own;
  CategoryOption Stock;
  Stock.Name = "stock";
  Stock.Members = {"Shelf::left"};
  Own.Categories.push_back(Stock);
  EXPECT_EQ(Folder(Files).parsed(Own), Names{"a"});
}

/// Every lock that the vocabulary knows tells that its unit matters.
TEST(UnitFilter, KnowsTheLocksOfTheVocabulary) {
  llvm::SourceMgr Sources;
  llvm::yaml::Stream Document(InterlockBuiltinVocabulary, Sources);
  unsigned Locks = 0;
  for (auto &Entry :
       *llvm::cast<llvm::yaml::MappingNode>(Document.begin()->getRoot())) {
    llvm::SmallString<64> Key;
    const llvm::StringRef List =
        llvm::cast<llvm::yaml::ScalarNode>(Entry.getKey())->getValue(Key);
    if (List != "guards" && List != "acquires") {
      Entry.skip();
      continue;
    }
    for (auto &Lock : *llvm::cast<llvm::yaml::SequenceNode>(Entry.getValue()))
      for (auto &Property : llvm::cast<llvm::yaml::MappingNode>(Lock)) {
        llvm::SmallString<64> Name, Text;
        const llvm::StringRef What =
            llvm::cast<llvm::yaml::ScalarNode>(Property.getKey())
                ->getValue(Name);
        const llvm::StringRef Value =
            llvm::cast<llvm::yaml::ScalarNode>(Property.getValue())
                ->getValue(Text);
        if (What != "type" && What != "name")
          continue;
        EXPECT_EQ(
            Folder({{"a.cpp", "auto x = " + Value.str() + "();"}}).parsed(),
            Names{"a"})
            << Value.str();
        ++Locks;
      }
  }
  EXPECT_GT(Locks, 60u);
}
