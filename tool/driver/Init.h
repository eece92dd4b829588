#pragma once

#include "tool/config/Config.h"
#include "tool/driver/Program.h"
#include "tool/output/Sources.h"

#include <string>

namespace interlock {

/// The draft of a configuration for a program: what of its state is known by
/// name, which other members its coroutines share, its coroutine library,
/// locks, and signs of threads. Everything that is a guess stands in a
/// comment. `Settings` are those in force without the draft.
std::string draftConfig(llvm::ArrayRef<const TUFacts *> Facts,
                        llvm::ArrayRef<UnitOutcome> Outcomes,
                        const Config &Settings, Sources &Text);

/// Writes a draft to a file that must not exist yet.
llvm::Error writeDraft(llvm::StringRef File, llvm::StringRef Draft);

} // namespace interlock
