#pragma once

#include "tool/config/Nearest.h"
#include "tool/driver/Cli.h"

#include "llvm/Support/CommandLine.h"

namespace interlock {

namespace cl = llvm::cl;

/// Reads one of the values that a flag knows, or says which are known.
template <typename Enum> struct KnownValue : cl::parser<Enum> {
  using cl::parser<Enum>::parser;
  bool parse(cl::Option &Flag, llvm::StringRef Name, llvm::StringRef Text,
             Enum &Value) {
    llvm::SmallVector<llvm::StringRef, 8> Known;
    for (unsigned I = 0; I != this->getNumOptions(); ++I)
      Known.push_back(this->getOption(I));
    if (llvm::is_contained(Known, Text))
      return cl::parser<Enum>::parse(Flag, Name, Text, Value);
    llvm::erase(Known, "");
    return Flag.error("unknown value '" + Text + "'" + suggestion(Text, Known));
  }
};

/// The flags. Registered with llvm::cl while the object lives.
struct Flags {
  cl::OptionCategory Category{"interlock options"};
  using Text = cl::opt<std::string>;
  using Flag = cl::opt<bool>;

  cl::list<std::string> Files{cl::Positional, cl::desc("[files or folders...]"),
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
  Flag Diff = flag("diff", "print the repairs as a patch, write nothing; with "
                           "--fix=review also those that want a reader");
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
  Flag Init = flag("init", "look at the program and write a first "
                           ".interlock.yaml, or --output, with comments; an "
                           "existing file stays as it is");
  Flag Draw = flag("draw", "draw the interleaving of each finding; text only");
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
  cl::opt<ColorUse, false, KnownValue<ColorUse>> Color{
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
  cl::opt<unsigned> Jobs{
      "j",
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
  cl::opt<OutputFormat, false, KnownValue<OutputFormat>> Format{
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
  Text Depfile = text("depfile", "file",
                      "write what the run has read as a rule for make or "
                      "Ninja; its target is the file's name without .d");
  Text Baseline = text("baseline", "file",
                       "findings that are known and not "
                       "reported");
  Text Since = text("since", "revision",
                    "report only what the changes since the merge base with "
                    "this revision have caused, uncommitted ones among them");
  Flag WriteBaseline = flag("write-baseline", "record all findings in the "
                                              "baseline");
  Flag PruneBaseline = flag("prune-baseline", "drop from the baseline what is "
                                              "no longer found");
  Flag NoCache = flag("no-cache", "neither use nor fill the cache of results");
  Text CacheDir = text("cache-dir", "folder",
                       "cache of results; without it, 'interlock' in the "
                       "user's cache folder");
  Text CachePolicy{"cache-policy", cl::value_desc("policy"),
                   cl::init("prune_after=720h:cache_size_bytes=5g"),
                   cl::desc("what is removed from the cache, and when, as for "
                            "LLVM's linker"),
                   cl::cat(Category)};
  Text Index = text("index", "folder", "check: the index that merge has made");
  cl::opt<unsigned> Shards{"shards", cl::init(256), cl::value_desc("n"),
                           cl::desc("merge: files that the index consists of"),
                           cl::cat(Category)};
  Text EmitNinja = text("emit-ninja", "file",
                        "write a build file that summarizes, merges and checks "
                        "the program with Ninja");
  Text Root = text("root", "folder",
                   "the project's folder, over that of the configuration");
  Flag ExitZero = flag("exit-zero", "findings do not make the exit status 1");
  Flag EveryUnit{"parse-every-unit", cl::Hidden, cl::cat(Category)};
  Flag NoPrefixes{"no-shared-prefixes", cl::Hidden, cl::cat(Category)};
  Flag Profile = flag("profile", "print where the time went");
  Flag UnusedSuppressions = flag("report-unused-suppressions",
                                 "report NOLINT comments that hide nothing");
  Flag Reference{"dump-config-reference", cl::Hidden, cl::cat(Category)};
  Flag Schema{"dump-config-schema", cl::cat(Category),
              cl::desc("print the JSON schema of the configuration")};

  Flag Manual{"dump-manual", cl::Hidden, cl::cat(Category)};
  Text Completion{"dump-completion", cl::Hidden, cl::cat(Category)};

  Text text(llvm::StringRef Name, llvm::StringRef Value, llvm::StringRef Help) {
    return Text(Name, cl::value_desc(Value), cl::desc(Help), cl::cat(Category));
  }
  Flag flag(llvm::StringRef Name, llvm::StringRef Help) {
    return Flag(Name, cl::desc(Help), cl::cat(Category));
  }
};

/// The one object: llvm::cl keeps pointers to its options for the life of the
/// process.
Flags &flags();

} // namespace interlock
