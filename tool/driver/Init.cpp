#include "tool/driver/Init.h"

#include "matchers/Analysis.h"
#include "matchers/summary/Program.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Regex.h"

#include <fmt/format.h>
#include <set>

namespace interlock {
namespace {

/// A coroutine library, and what its headers have in their path.
struct Library {
  llvm::StringLiteral Name, Header;
};
constexpr Library Libraries[] = {
    {"Boost.Asio", "/boost/asio/awaitable"},
    {"Asio", "/asio/awaitable"},
    {"libcoro", "/coro/task.hpp"},
    {"cppcoro", "/cppcoro/task"},
    {"folly::coro", "/folly/coro/"},
    {"Seastar", "/seastar/core/"},
    {"Boost.Cobalt", "/boost/cobalt/"},
    {"concurrencpp", "/concurrencpp/"},
    {"QCoro", "/qcoro"},
    {"Boost.Fiber", "/boost/fiber/"},
};

/// Writes the draft, a section at a time.
class Draft {
public:
  Draft(llvm::ArrayRef<const TUFacts *> Facts,
        llvm::ArrayRef<UnitOutcome> Outcomes, Options Everything,
        llvm::StringRef Root, Sources &Text)
      : Outcomes(Outcomes), Everything(std::move(Everything)), Root(Root),
        Text(Text), P(Facts, this->Everything) {
    for (const Finding &F : analyse(Facts, this->Everything))
      ++Findings[F.State.Member];
    for (const FunctionFacts *F : P.functions())
      look(*F);
    for (const UnitOutcome &Outcome : Outcomes)
      Files.insert(Outcome.Parse.Files.begin(), Outcome.Parse.Files.end());
  }

  std::string write() {
    Out = fmt::format("# A first draft by `interlock --init`, from {} "
                      "translation units. What is a guess is\n"
                      "# a comment; read it, then take the `#` away. "
                      "`interlock --verify-config` checks the\n"
                      "# file, `interlock --dump-config-schema` is for "
                      "editors.\n",
                      Outcomes.size());
    libraries();
    executor();
    known();
    candidates();
    locks();
    return Out;
  }

private:
  struct Member {
    const FieldInfo *Info = nullptr;
    std::string Category;
    bool Named = false;
    std::set<std::string> Coroutines; ///< that use it
    unsigned Modifies = 0;
  };

  /// The members of one class.
  struct Group {
    std::vector<const Member *> Members;
    unsigned Findings = 0;
  };

  unsigned findings(const Member &M) const {
    const auto Found = Findings.find(qualified(*M.Info));
    return Found == Findings.end() ? 0 : Found->second;
  }

  static std::string qualified(const FieldInfo &Info) {
    return Info.Record.empty() ? Info.Name : Info.Record + "::" + Info.Name;
  }

  void look(const FunctionFacts &F) {
    Coroutines += F.Coroutine;
    for (const Block &B : F.Blocks)
      for (const Op &O : B.Ops) {
        if (O.Kind == OpKind::Acquire)
          lock(O);
        if (O.Kind != OpKind::Read && O.Kind != OpKind::Modify &&
            O.Kind != OpKind::Bind)
          continue;
        const std::optional<StateInfo> State = P.guarded(O.Path);
        if (!State || !State->Info)
          continue;
        Member &M = Members[qualified(*State->Info)];
        M.Info = State->Info;
        M.Category = State->Category;
        M.Named = State->Named;
        // Before anybody else knows of the object, and after.
        if (F.Constructor || F.Destructor)
          continue;
        M.Modifies += O.Kind == OpKind::Modify;
        if (F.Coroutine)
          M.Coroutines.insert(F.Id);
      }
  }

  void lock(const Op &O) {
    if (!O.Lock.Category.empty()) {
      Locks["interlock's runtime, " + O.Lock.Category];
      return;
    }
    for (const PathStep &S : llvm::reverse(O.Lock.Path.Steps))
      if (const FieldInfo *Info = P.field(S.Name)) {
        Locks[qualified(*Info)] = Info->Type;
        return;
      }
  }

  bool shared(const Member &M) const {
    return M.Modifies && !M.Coroutines.empty() && !M.Info->Const;
  }

  void section(llvm::StringRef Title) {
    Out += fmt::format("\n# {}\n", Title.str());
  }

  void libraries() {
    std::set<llvm::StringRef> Seen;
    for (const std::string &File : Files)
      for (const Library &L : Libraries)
        if (llvm::StringRef(File).contains(L.Header))
          Seen.insert(L.Name);
    if (Seen.contains("Boost.Asio"))
      Seen.erase("Asio"); // its path ends with the other's
    section(Seen.empty()
                ? "No coroutine library that is known by name is included."
                : "Coroutine library, known by name: " +
                      llvm::join(Seen, ", ") + ".");
    Out += fmt::format("# {} coroutines were found.\n", Coroutines);
  }

  /// Places of the project that start threads, at most a few.
  std::vector<std::string> threads() {
    static const llvm::Regex Starts(
        "(std::j?thread|thread_pool|ThreadPoolExecutor|thread_group)[ ({<]");
    std::vector<std::string> Places;
    for (const std::string &File : Files) {
      if (relativePath(File, Root) == File)
        continue;
      llvm::SmallVector<llvm::StringRef> Lines;
      Text.text(File).split(Lines, '\n');
      for (size_t I = 0; I < Lines.size() && Places.size() < 5; ++I)
        if (Starts.match(Lines[I].take_until([](char C) { return C == '/'; })))
          Places.push_back(fmt::format("{}:{}: {}", relativePath(File, Root),
                                       I + 1, Lines[I].trim().str()));
    }
    return Places;
  }

