#pragma once

#include "tool/driver/Compilations.h"
#include "tool/output/Report.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <vector>

namespace interlock {

// What a run says beside its report.

/// What keeps a run from its work. Each error is one line, whatever it quotes.
void printError(const std::string &Message);
void printError(llvm::Error E);

/// Units that did not compile, in the compiler's words.
void printFailures(const Report &R, llvm::raw_ostream &Out);

/// What was left out of the run, and what it has found, in numbers.
void printCounts(const Compilations &Program, const Report &R,
                 llvm::raw_ostream &Out);

/// What the report says of a line, or would say if nothing hid it.
std::vector<Step> verdictsOn(const Report &R, llvm::StringRef File,
                             unsigned Line);

} // namespace interlock
