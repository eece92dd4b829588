#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

namespace interlock {

/// Bytes that this process can still have, by the system and by its control
/// group.
std::optional<std::uint64_t> availableMemory();

/// Lets fewer parses run at a time while memory is scarce, and always one, so
/// that a run on a small machine is slow rather than killed. Where the system
/// does not say what memory it has, everybody passes.
class MemoryGate {
public:
  using Source = std::optional<std::uint64_t> (*)();
  explicit MemoryGate(Source Available = availableMemory)
      : Available(Available) {}

  /// Permission to run, while it lives.
  class Pass {
  public:
    explicit Pass(MemoryGate &Gate) : Gate(Gate) { Gate.enter(); }
    ~Pass() { Gate.leave(); }
    Pass(const Pass &) = delete;
    Pass &operator=(const Pass &) = delete;

  private:
    MemoryGate &Gate;
  };

private:
  void enter();
  void leave();
  bool enough();

  const Source Available;
  std::mutex Lock;
  std::condition_variable Left;
  unsigned Running = 0;
  std::chrono::steady_clock::time_point Asked;
  bool Enough = true; ///< when last asked
};

} // namespace interlock
