#pragma once

#include "llvm/ADT/StringRef.h"

#include <chrono>
#include <mutex>
#include <string>

namespace interlock {

/// One line on the terminal that says how far a phase is; nothing in a pipe.
/// Safe to call from several threads.
class Progress {
public:
  Progress(bool Enabled, llvm::StringRef Phase, unsigned Total);
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  void done(llvm::StringRef File);

  /// Whether standard error is a terminal that can rewrite a line.
  static bool terminal();

private:
  std::mutex Lock;
  bool Enabled;
  std::string Phase;
  unsigned Total;
  unsigned Count = 0;
  std::chrono::steady_clock::time_point Start;
};

} // namespace interlock
