#include "tool/driver/MemoryGate.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"

namespace interlock {

/// What a parse of a source with large libraries takes. A guess that is too
/// high costs time only where memory is scarce.
static constexpr std::uint64_t OneParse = std::uint64_t(700) << 20;

static std::optional<std::uint64_t> numberIn(llvm::StringRef File,
                                             llvm::StringRef After) {
  const auto Buffer = llvm::MemoryBuffer::getFileAsStream(File);
  if (!Buffer)
    return std::nullopt;
  const llvm::StringRef Text = (*Buffer)->getBuffer();
  const size_t At = Text.find(After);
  std::uint64_t Value = 0;
  if (At == llvm::StringRef::npos ||
      Text.drop_front(At + After.size()).ltrim().consumeInteger(10, Value))
    return std::nullopt;
  return Value;
}

std::optional<std::uint64_t> availableMemory() {
  std::optional<std::uint64_t> Result =
      numberIn("/proc/meminfo", "MemAvailable:");
  if (Result)
    *Result *= 1024;
  const auto Limit = numberIn("/sys/fs/cgroup/memory.max", "");
  const auto Used = numberIn("/sys/fs/cgroup/memory.current", "");
  if (Limit && Used) {
    const std::uint64_t Rest = *Limit > *Used ? *Limit - *Used : 0;
    Result = Result ? std::min(*Result, Rest) : Rest;
  }
  return Result;
}

bool MemoryGate::enough() {
  const auto Now = std::chrono::steady_clock::now();
  if (Enough && Now - Asked < std::chrono::milliseconds(50))
    return true; // short tasks do not ask each time
  Asked = Now;
  Enough = Available().value_or(OneParse) >= OneParse;
  return Enough;
}

void MemoryGate::enter() {
  std::unique_lock<std::mutex> Held(Lock);
  Left.wait(Held, [&] { return Running == 0 || enough(); });
  ++Running;
}

void MemoryGate::leave() {
  {
    std::lock_guard<std::mutex> Held(Lock);
    --Running;
  }
  Left.notify_all();
}

} // namespace interlock
