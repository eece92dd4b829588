#pragma once

#include "matchers/base/Options.h"
#include "tool/config/YamlValue.h"

#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace interlock {

/// What a configuration file can say; see Schema.h for keys and meanings.
struct Config {
  Options Analysis;
  FixOptions Fixing; ///< its Root, Categories and ExecutorModel are derived
  std::string Root;
  std::string HeaderFilter;
  std::vector<std::string> WarningsAsErrors;
  bool Inherit = false;
};

/// Where a setting came from, for `--explain-config`.
struct ConfigOrigin {
  std::string Key;
  std::string From; ///< file:line, or `command line`
};

/// A configuration with its history.
struct LoadedConfig {
  Config Value;
  std::vector<std::string> Files; ///< nearest first
  std::vector<ConfigOrigin> Origins;
  std::vector<ConfigProblem> Problems;
};

/// Name of the file that is looked up in a folder and its parents.
inline constexpr llvm::StringLiteral ConfigFileName = ".interlock.yaml";

/// The configuration of a folder: its own file, or that of the nearest parent
/// that has one; with `inherit: true` on top of what lies further up. Lists
/// are appended to inherited ones, other keys replace them.
LoadedConfig lookUpConfig(llvm::StringRef Folder);

/// The same from one named file.
LoadedConfig loadConfigFile(llvm::StringRef File);

/// The same from text on the command line.
LoadedConfig loadConfigText(llvm::StringRef Text);

/// All keys with their effective values, as YAML that reads back the same.
std::string dumpConfig(const Config &C);

/// The same with the place behind each key where it was set; for a list, all
/// places that added to it.
std::string explainConfig(const LoadedConfig &C);

/// The reference page, and the JSON schema for editors.
std::string configReference();
std::string configSchema();

} // namespace interlock
