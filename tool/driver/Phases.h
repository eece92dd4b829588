#pragma once

#include "tool/cache/PathList.h"
#include "tool/driver/Cli.h"
#include "tool/driver/Program.h"

#include "llvm/Support/Error.h"

#include <set>
#include <string>
#include <vector>

namespace interlock {

// The three phases of a run that is spread over machines. Each reads what its
// command line names and writes what it names, nothing else:
//
//   interlock summarize a.cpp --output=a.facts -- flags     one unit
//   interlock merge --output=index *.facts                  the program
//   interlock check --index=index a.facts                   one unit

/// Writes the facts of units. Fails where a unit has none.
llvm::Error writeFacts(llvm::StringRef Output, const std::vector<Unit> &Units,
                       std::vector<UnitOutcome> &Outcomes, const Relocation &R);

/// Reads facts files; a unit has a name and nothing to parse it with.
llvm::Error readFacts(const std::vector<std::string> &Files,
                      const Relocation &R, std::vector<Unit> &Units,
                      std::vector<UnitOutcome> &Outcomes);

/// Makes the index of a program from facts files.
llvm::Error mergeFacts(const std::vector<std::string> &Files,
                       llvm::StringRef Output, unsigned Shards);

/// Judges units with the index of their program; adds to `Read` what of the
/// index that needed.
llvm::Expected<std::vector<Finding>>
checkWithIndex(llvm::StringRef Index, const std::vector<UnitOutcome> &Outcomes,
               const Relocation &R, const Options &Opts,
               std::set<std::string> &Read);

} // namespace interlock