  void executor() {
    section("On what the coroutines run: `single-threaded`, "
            "`multi-threaded`, or `unknown`, which\n# reports both kinds of "
            "defects.");
    const std::vector<std::string> Places = threads();
    if (Places.empty())
      Out += "# No thread is started in the sources that were read. Where one "
             "thread runs all\n# coroutines that share state, say "
             "single-threaded.\n";
    for (const std::string &Place : Places)
      Out += "#   " + printable(Place) + "\n";
    Out += "executor: unknown\n";
  }

  void known() {
    std::map<std::string, std::vector<std::string>> ByCategory;
    for (const auto &[Name, M] : Members)
      if (M.Named && shared(M))
        ByCategory[M.Category].push_back(Name);
    section(ByCategory.empty()
                ? "No member that coroutines share has a name that is known."
                : "Guarded without saying so, by name or annotation:");
    for (const auto &[Category, Names] : ByCategory)
      for (const std::string &Name : Names)
        Out += fmt::format("#   {:<10} {}\n", Category, printable(Name));
  }

  void candidates() {
    std::map<std::string, Group> ByRecord;
    for (const auto &[Name, M] : Members)
      if (!M.Named && shared(M)) {
        Group &G = ByRecord[M.Info->Record];
        G.Members.push_back(&M);
        G.Findings += findings(M);
      }
    if (ByRecord.empty()) {
      section("No other member is changed and used by coroutines.");
      return;
    }
    section("Used by coroutines and changed, but of no known name. Keep what "
            "several activities\n# share; a category is what one lock "
            "protects. In brackets: coroutines that use the\n# member, and "
            "findings if it were guarded.");
    std::vector<std::pair<std::string, Group>> Sorted(ByRecord.begin(),
                                                      ByRecord.end());
    llvm::sort(Sorted, [](const auto &A, const auto &B) {
      return std::tie(B.second.Findings, A.first) <
             std::tie(A.second.Findings, B.first);
    });
    Out += "# categories:\n";
    for (const auto &[Record, G] : Sorted) {
      Out +=
          fmt::format("#   - name: {}\n#     members:\n", categoryName(Record));
      for (const Member *M : G.Members)
        Out += fmt::format("#       - '{}'  # [{}, {}]\n",
                           llvm::Regex::escape(printable(qualified(*M->Info))),
                           M->Coroutines.size(), findings(*M));
    }
  }

  /// The last part of a class's name, as categories are spelled.
  static std::string categoryName(llvm::StringRef Record) {
    std::string Name;
    for (char C : Record.substr(Record.rfind(':') + 1))
      if (llvm::isAlnum(C)) {
        if (llvm::isUpper(C) && !Name.empty() && llvm::isLower(Name.back()))
          Name += '_';
        Name += llvm::toLower(C);
      } else if (!Name.empty() && Name.back() != '_') {
        Name += '_';
      }
    return Name.empty() ? "global" : Name;
  }

  void locks() {
    section(Locks.empty() ? "No lock is taken." : "Locks that are understood:");
    for (const auto &[Name, Type] : Locks)
      Out += fmt::format("#   {}{}\n", printable(Name),
                         Type.empty() ? "" : ", " + printable(Type));
    Out += "# Others, and awaits that never suspend, are named so:\n"
           "# vocabulary:\n"
           "#   acquires: ['my::async_lock::acquire']\n"
           "#   guards: ['my::lock_guard']\n"
           "#   never-suspends: ['my::ready_value']\n";
  }

  /// Names come from the sources: one must not end its comment.
  static std::string printable(llvm::StringRef Name) {
    std::string Out = llvm::json::fixUTF8(Name);
    llvm::transform(Out, Out.begin(), interlock::printable);
    return Out;
  }

  llvm::ArrayRef<UnitOutcome> Outcomes;
  const Options Everything; ///< with every member guarded
  llvm::StringRef Root;
  Sources &Text;
  Program P;
  std::map<std::string, unsigned> Findings; ///< by member
  std::map<std::string, Member> Members;
  std::map<std::string, std::string> Locks; ///< type by name
  std::set<std::string> Files;
  unsigned Coroutines = 0;
  std::string Out;
};

} // namespace

std::string draftConfig(llvm::ArrayRef<const TUFacts *> Facts,
                        llvm::ArrayRef<UnitOutcome> Outcomes,
                        const Config &Settings, Sources &Text) {
  Options Everything = Settings.Analysis;
  Everything.Guarded = GuardedState::All;
  return Draft(Facts, Outcomes, std::move(Everything), Settings.Root, Text)
      .write();
}

llvm::Error writeDraft(llvm::StringRef File, llvm::StringRef Draft) {
  int Descriptor = 0;
  if (std::error_code Error = llvm::sys::fs::openFileForWrite(
          File, Descriptor, llvm::sys::fs::CD_CreateNew))
    return llvm::createStringError(
        fmt::format("'{}': {}; --init changes no file", File.str(),
                    Error.message())
            .c_str());
  llvm::raw_fd_ostream Out(Descriptor, /*shouldClose=*/true);
  Out << Draft;
  Out.flush();
  if (std::error_code Error = Out.error()) {
    Out.clear_error();
    return llvm::createStringError(
        fmt::format("'{}': {}", File.str(), Error.message()).c_str());
  }
  return llvm::Error::success();
}

} // namespace interlock
