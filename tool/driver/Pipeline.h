#pragma once

#include "tool/driver/Cli.h"

namespace interlock {

/// Runs what the command line asks for; returns the exit status.
int run(const Invocation &Run);

} // namespace interlock
