#pragma once

#include "llvm/ADT/StringRef.h"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

namespace interlock {

/// A bar on the terminal that says how far a phase is and how long it will
/// take; nothing in a pipe. Safe to call from several threads.
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
  using Clock = std::chrono::steady_clock;
  static Clock::time_point now() { return Clock::now(); }
  static constexpr unsigned BarWidth = 24;
  std::string line(llvm::StringRef Name) const;

  std::mutex Lock;
  bool Enabled;
  std::string Phase;
  unsigned Total;
  unsigned Count = 0;
  Clock::time_point Start;
  std::optional<Clock::time_point> Drawn;
};

} // namespace interlock
