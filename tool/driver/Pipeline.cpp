#include "tool/driver/Pipeline.h"

#include "rewriters/base/ReplaceFiles.h"
#include "tool/config/CheckIds.h"
#include "tool/driver/Compilations.h"
#include "tool/driver/Containment.h"
#include "tool/driver/Explain.h"
#include "tool/driver/Filters.h"
#include "tool/driver/Init.h"
#include "tool/driver/Installation.h"
#include "tool/driver/NinjaFile.h"
#include "tool/driver/Notes.h"
#include "tool/driver/Phases.h"
#include "tool/driver/Prefix.h"
#include "tool/driver/Program.h"
#include "tool/driver/Progress.h"
#include "tool/driver/Repair.h"
#include "tool/driver/Settings.h"
#include "tool/driver/Since.h"
#include "tool/output/Baseline.h"
#include "tool/output/Depfile.h"
#include "tool/output/OutputFile.h"
#include "tool/output/Reporter.h"
#include "tool/output/Suppressions.h"

#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Timer.h"

#include <chrono>
#include <cstdlib>
#include <fmt/format.h>

namespace interlock {
namespace {

/// One run over a program, stage by stage.
class Pipeline {
public:
  explicit Pipeline(const Invocation &Run) : Run(Run) {}

  int execute() {
    if (!load())
      return UsageError;
    if (llvm::Error E = spareInputs())
      return usage(std::move(E));
    if (Run.Init)
      return init();
    if (!Run.EmitNinja.empty()) {
      if (llvm::Error E = writeNinjaFile(Run, Program.Units, Settings))
        return usage(std::move(E));
      return Clean;
    }
    if (llvm::Error E = recover()) {
      usage(std::move(E));
      return FixesWithheld;
    }
    if (Run.What != Task::Check)
      collect();
    if (llvm::Error E = spareInputs())
      return usage(std::move(E));
    if (Run.What == Task::Summarize)
      return summarize();
    const double Started = processSeconds();
    if (llvm::Error E = judge())
      return usage(std::move(E));
    Judged = processSeconds() - Started;
    llvm::Expected<Filters> Filter =
        Filters::create(Settings, Run, mainFiles());
    if (!Filter)
      return usage(Filter.takeError());
    for (Finding &F : Filter->select(All))
      Result.Findings.push_back({std::move(F), {}, {}, {}});
    suppress();
    if (llvm::Error E = applySince())
      return usage(std::move(E));
    if (llvm::Error E = applyBaseline())
      return usage(std::move(E));
    if (!Run.Why.empty())
      return why();
    RepairStatus Repaired = repair();
    if (llvm::Error E = recordBaseline())
      return usage(std::move(E));
    if (llvm::Error E = write(Repaired))
      return usage(std::move(E));
    counts();
    return status(Repaired);
  }

private:
  /// What this run reads, as far as it is known, but for the baseline.
  std::set<std::string> inputs() const {
    std::set<std::string> Files = ReadFiles;
    Files.insert(ConfigFiles.begin(), ConfigFiles.end());
    for (const UnitOutcome &Outcome : Outcomes)
      Files.insert(Outcome.Parse.Files.begin(), Outcome.Parse.Files.end());
    return Files;
  }

  /// A slip in the name of a report must not cost a source.
  llvm::Error spareInputs() const {
    std::set<std::string> Files = inputs();
    Files.merge(mainFiles());
    Files.insert(Program.Database);
    for (const auto &[Option, File] : {std::pair("--output", &Run.Output),
                                       {"--depfile", &Run.Depfile},
                                       {"--export-fixes", &Run.ExportFixes},
                                       {"--emit-ninja", &Run.EmitNinja},
                                       {"--baseline", &Run.Baseline}}) {
      llvm::SmallString<256> Path(*File), Real;
      if (File->empty() || *File == "-")
        continue;
      if (llvm::sys::fs::make_absolute(Path) ||
          llvm::sys::fs::real_path(Path, Real)) // it is not there yet
        llvm::sys::path::remove_dots(Real = Path);
      else if (!llvm::sys::fs::is_regular_file(Real))
        continue;
      if (!Files.insert(Real.str().str()).second)
        return llvm::createStringError(
            fmt::format("{}: '{}' is a file that this run reads, or writes "
                        "for another purpose",
                        Option, *File));
    }
    return llvm::Error::success();
  }

