#include "tool/driver/Since.h"

#include "tool/output/Baseline.h"
#include "tool/output/Suppressions.h"

namespace interlock {
namespace {

/// The program as it was.
class Earlier {
public:
  Earlier(const TreeChanges &Changes, llvm::ArrayRef<Unit> Units,
          llvm::ArrayRef<UnitOutcome> Outcomes)
      : Changes(Changes), Units(Units), Outcomes(Outcomes),
        Parsed(Units.size()) {}

  std::vector<Finding> judge(const Options &Opts, unsigned Jobs) {
    std::vector<size_t> Again;
    for (size_t I : largestFirst(Units))
      if (!Changes.Added.contains(Units[I].RealFile) && changed(I))
        Again.push_back(I);
    forEachParallel(Again, Jobs, [&](size_t I) { parseAgain(I, Opts); });
    std::vector<const TUFacts *> Program;
    for (size_t I = 0; I < Units.size(); ++I) {
      const bool Same = !changed(I);
      const TUFacts *Facts = Same ? Outcomes[I].Facts.get() : Parsed[I].get();
      if (Facts)
        Program.push_back(Facts);
      else if (!Same && Outcomes[I].Facts &&
               !Changes.Added.contains(Units[I].RealFile))
        ++Unsound;
    }
    return analyse(Program, Opts);
  }

  unsigned Unsound = 0;

private:
  bool changed(size_t I) const {
    // A unit that does not compile has not read all that it would.
    return !(Outcomes[I].Facts || Outcomes[I].LeftOut) ||
           llvm::any_of(Outcomes[I].Parse.Files, [&](const std::string &File) {
             return Changes.Old.contains(File) || Changes.Added.contains(File);
           });
  }

  void parseAgain(size_t I, const Options &Opts) {
    Unit Then = Units[I];
    // A shared prefix holds headers as they are now.
    if (!Then.Unshared.empty())
      Then.Command = std::exchange(Then.Unshared, {});
    ParseRequest Request;
    Request.Overlay = &Changes.Old;
    std::unique_ptr<TUFacts> Facts;
    ParseResult Result = parse(Then, Request, [&](clang::ASTContext &Ctx) {
      Facts = collectFacts(Ctx, Opts);
    });
    if (Result.Crashed)
      (void)Facts.release(); // half built by what crashed
    else if (Result.Compiled)
      Parsed[I] = std::move(Facts);
  }

  const TreeChanges &Changes;
  llvm::ArrayRef<Unit> Units;
  llvm::ArrayRef<UnitOutcome> Outcomes;
  std::vector<std::unique_ptr<TUFacts>> Parsed;
};

} // namespace

unsigned markKnownBefore(const TreeChanges &Changes, Report &Result,
                         Sources &Text, llvm::ArrayRef<Unit> Units,
                         llvm::ArrayRef<UnitOutcome> Outcomes,
                         const Filters &Filter, const Options &Opts,
                         unsigned Jobs) {
  Earlier Program(Changes, Units, Outcomes);
  Report Then;
  Then.Root = Result.Root;
  for (Finding &F : Filter.select(Program.judge(Opts, Jobs))) {
    if (auto Moved = Changes.Moved.find(F.At.File);
        Moved != Changes.Moved.end())
      F.At.File = Moved->second;
    Then.Findings.push_back({std::move(F), {}, {}, {}});
  }
  Sources ThenText(Changes.Old);
  SuppressionIndex Hidden;
  Hidden.apply(Then, ThenText);
  Baseline::of(Then, ThenText).apply(Result, Text);
  return Program.Unsound;
}

} // namespace interlock
