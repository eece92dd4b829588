#pragma once

#include "tool/driver/Cli.h"

#include "llvm/Support/Error.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace interlock {

/// One translation unit with one set of flags.
struct Unit {
  std::string File;                 ///< absolute, as the database spells it
  std::string RealFile;             ///< links resolved
  std::string Directory;            ///< where the compiler ran
  std::vector<std::string> Command; ///< driver command, compiler first
  /// The command without a shared prefix; empty where it has none.
  std::vector<std::string> Unshared;
  /// Everything that the shared prefix was made from, and the files among it,
  /// sorted; null without one.
  std::shared_ptr<const std::vector<std::string>> PrefixInputs, PrefixFiles;
  std::string PrefixHeader;  ///< the file that it was made from
  bool SystemPrefix = false; ///< it holds nothing but system headers
  std::uint64_t Size = 0;    ///< bytes of the source
};

/// What is analysed, and what was left out with the reason.
struct Compilations {
  std::vector<Unit> Units;     ///< sorted by file, then by command
  std::string Database;        ///< path of the database; empty with `--` flags
  unsigned OtherLanguages = 0; ///< C, Objective-C, assembler, CUDA
  std::vector<std::string> Missing;       ///< files of entries that are gone
  std::vector<std::string> NotInDatabase; ///< named on the command line
  std::vector<std::string> DroppedFlags;  ///< flags that clang has not
};

/// Reads the compilation database that the invocation selects, or makes
/// commands from the flags after `--`. An error names the file, and line and
/// column where the text is at fault.
llvm::Expected<Compilations> loadCompilations(const Invocation &Run);

/// The command from its compiler on: build tools write `ccache`, `env A=B` and
/// the like before it.
std::vector<std::string> withoutLaunchers(std::vector<std::string> Command);

/// Turns the command of another compiler into one that clang's front end
/// understands: no output, no dependency files, no warnings as errors, no
/// input but the unit's source, no flags that clang does not know (named in
/// `Dropped`).
std::vector<std::string> adjustCommand(std::vector<std::string> Command,
                                       const Unit &U, const Invocation &Run,
                                       std::vector<std::string> &Dropped);

} // namespace interlock