  int summarize() {
    reportFailures();
    if (!Result.Failed.empty())
      return DoesNotCompile;
    if (llvm::Error E = writeFacts(Run.Output, Program.Units, Outcomes,
                                   Relocation(Settings.Root)))
      return usage(std::move(E));
    if (llvm::Error E = writeDependencies())
      return usage(std::move(E));
    return Clean;
  }

  /// In place of a program: the facts of some units.
  bool loadFacts() {
    if (llvm::Error E = readFacts(Run.Files, Relocation(Settings.Root),
                                  Program.Units, Outcomes)) {
      usage(std::move(E));
      return false;
    }
    Result.Units = Program.Units.size();
    ReadFiles.insert(Run.Files.begin(), Run.Files.end());
    return true;
  }

  bool load() {
    if (Run.What == Task::Check)
      return configure() && loadFacts();
    llvm::Expected<Compilations> Loaded = loadCompilations(Run);
    if (!Loaded) {
      usage(Loaded.takeError());
      return false;
    }
    Program = std::move(*Loaded);
    return configure();
  }

  bool configure() {
    LoadedConfig Configured = settingsFor(Run, Program.Units);
    if (printProblems(Configured))
      return false;
    ConfigFiles = std::move(Configured.Files);
    Settings = std::move(Configured.Value);
    Result.Root = Settings.Root;
    Result.Pages = pagesDir(Run.Program);
    Result.Units = Program.Units.size();
    return true;
  }

  /// A run with `--fix` that was killed may have left some files new and
  /// others old. Only a run that may change files sets that right.
  llvm::Error recover() {
    if (Run.Fix == FixMode::None || Run.Diff) {
      if (needsRecovery(Settings.Root))
        llvm::errs() << "interlock: warning: a run with --fix has not come to "
                        "its end; if none is going on, the next one undoes "
                        "what it left\n";
      return llvm::Error::success();
    }
    llvm::Expected<Leftover> Found = recoverFiles(Settings.Root);
    if (!Found)
      return Found.takeError();
    if (*Found == Leftover::Settled)
      llvm::errs() << "interlock: warning: an earlier run with --fix was "
                      "interrupted; what it left is settled\n";
    return llvm::Error::success();
  }

  void collect() {
    Phase Timed(*this, "collect");
    Kept.emplace(cacheOf(Run), Relocation(Settings.Root));
    Prefixes.emplace(*Kept, Settings.Root);
    ResultCache Cache(*Kept, Settings.Analysis);
    Progress Bar(!Run.Quiet && Progress::terminal(), "analysing",
                 Program.Units.size());
    Outcomes = collectProgram(
        Program.Units,
        {Settings.Analysis, Run.Jobs, Cache, *Prefixes, !Run.NoPrefixes,
         Settings.Root, !Run.EveryUnit && !Run.Init},
        Collected, [&](const Unit &U) { Bar.done(U.File); });
    // The command line has judged the policy already.
    llvm::consumeError(Kept->entries().prune(Run.CachePolicy));
    for (size_t I = 0; I < Outcomes.size(); ++I)
      if (!Outcomes[I].Facts && !Outcomes[I].LeftOut)
        Result.Failed.push_back(failure(Program.Units[I], Outcomes[I].Parse));
  }

  static FailedUnit failure(const Unit &U, const ParseResult &Parse) {
    FailedUnit Failed{U.RealFile, Parse.Crashed, {}};
    for (const ParseMessage &Message : Parse.Messages)
      if (Message.Error)
        Failed.Messages.push_back(
            Message.File.empty()
                ? fmt::format("{}: error: {}", shownPath(U.RealFile),
                              Message.Text)
                : fmt::format("{}:{}:{}: error: {}", shownPath(Message.File),
                              Message.Line, Message.Column, Message.Text));
    return Failed;
  }

  std::vector<const TUFacts *> facts() const {
    std::vector<const TUFacts *> All;
    for (const UnitOutcome &Outcome : Outcomes)
      if (Outcome.Facts)
        All.push_back(Outcome.Facts.get());
    return All;
  }

