#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <set>
#include <string>

namespace interlock {

/// Writes what a target depends on as a rule that make and Ninja read.
void writeDepfile(llvm::StringRef Target, const std::set<std::string> &Files,
                  llvm::raw_ostream &Out);

} // namespace interlock
