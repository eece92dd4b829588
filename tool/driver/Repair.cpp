#include "tool/driver/Repair.h"

#include "rewriters/Rewriters.h"
#include "tool/driver/Git.h"
#include "tool/driver/Installation.h"
#include "tool/output/Patch.h"
#include "tool/output/Sources.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>
#include <set>

namespace interlock {
namespace {

/// The rewriters' stages over one program.
class Repairing {
public:
  Repairing(Report &R, llvm::ArrayRef<Unit> Units,
            llvm::ArrayRef<UnitOutcome> Outcomes, llvm::ArrayRef<Finding> All,
            const Config &Settings, const Invocation &Run)
      : R(R), Units(Units), Outcomes(Outcomes), Settings(Settings), Run(Run) {
    order(All);
    prepareUnits();
  }

  RepairStatus execute() {
    if (!Wanted)
      return {};
    FixResult Planned = plan();
    parseOthersTouchedBy(Planned);
    FixOutcome Outcome =
        settleFixes(Planned, Before, options(),
                    [&](const FileContents &Files) { return reparse(Files); });
    record(Planned, Outcome);
    return finish(Planned, Outcome);
  }

private:
  FixOptions options() const {
    FixOptions Options = Settings.Fixing;
    // What is only printed may show what wants a reader, too.
    Options.Review = Run.Fix == FixMode::Review;
    return Options;
  }

  /// The reported findings first, so that plans and the view agree on
  /// indices; the others behind them, so that none of them counts as new.
  void order(llvm::ArrayRef<Finding> All) {
    std::set<std::tuple<std::string, unsigned, std::string, std::string>> Seen;
    auto Key = [](const Finding &F) {
      return std::tuple(F.At.File, F.At.Begin, F.Check, F.Message);
    };
    for (size_t I = 0; I < R.Findings.size(); ++I) {
      if (R.Findings[I].State != Disposition::Reported)
        continue;
      Before.Findings.push_back(R.Findings[I].What);
      ReportIndex.push_back(I);
      Seen.insert(Key(R.Findings[I].What));
    }
    Wanted = Before.Findings.size();
    for (const Finding &F : All)
      if (!Seen.contains(Key(F)))
        Before.Findings.push_back(F);
  }

  llvm::ArrayRef<Finding> wanted() const {
    return llvm::ArrayRef(Before.Findings).take_front(Wanted);
  }

  /// Copies of the units that also find the runtime's headers: a program that
  /// is repaired for the first time does not name their folder yet.
  void prepareUnits() {
    std::string Runtime = runtimeIncludeDir(Run.Program);
    Prepared.assign(Units.begin(), Units.end());
    for (Unit &U : Prepared)
      if (!Runtime.empty())
        for (auto *Command : {&U.Command, &U.Unshared})
          if (!Command->empty())
            Command->insert(Command->begin() + 1, "-idirafter" + Runtime);
    Parsed.assign(Units.size(), false);
    Unedited.resize(Units.size());
  }

  bool reads(size_t I, const std::set<std::string> &Files) const {
    return llvm::any_of(Outcomes[I].Parse.Files, [&](const std::string &File) {
      return Files.contains(File);
    });
  }

  std::vector<size_t> unitsThatRead(const std::set<std::string> &Files) const {
    std::vector<size_t> Found;
    for (size_t I : largestFirst(Units))
      if (Outcomes[I].Facts && reads(I, Files))
        Found.push_back(I);
    return Found;
  }

  static void append(std::vector<CompilerMessage> &To,
                     const ParseResult &From) {
    for (const ParseMessage &M : From.Messages)
      To.push_back({M.File, M.Line, M.Error, M.Text});
    if (From.Crashed)
      To.push_back({"", 0, true, "the front end crashed"});
  }

  /// Where somebody changes a container and can name no element, the others'
  /// locks are planned again, of the whole.
  FixResult plan() {
    FixResult Planned = planWith(options());
    if (Planned.Nameless.empty())
      return Planned;
    FixOptions Options = options();
    Options.Whole = std::move(Planned.Nameless);
    return planWith(Options);
  }