  llvm::Error judge() {
    Phase Timed(*this, "analyse");
    if (Run.What != Task::Check) {
      All = analyse(facts(), Settings.Analysis);
      return llvm::Error::success();
    }
    llvm::Expected<std::vector<Finding>> Found =
        checkWithIndex(Run.Index, Outcomes, Relocation(Settings.Root),
                       Settings.Analysis, ReadFiles);
    if (!Found)
      return Found.takeError();
    All = std::move(*Found);
    return llvm::Error::success();
  }

  int init() {
    llvm::SmallString<256> File(Run.Output);
    if (File.empty())
      llvm::sys::path::append(File, Settings.Root, ConfigFileName);
    const bool Print = File == "-";
    if (!Print && llvm::sys::fs::exists(File))
      return usage(llvm::createStringError(
          "'" + File + "' exists, and --init changes no file"));
    // Parsing sees no more and no less for it; judging does.
    collect();
    reportFailures();
    const std::string Draft = draftConfig(facts(), Outcomes, Settings, Text);
    if (Print)
      llvm::outs() << Draft;
    else if (llvm::Error E = writeDraft(File, Draft))
      return usage(std::move(E));
    else if (!Run.Quiet)
      llvm::errs() << "interlock: wrote '" << shownPath(File) << "'\n";
    return Result.Failed.empty() ? Clean : DoesNotCompile;
  }

  /// What the report says of a line, or else why it says nothing.
  int why() {
    auto [File, Number] = llvm::StringRef(Run.Why).rsplit(':');
    unsigned Line = 0;
    llvm::SmallString<256> Real;
    if (Number.getAsInteger(10, Line) || llvm::sys::fs::real_path(File, Real))
      return usage(llvm::createStringError(
          "--why wants FILE:LINE of a file that exists"));
    std::vector<Step> Reasons = verdictsOn(Result, Real, Line);
    if (Reasons.empty())
      Reasons = whySafe(facts(), Settings.Analysis, Real, Line);
    if (Reasons.empty())
      Reasons.push_back({StepKind::Explains, {}, nothingIn(Real), {}});
    explainLine(File, Line, Reasons, Text, llvm::outs());
    reportFailures();
    return Result.Failed.empty() ? Clean : DoesNotCompile;
  }

  std::string nothingIn(llvm::StringRef File) const {
    if (llvm::none_of(Outcomes, [&](const UnitOutcome &Outcome) {
          return llvm::is_contained(Outcome.Parse.Files, File);
        }))
      return "no translation unit of this run reads this file";
    return Settings.Analysis.Guarded == GuardedState::All
               ? "no access of guarded state in this line"
               : "no access of guarded state in this line "
                 "(--guarded-state=all looks at every member)";
  }

  std::set<std::string> mainFiles() const {
    std::set<std::string> Files;
    for (const Unit &U : Program.Units)
      Files.insert(U.RealFile);
    return Files;
  }

  void suppress() {
    Suppressions.apply(Result, Text);
    if (!Run.ReportUnusedSuppressions)
      return;
    for (size_t I = 0; I < Outcomes.size(); ++I)
      for (const std::string &File : Outcomes[I].Parse.Files)
        if (File == Program.Units[I].RealFile ||
            relativePath(File, Settings.Root) != File)
          Suppressions.add(File, Text.text(File));
    Result.Unused = Suppressions.unused();
  }

  /// Line ranges are about the program of today: they do not choose what was
  /// there before.
  llvm::Error applySince() {
    if (Run.Since.empty())
      return llvm::Error::success();
    Phase Timed(*this, "judge as it was");
    llvm::Expected<TreeChanges> Changes =
        changesSince(Settings.Root, Run.Since);
    if (!Changes)
      return llvm::createStringError("--since: " +
                                     llvm::toString(Changes.takeError()));
    Invocation WholeFiles = Run;
    WholeFiles.LineFilter.clear();
    llvm::Expected<Filters> Filter =
        Filters::create(Settings, WholeFiles, mainFiles());
    if (!Filter)
      return Filter.takeError();
    unsigned Unsound =
        markKnownBefore(*Changes, Result, Text, Program.Units, Outcomes,
                        *Filter, Settings.Analysis, Run.Jobs);
    if (Unsound && !Run.Quiet)
      llvm::errs() << "interlock: " << Unsound
                   << (Unsound == 1 ? " translation unit"
                                    : " translation units")
                   << " did not compile at " << Changes->Commit.substr(0, 12)
                   << "; all that is found in them counts as new\n";
    return llvm::Error::success();
  }

