#include "tool/driver/Cli.h"

#include "tool/config/CheckIds.h"
#include "tool/config/Nearest.h"
#include "tool/config/Schema.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/raw_ostream.h"

#include <iterator>

namespace cl = llvm::cl;

namespace interlock {
namespace {

/// The flags. Registered with llvm::cl while the object lives.
struct Flags {
  cl::OptionCategory Category{"interlock options"};
  template <typename T> using Opt = cl::opt<T>;
  using Text = cl::opt<std::string>;
  using Flag = cl::opt<bool>;

  cl::list<std::string> Files{cl::Positional, cl::desc("[files...]"),
                              cl::cat(Category)};

  Text BuildPath = text("p", "folder",
                        "build folder that holds compile_commands.json, or the "
                        "file itself; without it, looked up from the first "
                        "file, or from here");
  Text Checks = text("checks", "globs",
                     "checks that are on, comma-separated, appended to those "
                     "of the configuration; - takes out: -*,stale-*");
  Text WarningsAsErrors =
      text("warnings-as-errors", "globs", "checks whose warnings are errors");
  Text HeaderFilter = text("header-filter", "regex",
                           "headers that are reported; without it, those "
                           "inside the project's root");
  Text LineFilter = text("line-filter", "json",
                         "files and line ranges that are reported: "
                         "[{\"name\":\"a.cpp\",\"lines\":[[1,3]]}]");
  cl::opt<std::string> Fix{"fix", cl::ValueOptional,
                           cl::desc("apply the repairs that are safe; "
                                    "--fix=review also those that want a "
                                    "reader"),
                           cl::value_desc("review"), cl::cat(Category)};
  Flag FixErrors =
      flag("fix-errors", "apply repairs even where some translation "
                         "unit did not compile");
  Flag Diff = flag("diff", "print the repairs as a patch, write nothing");
  Flag AllowDirty = flag("allow-dirty", "let --fix edit files with changes "
                                        "that are not committed");
  Text ExportFixes = text("export-fixes", "file",
                          "write the repairs as YAML for "
                          "clang-apply-replacements");
  Text ConfigText = text("config", "yaml", "configuration in place of a file");
  Text ConfigFile = text("config-file", "file",
                         "configuration file in place of the one that is "
                         "looked up");
  Flag DumpConfig = flag("dump-config", "print the configuration in force");
  Flag VerifyConfig = flag("verify-config", "check the configuration, print "
                                            "what is wrong");
  Flag ExplainConfig = flag("explain-config", "print where each setting comes "
                                              "from");
  Flag ListChecks = flag("list-checks", "print the checks that are on");
  Text Explain = text("explain", "id", "print the page of a check");
  Text Why = text("why", "file:line", "say why a line is not reported");
  cl::list<std::string> ExtraArgs{"extra-arg", cl::value_desc("flag"),
                                  cl::desc("compiler flag appended to each "
                                           "command"),
                                  cl::cat(Category)};
  cl::list<std::string> ExtraArgsBefore{
      "extra-arg-before", cl::value_desc("flag"),
      cl::desc("compiler flag put before those of each command"),
      cl::cat(Category)};
  Flag Quiet = flag("quiet", "no progress, no counts on standard error");
  Opt<ColorUse> Color{
      "use-color",
      cl::ValueOptional,
      cl::init(ColorUse::Auto),
      cl::desc("colours: on a terminal unless NO_COLOR is set, always, never"),
      cl::values(clEnumValN(ColorUse::Always, "", ""),
                 clEnumValN(ColorUse::Auto, "auto", ""),
                 clEnumValN(ColorUse::Always, "always", ""),
                 clEnumValN(ColorUse::Always, "true", ""),
                 clEnumValN(ColorUse::Never, "never", ""),
                 clEnumValN(ColorUse::Never, "false", "")),
      cl::cat(Category)};
  Opt<unsigned> Jobs{"j",
                     cl::Prefix,
                     cl::init(0),
                     cl::value_desc("n"),
                     cl::desc("translation units parsed at a time; 0: one a "
                              "core"),
                     cl::cat(Category)};
  Text ExecutorModel = text("executor", "model",
                            "on what coroutines run: unknown, single-threaded, "
                            "multi-threaded");
  Text Strategy = text("fix-strategy", "name",
                       "how races are repaired: hold, reserve, recheck, auto");
  Text Access = text("state-access", "place",
                     "where repairs find the lock: global, object, "
                     "member-reference, member");
  Text Sync = text("sync-guard", "what",
                   "what repairs may do in plain functions: refuse, blocking, "
                   "try");
  Text Guarded = text("guarded-state", "what",
                      "configured: members of categories; all: every mutable "
                      "member and global");
  Opt<OutputFormat> Format{
      "format", cl::init(OutputFormat::Text), cl::desc("form of the report"),
      cl::values(
          clEnumValN(OutputFormat::Text, "text", "for people"),
          clEnumValN(OutputFormat::Json, "json", "see docs"),
          clEnumValN(OutputFormat::Sarif, "sarif", "SARIF 2.1.0"),
          clEnumValN(OutputFormat::GitHub, "github", "workflow annotations"),
          clEnumValN(OutputFormat::GitLab, "gitlab", "code quality report"),
          clEnumValN(OutputFormat::Html, "html", "a single page")),
      cl::cat(Category)};
  Text Output = text("output", "file",
                     "where the report goes; - is standard "
                     "output");
  Text Baseline = text("baseline", "file",
                       "findings that are known and not "
                       "reported");
  Flag WriteBaseline = flag("write-baseline", "record all findings in the "
                                              "baseline");
  Flag PruneBaseline = flag("prune-baseline", "drop from the baseline what is "
                                              "no longer found");
  Flag NoCache{"no-cache", cl::Hidden, cl::cat(Category),
               cl::desc("accepted for scripts: nothing is remembered yet")};
  Flag Profile = flag("profile", "print where the time went");
  Flag UnusedSuppressions = flag("report-unused-suppressions",
                                 "report NOLINT comments that hide nothing");
  Flag Reference{"dump-config-reference", cl::Hidden, cl::cat(Category)};
  Flag Schema{"dump-config-schema", cl::cat(Category),
              cl::desc("print the JSON schema of the configuration")};

