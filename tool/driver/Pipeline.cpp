#include "tool/driver/Pipeline.h"

#include "tool/config/CheckIds.h"
#include "tool/driver/Compilations.h"
#include "tool/driver/Explain.h"
#include "tool/driver/Filters.h"
#include "tool/driver/Prefix.h"
#include "tool/driver/Program.h"
#include "tool/driver/Progress.h"
#include "tool/driver/Repair.h"
#include "tool/driver/Settings.h"
#include "tool/output/Baseline.h"
#include "tool/output/Reporter.h"
#include "tool/output/Suppressions.h"

#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/FileUtilities.h"
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
    collect();
    if (!Run.Why.empty())
      return why();
    All = judge();
    llvm::Expected<Filters> Filter =
        Filters::create(Settings, Run, mainFiles());
    if (!Filter)
      return usage(Filter.takeError());
    for (Finding &F : Filter->select(All))
      Result.Findings.push_back({std::move(F), {}, {}, {}});
    suppress();
    if (llvm::Error E = applyBaseline())
      return usage(std::move(E));
    RepairStatus Repaired = repair();
    if (llvm::Error E = recordBaseline())
      return usage(std::move(E));
    if (llvm::Error E = write(Repaired))
      return usage(std::move(E));
    counts();
    return status(Repaired);
  }

