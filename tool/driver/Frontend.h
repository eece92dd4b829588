#pragma once

#include "tool/driver/Compilations.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include <map>
#include <string>
#include <vector>

namespace clang {
class ASTContext;
}

namespace interlock {

/// A message of the compiler's front end.
struct ParseMessage {
  std::string File; ///< absolute real path; empty where there is none
  unsigned Line = 0, Column = 0;
  bool Error = false;
  std::string Text;
};

/// What became of one parse.
struct ParseResult {
  bool Crashed = false;
  bool Compiled = false;
  std::vector<ParseMessage> Messages;
  /// Real paths of all files that were read, the source first, then sorted.
  std::vector<std::string> Files;
  /// Outermost paths where something was looked for in vain, sorted.
  std::vector<std::string> Absent;
  double Seconds = 0; ///< processor time, `Use` included
};

/// Everything that a parse depends on besides a shared prefix, sorted; without
/// one file that its maker knows to be the same.
std::vector<std::string> inputsOf(const ParseResult &Result,
                                  llvm::StringRef But = {});

/// Processor time of the calling thread in seconds.
double threadSeconds();

struct ParseRequest {
  /// Contents that stand in for files, by absolute real path.
  const std::map<std::string, std::string> *Overlay = nullptr;
  /// Whether warnings are of interest; they cost time.
  bool Warnings = false;
  /// Whether function bodies of system headers are wanted.
  bool AllBodies = false;
  /// File for a precompiled header, in place of a parse; see `precompile`.
  std::string PrecompileTo;
};

/// Parses a unit and hands its AST to `Use`, on a thread of its own, see
/// `runContained`. A crash of the parse or of `Use` is reported in the result.
/// `Use` is not called where the source has errors. A unit that fails with a
/// shared prefix is parsed again without it. Safe to call from several threads.
ParseResult parse(const Unit &U, const ParseRequest &Request,
                  llvm::function_ref<void(clang::ASTContext &)> Use);

/// Writes a precompiled header for the header that a unit names; not
/// `Compiled` where that fails, for whatever reason.
ParseResult precompile(const Unit &U, llvm::StringRef Output);

} // namespace interlock
