#include "tool/driver/Cli.h"

#include "tool/config/CheckIds.h"
#include "tool/config/Nearest.h"
#include "tool/config/Schema.h"
#include "tool/driver/Flags.h"
#include "tool/driver/Notes.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/CachePruning.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/raw_ostream.h"

#include <fmt/format.h>

#include <iterator>

namespace interlock {
namespace {

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
  printError(fmt::format("unknown value '{}' for '--{}'{}", Flag.getValue(),
                         Flag.ArgStr.str(),
                         suggestion(Flag.getValue(), Known)));
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
      printError("--" + Flag.ArgStr.str() + ": " + *Problem);
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
  auto Problem = [&](const std::string &Message) {
    printError(Message);
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
  if (F.Diff && isSet(F.Fix) && F.Fix != "review")
    Problem("--diff and --fix exclude each other: one prints the patch, the "
            "other applies it (--diff --fix=review prints what wants a reader, "
            "too)");
  if (isSet(F.CacheDir) && F.NoCache)
    Problem("--cache-dir and --no-cache exclude each other");
  if (llvm::Error E =
          llvm::parseCachePruningPolicy(F.CachePolicy.getValue()).takeError())
    Problem("--cache-policy: " + llvm::toString(std::move(E)));
  if (isSet(F.Root) && !llvm::sys::fs::is_directory(F.Root.getValue()))
    Problem("--root: '" + F.Root + "' is no folder");
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
  Argc = static_cast<int>(Dashes - Argv);
  return std::vector<std::string>(Dashes + 1, End);
}

/// `interlock merge ...`: takes the name of a phase off.
std::optional<Task> cutPhase(int &Argc, const char **Argv) {
  if (Argc < 2)
    return std::nullopt;
  const auto Phase = llvm::StringSwitch<std::optional<Task>>(Argv[1])
                         .Case("summarize", Task::Summarize)
                         .Case("merge", Task::Merge)
                         .Case("check", Task::Check)
                         .Default(std::nullopt);
  if (!Phase)
    return Phase;
  std::copy(Argv + 2, Argv + Argc, Argv + 1);
  --Argc;
  return Phase;
}

/// What the phases want of the command line.
llvm::Error badPhase(const Invocation &Run, const Flags &F) {
  const auto Wants = [](const char *What) {
    return llvm::createStringError(What);
  };
  if ((Run.What == Task::Summarize || Run.What == Task::Merge) &&
      (F.Output.empty() || F.Output == "-"))
    return Wants("summarize and merge want --output=<where>");
  if (Run.What == Task::Check && F.Index.empty())
    return Wants("check wants --index=<folder>, which merge makes");
  if ((Run.What == Task::Merge || Run.What == Task::Check) && Run.Files.empty())
    return Wants("merge and check want files that summarize made");
  if (Run.What == Task::Merge && (F.Shards < 1 || F.Shards > 9999))
    return Wants("--shards wants a number from 1 to 9999");
  if (Run.What == Task::Check && (Run.Fix != FixMode::None || Run.Diff))
    return Wants("check does not repair; run interlock on the program");
  return llvm::Error::success();
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
  if (F.Manual)
    return Task::DumpManual;
  if (isSet(F.Completion))
    return Task::DumpCompletion;
  return Task::Analyse;
}

} // namespace

ParsedCommandLine parseCommandLine(int Argc, const char **Argv) {
  ParsedCommandLine Result;
  Invocation &Run = Result.Run;
  Run.Program = Argc ? Argv[0] : "interlock";
  Run.FixedFlags = cutFixedFlags(Argc, Argv);
  const std::optional<Task> Phase = cutPhase(Argc, Argv);

  removeForeignOptions();
  Flags &F = flags();
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

  Run.What = Phase.value_or(taskOf(F));
  Run.Files.assign(F.Files.begin(), F.Files.end());
  Run.BuildPath = F.BuildPath;
  Run.ExtraArgs.assign(F.ExtraArgs.begin(), F.ExtraArgs.end());
  Run.ExtraArgsBefore.assign(F.ExtraArgsBefore.begin(),
                             F.ExtraArgsBefore.end());
  Run.Explained = F.Explain;
  Run.Shell = F.Completion;
  Run.Why = F.Why;
  Run.Init = F.Init;
  Run.ConfigText = F.ConfigText;
  Run.ConfigFile = F.ConfigFile;
  Run.LineFilter = F.LineFilter;
  Run.Narrowed = (!Run.Files.empty() && !Run.FixedFlags) ||
                 isSet(F.LineFilter) || isSet(F.HeaderFilter) ||
                 isSet(F.Checks);
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
  Run.Depfile = F.Depfile;
  Run.Baseline = F.Baseline;
  Run.Since = F.Since;
  Run.WriteBaseline = F.WriteBaseline;
  Run.PruneBaseline = F.PruneBaseline;
  Run.NoCache = F.NoCache;
  Run.CacheDir = F.CacheDir;
  Run.CachePolicy = F.CachePolicy;
  Run.NoPrefixes = F.NoPrefixes;
  Run.EveryUnit = F.EveryUnit;
  Run.Index = F.Index;
  Run.Shards = F.Shards;
  Run.EmitNinja = F.EmitNinja;
  Run.Root = F.Root;
  Run.ExitZero = F.ExitZero;
  Run.Jobs = F.Jobs;
  Run.Quiet = F.Quiet;
  Run.Draw = F.Draw;
  Run.Profile = F.Profile;
  Run.ReportUnusedSuppressions = F.UnusedSuppressions;
  Run.Color = F.Color;
  if (llvm::Error E = badPhase(Run, F)) {
    printError(std::move(E));
    Result.Exit = UsageError;
    return Result;
  }
  Run.Overrides = [&F](Config &C) { return override(F, C); };
  return Result;
}

} // namespace interlock
