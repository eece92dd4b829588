// What the programs are made of.
#pragma once

#include "task.hpp"

/// Suspends; other activities may run.
task<> tick();

struct failure {};
/// Suspends, and throws a `failure` sometimes.
task<> risky();
