#pragma once

#include "matchers/facts/Lowering.h"

namespace interlock {

/// The calls in a function, that of `main`, that may let what has been started
/// before go on: those that run an event loop, resume coroutines that are kept
/// somewhere, or are not in view. What is started there itself does not count,
/// nor what the library does with values.
std::vector<Drive> drivesOf(const clang::FunctionDecl *FD,
                            const LoweringContext &C);

} // namespace interlock