private:
  bool load() {
    llvm::Expected<Compilations> Loaded = loadCompilations(Run);
    if (!Loaded) {
      usage(Loaded.takeError());
      return false;
    }
    Program = std::move(*Loaded);
    LoadedConfig Configured = settingsFor(Run, Program.Units);
    if (printProblems(Configured))
      return false;
    Settings = std::move(Configured.Value);
    Result.Root = Settings.Root;
    Result.Units = Program.Units.size();
    return true;
  }

  void collect() {
    Phase Timed(*this, "parse and collect");
    Prefixes.prepare(Program.Units, Run.Jobs);
    Progress Bar(!Run.Quiet && Progress::terminal(), "analysing",
                 Program.Units.size());
    Outcomes = collectProgram(Program.Units, Settings.Analysis, Run.Jobs,
                              [&](const Unit &U) { Bar.done(U.File); });
    for (size_t I = 0; I < Outcomes.size(); ++I)
      if (!Outcomes[I].Facts)
        Result.Failed.push_back(failure(Program.Units[I], Outcomes[I].Parse));
  }

  static FailedUnit failure(const Unit &U, const ParseResult &Parse) {
    FailedUnit Failed{U.RealFile, Parse.Crashed, {}};
    for (const ParseMessage &Message : Parse.Messages)
      if (Message.Error)
        Failed.Messages.push_back(
            Message.File.empty()
                ? fmt::format("error: {}", Message.Text)
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

  std::vector<Finding> judge() {
    Phase Timed(*this, "analyse");
    return analyse(facts(), Settings.Analysis);
  }

  int why() {
    auto [File, Number] = llvm::StringRef(Run.Why).rsplit(':');
    unsigned Line = 0;
    llvm::SmallString<256> Real;
    if (Number.getAsInteger(10, Line) || llvm::sys::fs::real_path(File, Real))
      return usage(llvm::createStringError(
          "--why wants FILE:LINE of a file that exists"));
    std::vector<Step> Reasons = whySafe(facts(), Settings.Analysis, Real, Line);
    explainSafety(File, Line, Reasons, Text, llvm::outs());
    reportFailures();
    return Result.Failed.empty() ? Clean : DoesNotCompile;
  }

  std::set<std::string> mainFiles() const {
    std::set<std::string> Files;
    for (const Unit &U : Program.Units)
      Files.insert(U.RealFile);
    return Files;
  }

  void suppress() {
    for (ReportedFinding &F : Result.Findings)
      if (Suppressions.suppressed(F.What.At.File, Text.text(F.What.At.File),
                                  F.What.At.Line, F.What.Check))
        F.State = Disposition::Suppressed;
    if (!Run.ReportUnusedSuppressions)
      return;
    for (size_t I = 0; I < Outcomes.size(); ++I)
      for (const std::string &File : Outcomes[I].Parse.Files)
        if (File == Program.Units[I].RealFile ||
            relativePath(File, Settings.Root) != File)
          Suppressions.add(File, Text.text(File));
    Result.Unused = Suppressions.unused();
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
    if (!Run.PruneBaseline)
      return llvm::Error::success();
    unsigned Gone = Known->prune();
    if (!Run.Quiet)
      llvm::errs() << "interlock: " << Gone << " entries pruned\n";
    return Known->save(Run.Baseline);
  }

  llvm::Error recordBaseline() {
    if (!Run.WriteBaseline)
      return llvm::Error::success();
    Baseline Now = Baseline::of(Result, Text);
    for (ReportedFinding &F : Result.Findings)
      if (F.State == Disposition::Reported)
        F.State = Disposition::Baseline;
    return Now.save(Run.Baseline);
  }

  RepairStatus repair() {
    Phase Timed(*this, "plan repairs");
    bool Wanted = Run.Fix != FixMode::None || Run.Diff ||
                  !Run.ExportFixes.empty() || Run.Format != OutputFormat::Text;
    if (!Wanted)
      return {};
    return repairFindings(Result, Program.Units, Outcomes, All, Settings, Run);
  }

  llvm::Error write(const RepairStatus &Repaired) {
    reportFailures();
    for (const std::string &Problem : Repaired.Problems)
      llvm::errs() << "interlock: error: " << Problem << "\n";
    if (!Run.ExportFixes.empty())
      if (llvm::Error E =
              llvm::writeToOutput(Run.ExportFixes, [&](llvm::raw_ostream &Out) {
                writeFixesYaml(Result, Out);
                return llvm::Error::success();
              }))
        return E;
    if (Run.Output.empty() || Run.Output == "-") {
      report(llvm::outs(),
             /*Terminal=*/llvm::sys::Process::StandardOutIsDisplayed(),
             Repaired);
      llvm::outs().flush();
      return llvm::Error::success();
    }
    return llvm::writeToOutput(Run.Output, [&](llvm::raw_ostream &Out) {
      report(Out, /*Terminal=*/false, Repaired);
      return llvm::Error::success();
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
      return writeText(Result, Text, {Colors}, Out);
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

  void reportFailures() {
    for (const FailedUnit &Failed : Result.Failed) {
      if (Failed.Crashed)
        llvm::errs() << "interlock: error: the front end crashed on '"
                     << shownPath(Failed.File)
                     << "'; nothing of it is reported or changed\n";
      for (const std::string &Message : Failed.Messages)
        llvm::errs() << Message << "\n";
    }
  }

  void counts() {
    if (!Run.Quiet) {
      auto Note = [](size_t Count, llvm::StringRef What) {
        if (Count)
          llvm::errs() << "interlock: " << Count << " " << What << "\n";
      };
      Note(Program.OtherLanguages, "entries of other languages skipped");
      Note(Program.Missing.size(), "entries skipped whose file is gone");
      Note(Program.NotInDatabase.size(),
           "files skipped that the compilation database does not have");
      Note(Result.Failed.size(), "translation units did not compile");
      if (!Program.DroppedFlags.empty())
        llvm::errs() << "interlock: ignored compiler flags that clang does not "
                        "know: "
                     << llvm::join(Program.DroppedFlags, " ") << "\n";
      llvm::errs() << summaryLine(Result) << "\n";
    }
    if (Run.Profile)
      for (const auto &[Name, Seconds] : Times)
        llvm::errs() << fmt::format("{:9.3f} s  {}\n", Seconds, Name);
  }

  int status(const RepairStatus &Repaired) const {
    if (Repaired.Withheld)
      return FixesWithheld;
    if (!Result.Failed.empty())
      return DoesNotCompile;
    if (Repaired.WouldChange)
      return FindingsLeft;
    for (const ReportedFinding &F : Result.Findings)
      if (F.State == Disposition::Reported && F.What.Severity != Level::Note)
        return FindingsLeft;
    return Result.Unused.empty() ? Clean : FindingsLeft;
  }

  static int usage(llvm::Error E) {
    llvm::errs() << "interlock: error: " << llvm::toString(std::move(E))
                 << "\n";
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
  SharedPrefixes Prefixes;
  Config Settings;
  std::vector<UnitOutcome> Outcomes;
  std::vector<Finding> All; ///< before any filter
  Report Result;
  Sources Text;
  SuppressionIndex Suppressions;
  std::vector<std::pair<std::string, double>> Times;
};

} // namespace

int run(const Invocation &Run) {
  if (std::optional<int> Status = runInformation(Run))
    return *Status;
  llvm::CrashRecoveryContext::Enable();
  return Pipeline(Run).execute();
}

} // namespace interlock