  FixResult planWith(const FixOptions &Options) {
    std::set<std::string> Files;
    for (const Finding &F : withCompanions(wanted()))
      Files.insert(F.Extent.Function.valid() ? F.Extent.Function.File
                                             : F.At.File);
    std::vector<size_t> Order = unitsThatRead(Files);
    std::vector<FixResult> Plans(Units.size());
    std::vector<ParseResult> Results(Units.size());
    forEachParallel(Order, Run.Jobs, [&](size_t I) {
      auto Plan = std::make_unique<FixResult>();
      ParseRequest Request;
      Request.Warnings = true;
      Results[I] = parse(Prepared[I], Request, [&](clang::ASTContext &Ctx) {
        *Plan = planFixes(Ctx, wanted(), Options);
      });
      if (Results[I].Crashed)
        (void)Plan.release(); // whatever crashed may hold on to it
      else
        Plans[I] = std::move(*Plan);
    });
    std::vector<FixResult> Made;
    for (size_t I = 0; I < Units.size(); ++I) {
      if (!llvm::is_contained(Order, I))
        continue;
      if (!Parsed[I])
        append(Before.Messages, Results[I]);
      Parsed[I] = true;
      Unedited[I] = std::move(Results[I]);
      Made.push_back(std::move(Plans[I]));
    }
    return mergeFixes(std::move(Made), wanted());
  }

  /// Units that include an edited header but hold no finding: their messages
  /// are needed to tell old warnings from new ones.
  void parseOthersTouchedBy(const FixResult &Planned) {
    std::set<std::string> Files;
    for (const FixPlan &Plan : Planned.Plans)
      for (const Edit &E : Plan.Edits)
        Files.insert(E.File);
    std::vector<size_t> Order = unitsThatRead(Files);
    llvm::erase_if(Order, [&](size_t I) { return Parsed[I]; });
    std::vector<ParseResult> Results(Units.size());
    forEachParallel(Order, Run.Jobs, [&](size_t I) {
      ParseRequest Request;
      Request.Warnings = true;
      Results[I] = parse(Prepared[I], Request, [](clang::ASTContext &) {});
    });
    for (size_t I : Order) {
      Parsed[I] = true;
      append(Before.Messages, Results[I]);
      Unedited[I] = std::move(Results[I]);
    }
  }

  /// One unit as parsed with some edits in place.
  struct Reparsed {
    std::unique_ptr<TUFacts> Facts;
    ParseResult Parse;
  };

  /// What a unit sees of an overlay: nothing else can change its parse.
  FileContents seenBy(size_t I, const FileContents &Files) const {
    FileContents Seen;
    for (const std::string &File : Outcomes[I].Parse.Files)
      if (auto Found = Files.find(File); Found != Files.end())
        Seen.insert(*Found);
    return Seen;
  }

  ProgramView reparse(const FileContents &Files) {
    std::vector<Reparsed *> Again(Units.size());
    std::vector<size_t> Order;
    for (size_t I : largestFirst(Units)) {
      FileContents Seen = Outcomes[I].Facts ? seenBy(I, Files) : FileContents();
      if (Seen.empty())
        continue;
      auto [Slot, New] = Memory.try_emplace({I, std::move(Seen)});
      Again[I] = &Slot->second;
      if (New)
        Order.push_back(I);
    }
    forEachParallel(Order, Run.Jobs, [&](size_t I) {
      std::unique_ptr<TUFacts> Own;
      ParseRequest Request;
      Request.Warnings = true;
      Request.Overlay = &Files;
      Again[I]->Parse =
          parse(Prepared[I], Request, [&](clang::ASTContext &Ctx) {
            Own = collectFacts(Ctx, Settings.Analysis);
          });
      if (Again[I]->Parse.Crashed)
        (void)Own.release(); // whatever crashed may hold on to it
      else
        Again[I]->Facts = std::move(Own);
    });
    ProgramView View;
    std::vector<const TUFacts *> Program;
    for (size_t I = 0; I < Units.size(); ++I) {
      if (Again[I])
        append(View.Messages, Again[I]->Parse);
      else if (Parsed[I])
        append(View.Messages, Unedited[I]);
      if (const TUFacts *Of =
              Again[I] ? Again[I]->Facts.get() : Outcomes[I].Facts.get())
        Program.push_back(Of);
    }
    View.Findings = analyse(Program, Settings.Analysis);
    return View;
  }