  Text text(llvm::StringRef Name, llvm::StringRef Value, llvm::StringRef Help) {
    return Text(Name, cl::value_desc(Value), cl::desc(Help), cl::cat(Category));
  }
  Flag flag(llvm::StringRef Name, llvm::StringRef Help) {
    return Flag(Name, cl::desc(Help), cl::cat(Category));
  }
};

/// A flag's text as an enumerator; says what is wrong with it.
template <typename Enum>
bool readFlag(const cl::opt<std::string> &Flag, Enum &To) {
  std::vector<llvm::StringRef> Known;
  for (const auto &[Value, Name] : EnumNames<Enum>::Names) {
    Known.push_back(Name);
    if (Flag == Name) {
      To = Value;
      return true;
    }
  }
  llvm::errs() << "interlock: error: unknown value '" << Flag << "' for '--"
               << Flag.ArgStr << "'" << suggestion(Flag.getValue(), Known)
               << "\n";
  return false;
}

/// Takes the few hundred options of LLVM's libraries away: they are no part of
/// the tool, some have names that it needs, and one of them would be "the
/// nearest" to a misspelled flag.
void removeForeignOptions() {
  std::vector<cl::Option *> Foreign;
  for (auto &Entry : cl::getRegisteredOptions())
    if (Entry.first() != "help" && Entry.first() != "version")
      Foreign.push_back(Entry.second);
  for (cl::Option *Option : Foreign)
    Option->removeArgument();
}

bool isSet(const cl::Option &Option) { return Option.getNumOccurrences() > 0; }

/// Flags that have a key in the configuration, over it.
std::vector<std::string> override(const Flags &F, Config &C) {
  std::vector<std::string> Set;
  auto Use = [&](const cl::opt<std::string> &Flag, llvm::StringRef Key) {
    if (isSet(Flag))
      Set.push_back(Key.str());
    return isSet(Flag);
  };
  auto Append = [](std::vector<std::string> &To, llvm::StringRef Globs) {
    for (std::string &Glob : splitList(Globs))
      To.push_back(std::move(Glob));
  };
  if (Use(F.Checks, "checks"))
    Append(C.Analysis.Checks, F.Checks);
  if (Use(F.WarningsAsErrors, "warnings-as-errors"))
    Append(C.WarningsAsErrors, F.WarningsAsErrors);
  if (Use(F.HeaderFilter, "header-filter"))
    C.HeaderFilter = F.HeaderFilter;
  if (Use(F.ExecutorModel, "executor"))
    readFlag(F.ExecutorModel, C.Analysis.ExecutorModel);
  if (Use(F.Guarded, "guarded-state"))
    readFlag(F.Guarded, C.Analysis.Guarded);
  if (Use(F.Strategy, "fix-strategy"))
    readFlag(F.Strategy, C.Fixing.Strategy);
  if (Use(F.Access, "state-access"))
    readFlag(F.Access, C.Fixing.Access);
  if (Use(F.Sync, "sync-guard"))
    readFlag(F.Sync, C.Fixing.Synchronous);
  return Set;
}

bool validGlobs(const cl::opt<std::string> &Flag) {
  bool Valid = true;
  for (const std::string &Glob : splitList(Flag.getValue()))
    if (auto Problem = badCheckGlob(Glob)) {
      llvm::errs() << "interlock: error: --" << Flag.ArgStr << ": " << *Problem
                   << "\n";
      Valid = false;
    }
  return Valid;
}

bool valid(const Flags &F) {
  Config Scratch;
  auto Enum = [](const cl::opt<std::string> &Flag, auto &To) {
    return !isSet(Flag) || readFlag(Flag, To);
  };
  bool Valid = true;
  for (bool Good : {Enum(F.ExecutorModel, Scratch.Analysis.ExecutorModel),
                    Enum(F.Guarded, Scratch.Analysis.Guarded),
                    Enum(F.Strategy, Scratch.Fixing.Strategy),
                    Enum(F.Access, Scratch.Fixing.Access),
                    Enum(F.Sync, Scratch.Fixing.Synchronous),
                    validGlobs(F.Checks), validGlobs(F.WarningsAsErrors)})
    Valid &= Good;
  auto Problem = [&](llvm::StringRef Message) {
    llvm::errs() << "interlock: error: " << Message << "\n";
    Valid = false;
  };
  std::string Reason;
  if (isSet(F.HeaderFilter) &&
      !llvm::Regex(F.HeaderFilter.getValue()).isValid(Reason))
    Problem("--header-filter: " + Reason);
  if (!F.Fix.empty() && F.Fix != "review" && F.Fix != "true")
    Problem("unknown value '" + F.Fix +
            "' for '--fix', did you mean "
            "'--fix=review'?");
  if (isSet(F.ConfigText) && isSet(F.ConfigFile))
    Problem("--config and --config-file exclude each other");
  if (F.Diff && isSet(F.Fix))
    Problem("--diff and --fix exclude each other: one prints the patch, the "
            "other applies it");
  if ((F.WriteBaseline || F.PruneBaseline) && !isSet(F.Baseline))
    Problem("--write-baseline and --prune-baseline want --baseline <file>");
  return Valid;
}

/// `clang-tidy [flags] files -- compiler flags`: cuts the tail off.
std::optional<std::vector<std::string>> cutFixedFlags(int &Argc,
                                                      const char **Argv) {
  const char **End = Argv + Argc;
  const char **Dashes = std::find(Argv, End, llvm::StringRef("--"));
  if (Dashes == End)
    return std::nullopt;
  Argc = Dashes - Argv;
  return std::vector<std::string>(Dashes + 1, End);
}

Task taskOf(const Flags &F) {
  if (F.ListChecks)
    return Task::ListChecks;
  if (isSet(F.Explain))
    return Task::ExplainCheck;
  if (F.DumpConfig)
    return Task::DumpConfig;
  if (F.VerifyConfig)
    return Task::VerifyConfig;
  if (F.ExplainConfig)
    return Task::ExplainConfig;
  if (F.Reference)
    return Task::DumpReference;
  if (F.Schema)
    return Task::DumpSchema;
  return Task::Analyse;
}

} // namespace

ParsedCommandLine parseCommandLine(int Argc, const char **Argv) {
  ParsedCommandLine Result;
  Invocation &Run = Result.Run;
  Run.Program = Argc ? Argv[0] : "interlock";
  Run.FixedFlags = cutFixedFlags(Argc, Argv);

  // llvm::cl keeps pointers to its options for the life of the process.
  removeForeignOptions();
  static Flags F;
  cl::SetVersionPrinter([](llvm::raw_ostream &Out) {
    Out << "interlock " INTERLOCK_VERSION " (clang " LLVM_VERSION_STRING ")\n";
  });
  std::string Errors;
  llvm::raw_string_ostream ErrorStream(Errors);
  if (!cl::ParseCommandLineOptions(
          Argc, Argv,
          "finds and repairs await races in C++20 coroutine code\n\n"
          "  interlock -p build                  the whole program\n"
          "  interlock -p build --diff           what --fix would change\n"
          "  interlock a.cpp -- -std=c++20       one file, no database\n",
          &ErrorStream) ||
      !Errors.empty()) {
    llvm::errs() << Errors;
    Result.Exit = UsageError;
    return Result;
  }
  if (!valid(F)) {
    Result.Exit = UsageError;
    return Result;
  }

  Run.What = taskOf(F);
  Run.Files.assign(F.Files.begin(), F.Files.end());
  Run.BuildPath = F.BuildPath;
  Run.ExtraArgs.assign(F.ExtraArgs.begin(), F.ExtraArgs.end());
  Run.ExtraArgsBefore.assign(F.ExtraArgsBefore.begin(),
                             F.ExtraArgsBefore.end());
  Run.Explained = F.Explain;
  Run.Why = F.Why;
  Run.ConfigText = F.ConfigText;
  Run.ConfigFile = F.ConfigFile;
  Run.LineFilter = F.LineFilter;
  if (isSet(F.Fix))
    Run.Fix = F.Fix == "review" ? FixMode::Review : FixMode::Safe;
  if (F.FixErrors && Run.Fix == FixMode::None)
    Run.Fix = FixMode::Safe;
  Run.FixErrors = F.FixErrors;
  Run.Diff = F.Diff;
  Run.AllowDirty = F.AllowDirty;
  Run.ExportFixes = F.ExportFixes;
  Run.Format = F.Format;
  Run.Output = F.Output;
  Run.Baseline = F.Baseline;
  Run.WriteBaseline = F.WriteBaseline;
  Run.PruneBaseline = F.PruneBaseline;
  Run.NoCache = F.NoCache;
  Run.Jobs = F.Jobs;
  Run.Quiet = F.Quiet;
  Run.Profile = F.Profile;
  Run.ReportUnusedSuppressions = F.UnusedSuppressions;
  Run.Color = F.Color;
  Run.Overrides = [](Config &C) { return override(F, C); };
  return Result;
}

} // namespace interlock
