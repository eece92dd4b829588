#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"

namespace interlock {

/// Makes `runContained` possible; what LLVM calls fatal elsewhere, as where no
/// thread can be started, ends the run with a message. Called once, before
/// threads are started.
void containCrashes();

/// Runs something on a thread of its own, with a stack that deep nesting does
/// not exhaust. Returns false where it crashed; what it was at work on is lost
/// then. A stack that overflows in spite of its size is a crash like others.
bool runContained(llvm::function_ref<void()> Work);

/// Whether anything has crashed. Objects of LLVM that were on its stack are
/// still in lists then, so nobody may take these apart.
bool survivedCrash();

} // namespace interlock