  void record(const FixResult &Planned, const FixOutcome &Outcome) {
    for (const Refusal &Refused : Planned.Refusals)
      at(Refused.Finding).Refused = Refused;
    for (const Refusal &Refused : Outcome.Withdrawn)
      at(Refused.Finding).Refused = Refused;
    auto Give = [&](unsigned Index) {
      const FixPlan &Plan = Planned.Plans[Index];
      for (unsigned Finding : Plan.Repairs) {
        FixPlan &Given = at(Finding).Plan.emplace(Plan);
        if (const auto Part = Plan.Parts.find(Finding);
            Part != Plan.Parts.end())
          std::tie(Given.Strategy, Given.Description) = Part->second;
      }
    };
    llvm::for_each(Outcome.Applied, Give);
    llvm::for_each(Outcome.Offered, Give);
    for (const auto &[Finding, Index] : Outcome.Covered)
      at(Finding).Plan = Planned.Plans[Index];
  }

  ReportedFinding &at(unsigned Index) { return R.Findings[ReportIndex[Index]]; }

  /// What git could not give back is not changed.
  static void refuseUncommitted(const std::string &File, RepairStatus &Status) {
    llvm::Expected<bool> Uncommitted = hasUncommittedChanges(File);
    if (Uncommitted && !*Uncommitted)
      return;
    Status.Problems.push_back(fmt::format(
        "'{}' {}; nothing was changed (--allow-dirty changes it nevertheless)",
        shownPath(File),
        Uncommitted ? "has changes that are not committed"
                    : "may have changes that are not committed: " +
                          llvm::toString(Uncommitted.takeError())));
  }

  RepairStatus finish(const FixResult &Planned, const FixOutcome &Outcome) {
    RepairStatus Status;
    if (Run.Diff) {
      Sources Text;
      for (const auto &[File, After] : Outcome.Files)
        Status.Patch += unifiedDiff(relativePath(File, Settings.Root),
                                    Text.text(File), After);
      Status.WouldChange = !Status.Patch.empty();
      return Status;
    }
    if (Run.Fix == FixMode::None)
      return Status;
    if (!R.Failed.empty() && !Run.FixErrors) {
      Status.Problems.push_back(
          "nothing was changed, because some translation units did not "
          "compile; --fix-errors changes the others");
      return Status;
    }
    for (const std::string &File : Outcome.Changed)
      Status.Problems.push_back(
          fmt::format("'{}' is not as it was analysed; nothing was changed",
                      shownPath(File)));
    Status.Withheld = Outcome.withheld();
    if (Outcome.Files.empty())
      return Status;
    if (!Run.AllowDirty)
      for (const auto &[File, After] : Outcome.Files)
        refuseUncommitted(File, Status);
    if (Status.Problems.empty())
      if (llvm::Error E = writeFiles(Outcome, Planned, Settings.Root))
        Status.Problems.push_back(llvm::toString(std::move(E)));
    if (!Status.Problems.empty()) {
      Status.Withheld = true;
      return Status;
    }
    for (unsigned Index : Outcome.Applied)
      for (unsigned Finding : Planned.Plans[Index].Repairs)
        at(Finding).State = Disposition::Fixed;
    for (const auto &[Finding, Index] : Outcome.Covered)
      at(Finding).State = Disposition::Fixed;
    if (addsInclude(Outcome, Planned))
      Status.Hint = "repaired code includes interlock's lock library: "
                    "find_package(interlock) and link interlock::runtime";
    return Status;
  }

  static bool addsInclude(const FixOutcome &Outcome, const FixResult &Planned) {
    return llvm::any_of(Outcome.Applied, [&](unsigned Index) {
      return llvm::any_of(Planned.Plans[Index].Edits, [](const Edit &E) {
        return llvm::StringRef(E.Text).contains("#include <interlock/");
      });
    });
  }

  Report &R;
  llvm::ArrayRef<Unit> Units;
  llvm::ArrayRef<UnitOutcome> Outcomes;
  const Config &Settings;
  const Invocation &Run;
  ProgramView Before;
  size_t Wanted = 0; ///< leading findings of `Before` that want a repair
  std::vector<size_t> ReportIndex; ///< of those, in the report
  std::vector<Unit> Prepared;
  std::vector<bool> Parsed;          ///< units whose messages `Before` has
  std::vector<ParseResult> Unedited; ///< of those
  std::map<std::pair<size_t, FileContents>, Reparsed> Memory;
};

} // namespace

RepairStatus repairFindings(Report &R, llvm::ArrayRef<Unit> Units,
                            llvm::ArrayRef<UnitOutcome> Outcomes,
                            llvm::ArrayRef<Finding> All, const Config &Settings,
                            const Invocation &Run) {
  return Repairing(R, Units, Outcomes, All, Settings, Run).execute();
}

} // namespace interlock
