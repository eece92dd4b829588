#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

/// One target a file: takes bytes from outside, asserts what must hold for
/// all of them. With libFuzzer (the `fuzz` preset) the bytes are searched for;
/// otherwise Replay.cpp runs seeds and seeded mutations of them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *Data,
                                      std::size_t Size);

namespace interlock::fuzz {

inline llvm::StringRef text(const std::uint8_t *Data, std::size_t Size) {
  return {reinterpret_cast<const char *>(Data), Size};
}

/// Ends the process: for libFuzzer that is a finding, for a test a failure.
inline void require(bool Holds, llvm::StringRef What) {
  if (Holds)
    return;
  llvm::errs() << "does not hold: " << What << "\n";
  std::abort();
}

} // namespace interlock::fuzz
