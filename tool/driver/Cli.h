#pragma once

#include "matchers/base/Options.h"
#include "tool/driver/Manual.h"

#include "llvm/ADT/StringRef.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

/// driver/ runs the stages over a program: command line, compilation
/// database, parallel parsing, analysis, filters, repairs, report.
namespace interlock {

struct Config;

/// The tool's exit status, as the manual lists it.
enum ExitStatus : int {
  Clean = 0,          ///< nothing left to report
  FindingsLeft = 1,   ///< or `--diff` would change something
  UsageError = 2,     ///< usage, configuration or database
  DoesNotCompile = 3, ///< some translation unit
  FixesWithheld = 4,  ///< conflict, changed file, failed write
};

enum class OutputFormat { Text, Json, Sarif, GitHub, GitLab, Html };
enum class ColorUse { Auto, Always, Never };
enum class FixMode { None, Safe, Review };

/// What to do besides, or in place of, analysing.
enum class Task {
  Analyse,
  ListChecks,
  ExplainCheck,
  DumpConfig,
  VerifyConfig,
  ExplainConfig,
  DumpReference,
  DumpSchema,
  DumpManual,
  DumpCompletion,
  Summarize, ///< these three: see driver/Phases.h
  Merge,
  Check,
};

/// The command line as a value.
struct Invocation {
  Task What = Task::Analyse;
  std::string Program; ///< argv[0], to find what is installed beside it
  std::vector<std::string> Files;
  std::optional<std::vector<std::string>> FixedFlags; ///< after `--`
  std::string BuildPath;
  std::vector<std::string> ExtraArgs, ExtraArgsBefore;
  std::string Explained;
  std::string Shell; ///< whose completion is wanted
  std::string Why;   ///< FILE:LINE
  bool Init = false;
  std::string ConfigText, ConfigFile;
  std::string LineFilter;
  /// Looks at a part of the program, or for a part of the findings.
  bool Narrowed = false;
  FixMode Fix = FixMode::None;
  bool FixErrors = false, Diff = false, AllowDirty = false;
  std::string ExportFixes;
  OutputFormat Format = OutputFormat::Text;
  std::string Output;
  std::string Depfile;
  std::string Baseline;
  std::string Since; ///< revision
  bool WriteBaseline = false, PruneBaseline = false;
  bool NoCache = false;
  std::string CacheDir; ///< empty: the default
  std::string CachePolicy;
  std::string Index;     ///< `check`: folder that `merge` made
  unsigned Shards = 0;   ///< `merge`
  std::string Root;      ///< over that of the configuration
  std::string EmitNinja; ///< build file that runs the phases
  bool ExitZero = false;
  bool NoPrefixes = false; ///< for comparisons
  bool EveryUnit = false;  ///< likewise
  unsigned Jobs = 0;
  bool Quiet = false, Profile = false, ReportUnusedSuppressions = false;
  ColorUse Color = ColorUse::Auto;
  bool Draw = false;
  /// Applies the flags that have a key in the configuration, over it; names
  /// them for `--explain-config`.
  std::function<std::vector<std::string>(Config &)> Overrides;
};

/// Parses the command line; an exit status where there is nothing to run
/// (`--help`, `--version`, a mistake), which has been printed already.
struct ParsedCommandLine {
  Invocation Run;
  std::optional<int> Exit;
};
ParsedCommandLine parseCommandLine(int Argc, const char **Argv);

/// The flags that users are told of, in the order of their names. After
/// `parseCommandLine`.
std::vector<FlagInfo> flagTable();

} // namespace interlock
