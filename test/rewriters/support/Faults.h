#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"

/// System calls that fail, or during which the process dies, on request. The
/// program that this is linked into calls its own `open`, `write`, `rename`
/// and so on, which pass on to the C library until they are told not to.
namespace interlock::test {

enum class Fault {
  None,
  Once,    ///< one call fails
  OnAndOn, ///< one call fails, and so does every later one
  Kill     ///< the process ends during the call, in the middle of a write
};

/// How a piece of work ended in a process of its own.
struct Ending {
  bool Struck = false; ///< the fault was reached
  bool Killed = false;
  bool Good = false; ///< what the work returned, if it came to its end
};

/// Runs `Work` in a child process, with a fault at the call number `At`, which
/// fails with `Error` (an `errno`).
Ending runWithFault(Fault Kind, int At, int Error,
                    llvm::function_ref<bool()> Work);

} // namespace interlock::test
