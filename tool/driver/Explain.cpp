#include "tool/driver/Explain.h"

#include "tool/config/CheckIds.h"
#include "tool/config/Nearest.h"
#include "tool/driver/Compilations.h"
#include "tool/driver/Installation.h"
#include "tool/driver/Notes.h"
#include "tool/driver/Settings.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

namespace interlock {

/// The configuration for questions about it: units help to find it, but a
/// missing database is no obstacle.
static LoadedConfig settingsWithoutUnits(const Invocation &Run) {
  llvm::Expected<Compilations> Program = loadCompilations(Run);
  if (Program)
    return settingsFor(Run, Program->Units);
  llvm::consumeError(Program.takeError());
  return settingsFor(Run, {});
}

static int listChecks(const Invocation &Run) {
  LoadedConfig C = settingsWithoutUnits(Run);
  if (printProblems(C))
    return UsageError;
  for (const CheckInfo &Check : allChecks())
    if (selects(C.Value.Analysis.Checks, Check.Id, /*IfEmpty=*/true))
      llvm::outs() << fmt::format("{:32} {:8} {}\n", std::string(Check.Id),
                                  std::string(levelName(Check.Default)),
                                  std::string(Check.Summary));
  return Clean;
}

static int explainCheck(const Invocation &Run) {
  const CheckInfo *Check = findCheck(Run.Explained);
  if (!Check) {
    printError(badCheckGlob(Run.Explained)
                   .value_or("'" + Run.Explained + "' names no check"));
    return UsageError;
  }
  llvm::SmallString<256> Page(pagesDir(Run.Program));
  llvm::sys::path::append(Page, Check->Id + ".md");
  auto Buffer = llvm::MemoryBuffer::getFile(Page);
  if (!Buffer) {
    llvm::outs() << "# " << Check->Id << "\n\n" << Check->Summary << "\n";
    return Clean;
  }
  llvm::outs() << (*Buffer)->getBuffer();
  return Clean;
}

static int explainSettings(const Invocation &Run) {
  LoadedConfig C = settingsWithoutUnits(Run);
  if (printProblems(C))
    return UsageError;
  if (C.Files.empty())
    llvm::outs() << "# no configuration file\n";
  llvm::outs() << explainConfig(C);
  return Clean;
}

std::optional<int> runInformation(const Invocation &Run) {
  switch (Run.What) {
  case Task::Analyse:
  case Task::Summarize:
  case Task::Merge:
  case Task::Check:
    return std::nullopt;
  case Task::ListChecks:
    return listChecks(Run);
  case Task::ExplainCheck:
    return explainCheck(Run);
  case Task::ExplainConfig:
    return explainSettings(Run);
  case Task::DumpConfig: {
    LoadedConfig C = settingsWithoutUnits(Run);
    if (printProblems(C))
      return UsageError;
    llvm::outs() << dumpConfig(C.Value);
    return Clean;
  }
  case Task::VerifyConfig: {
    LoadedConfig C = settingsWithoutUnits(Run);
    if (printProblems(C))
      return UsageError;
    llvm::outs() << (C.Files.empty() ? "no configuration file\n"
                                     : "the configuration is valid\n");
    return Clean;
  }
  case Task::DumpReference:
    llvm::outs() << configReference();
    return Clean;
  case Task::DumpSchema:
    llvm::outs() << configSchema();
    return Clean;
  case Task::DumpManual:
    llvm::outs() << manualPage(flagTable());
    return Clean;
  case Task::DumpCompletion: {
    const std::string Script = completionScript(Run.Shell, flagTable());
    llvm::outs() << Script;
    return Script.empty() ? UsageError : Clean;
  }
  }
  return std::nullopt;
}

void explainLine(llvm::StringRef File, unsigned Line,
                 llvm::ArrayRef<Step> Reasons, Sources &Text,
                 llvm::raw_ostream &Out) {
  for (const Step &S : Reasons) {
    if (!S.At.valid()) {
      Out << fmt::format("{}:{}: {}\n", File.str(), Line, S.Message);
      continue;
    }
    Out << fmt::format("{}:{}:{}: {}\n", shownPath(S.At.File), S.At.Line,
                       S.At.Column, S.Message);
    if (llvm::StringRef Quoted = Text.line(S.At.File, S.At.Line);
        !Quoted.empty())
      Out << fmt::format("{:5} | ", S.At.Line) << Quoted << "\n";
  }
}

} // namespace interlock