  llvm::Error applyBaseline() {
    if (Run.Baseline.empty() ||
        (Run.WriteBaseline && !llvm::sys::fs::exists(Run.Baseline)))
      return llvm::Error::success();
    llvm::Expected<Baseline> Known = Baseline::load(Run.Baseline);
    if (!Known)
      return Known.takeError();
    if (!Run.WriteBaseline)
      Known->apply(Result, Text);
    if (!Run.PruneBaseline || keepsBaseline("nothing is pruned"))
      return llvm::Error::success();
    unsigned Gone = Known->prune();
    if (!Run.Quiet)
      llvm::errs() << "interlock: " << Gone
                   << (Gone == 1 ? " entry pruned\n" : " entries pruned\n");
    return Known->save(Run.Baseline);
  }

  /// A finding that a run has not looked for is not gone.
  bool keepsBaseline(llvm::StringRef Consequence) const {
    const bool Partial = Run.Narrowed || !Result.Failed.empty();
    if (Partial && !Run.Quiet)
      llvm::errs() << "interlock: " << Consequence
                   << ": this run did not judge the whole program\n";
    return Partial;
  }

  llvm::Error recordBaseline() {
    if (!Run.WriteBaseline)
      return llvm::Error::success();
    Baseline Now = Baseline::of(Result, Text);
    if (llvm::sys::fs::exists(Run.Baseline) &&
        keepsBaseline("what the baseline has is kept")) {
      llvm::Expected<Baseline> Known = Baseline::load(Run.Baseline);
      if (!Known)
        return Known.takeError();
      Now.keep(*Known);
    }
    for (ReportedFinding &F : Result.Findings)
      if (F.State == Disposition::Reported)
        F.State = Disposition::Baseline;
    return Now.save(Run.Baseline);
  }

  RepairStatus repair() {
    Phase Timed(*this, "plan repairs");
    bool Wanted = Run.Fix != FixMode::None || Run.Diff ||
                  !Run.ExportFixes.empty() || Run.Format != OutputFormat::Text;
    if (!Wanted || Run.What == Task::Check)
      return {};
    shareForRepairs();
    return repairFindings(Result, Program.Units, Outcomes, All, Settings, Run);
  }

  /// Units whose facts came from the cache are parsed for the first time now.
  void shareForRepairs() {
    std::set<std::string> Files;
    for (const ReportedFinding &F : Result.Findings)
      Files.insert(F.What.At.File);
    std::vector<size_t> Which;
    for (size_t I = 0; I < Outcomes.size(); ++I)
      if (llvm::any_of(Outcomes[I].Parse.Files, [&](const std::string &File) {
            return Files.contains(File);
          }))
        Which.push_back(I);
    if (!Run.NoPrefixes)
      Prefixes->prepare(Program.Units, Which, Run.Jobs);
  }

  llvm::Error write(const RepairStatus &Repaired) {
    reportFailures();
    for (const std::string &Problem : Repaired.Problems)
      printError(Problem);
    if (!Repaired.Hint.empty() && !Run.Quiet)
      llvm::errs() << "interlock: " << Repaired.Hint << "\n";
    if (!Run.ExportFixes.empty())
      if (llvm::Error E =
              writeOutput(Run.ExportFixes, [&](llvm::raw_ostream &Out) {
                writeFixesYaml(Result, Out);
              }))
        return E;
    if (llvm::Error E = writeDependencies())
      return E;
    const bool Printed = Run.Output.empty() || Run.Output == "-";
    return writeOutput(Printed ? "-" : Run.Output, [&](llvm::raw_ostream &Out) {
      report(Out, Printed && llvm::sys::Process::StandardOutIsDisplayed(),
             Repaired);
    });
  }

  /// All that a change of could change the report, but for the program itself
  /// and a configuration that is not there yet.
  llvm::Error writeDependencies() {
    if (Run.Depfile.empty())
      return llvm::Error::success();
    if (Program.Units.empty())
      return llvm::createStringError(
          "--depfile: the compilation database has none of the files");
    std::set<std::string> Files = inputs();
    if (!Run.Baseline.empty())
      Files.insert(Run.Baseline);
    llvm::StringRef Target = Run.Depfile;
    Target.consume_back(".d");
    return writeOutput(Run.Depfile, [&](llvm::raw_ostream &Out) {
      writeDepfile(Target, Files, Out);
    });
  }

  void report(llvm::raw_ostream &Out, bool Terminal,
              const RepairStatus &Repaired) {
    if (Run.Diff) {
      Out << Repaired.Patch;
      return;
    }
    const char *NoColor = std::getenv("NO_COLOR");
    bool Colors =
        Run.Color == ColorUse::Always ||
        (Run.Color == ColorUse::Auto && Terminal && !(NoColor && *NoColor));
    Out.enable_colors(Colors);
    switch (Run.Format) {
    case OutputFormat::Text:
      return writeText(Result, Text, {Colors, Run.Draw}, Out);
    case OutputFormat::Json:
      return writeJson(Result, Out);
    case OutputFormat::Sarif:
      return writeSarif(Result, Text, Out);
    case OutputFormat::GitHub:
      return writeGitHub(Result, Out);
    case OutputFormat::GitLab:
      return writeGitLab(Result, Text, Out);
    case OutputFormat::Html:
      return writeHtml(Result, Text, Out);
    }
  }

  void reportFailures() { printFailures(Result, llvm::errs()); }

  void counts() {
    if (!Run.Quiet)
      printCounts(Program, Result, llvm::errs());
    if (Run.Profile)
      profile();
  }

  void profile() const {
    const auto Line = [](double Seconds, llvm::StringRef Name) {
      llvm::errs() << fmt::format("{:9.3f} s  {}\n", Seconds, Name.str());
    };
    for (const auto &[Name, Seconds] : Times)
      Line(Seconds, Name);
    llvm::errs() << fmt::format(
        "processor time, {} of {} units parsed, {} of no influence left out:\n",
        Collected.Parsed, Program.Units.size(), Collected.LeftOut);
    Line(Collected.LookUp, "look up in the cache");
    Line(Collected.Choose, "choose what to parse");
    Line(Collected.Prefixes, "shared prefixes");
    Line(Collected.Parse, "parse");
    Line(Collected.Lower, "lower to facts");
    Line(Judged, "judge");
  }

  int status(const RepairStatus &Repaired) const {
    if (Repaired.Withheld)
      return FixesWithheld;
    if (!Result.Failed.empty())
      return DoesNotCompile;
    if (Run.ExitZero)
      return Clean;
    if (Repaired.WouldChange)
      return FindingsLeft;
    for (const ReportedFinding &F : Result.Findings)
      if (F.State == Disposition::Reported && F.What.Severity != Level::Note)
        return FindingsLeft;
    return Result.Unused.empty() ? Clean : FindingsLeft;
  }

  static int usage(llvm::Error E) {
    printError(std::move(E));
    return UsageError;
  }

  /// Adds the time of a stage to the profile.
  struct Phase {
    Phase(Pipeline &P, std::string Name)
        : P(P), Name(std::move(Name)), Start(std::chrono::steady_clock::now()) {
    }
    ~Phase() {
      P.Times.push_back({Name, std::chrono::duration<double>(
                                   std::chrono::steady_clock::now() - Start)
                                   .count()});
    }
    Pipeline &P;
    std::string Name;
    std::chrono::steady_clock::time_point Start;
  };

  const Invocation &Run;
  Compilations Program;
  std::optional<InputStore> Kept;
  std::optional<SharedPrefixes> Prefixes;
  CollectTimes Collected;
  double Judged = 0;
  Config Settings;
  std::vector<std::string> ConfigFiles;
  std::vector<UnitOutcome> Outcomes;
  std::set<std::string> ReadFiles; ///< besides those that parses read
  std::vector<Finding> All;        ///< before any filter
  Report Result;
  Sources Text;
  SuppressionIndex Suppressions;
  std::vector<std::pair<std::string, double>> Times;
};

} // namespace

int run(const Invocation &Run) {
  if (std::optional<int> Status = runInformation(Run))
    return *Status;
  if (Run.What == Task::Merge) {
    llvm::Error E = mergeFacts(Run.Files, Run.Output, Run.Shards);
    if (!E)
      return Clean;
    printError(std::move(E));
    return UsageError;
  }
  containCrashes();
  return Pipeline(Run).execute();
}

} // namespace interlock
