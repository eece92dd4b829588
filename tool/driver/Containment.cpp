#include "tool/driver/Containment.h"

#include "tool/driver/Cli.h"

#include "clang/Basic/Stack.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <mutex>

namespace interlock {

static std::atomic<bool> AnyCrash = false;

namespace {

/// Where this thread's signals are handled: an overflown stack has no room.
/// A sanitizer may have provided for that already.
class SignalStack {
public:
  SignalStack() {
    stack_t Present = {};
    if (sigaltstack(nullptr, &Present) || !(Present.ss_flags & SS_DISABLE))
      return;
    Memory = std::make_unique<char[]>(Size);
    stack_t Own = {};
    Own.ss_sp = Memory.get();
    Own.ss_size = Size;
    sigaltstack(&Own, nullptr);
  }
  ~SignalStack() {
    if (!Memory)
      return;
    stack_t None = {};
    None.ss_flags = SS_DISABLE;
    sigaltstack(&None, nullptr);
  }
  SignalStack(const SignalStack &) = delete;
  SignalStack &operator=(const SignalStack &) = delete;

private:
  static constexpr size_t Size = 64u << 10;
  std::unique_ptr<char[]> Memory;
};

} // namespace

/// What LLVM cannot go on without: a thread, memory. In a contained unit it is
/// a crash like others; elsewhere the run ends, in a sentence.
static void giveUp(void *, const char *Why, bool) {
  if (llvm::CrashRecoveryContext::GetCurrent()) {
    llvm::errs() << "LLVM ERROR: " << Why << '\n';
    return;
  }
  static std::once_flag Once; // several threads may come at once
  std::call_once(Once, [&] {
    llvm::errs() << "interlock: error: " << Why << '\n';
    std::_Exit(UsageError);
  });
}

void containCrashes() {
  llvm::install_fatal_error_handler(giveUp);
  llvm::CrashRecoveryContext::Enable();
  for (const int Signal : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP}) {
    struct sigaction Handler = {};
    if (sigaction(Signal, nullptr, &Handler))
      continue;
    Handler.sa_flags |= SA_ONSTACK;
    sigaction(Signal, &Handler, nullptr);
  }
}

bool runContained(llvm::function_ref<void()> Work) {
  constexpr unsigned StackSize = 64u << 20;
  llvm::CrashRecoveryContext Recovery;
  const bool Survived = Recovery.RunSafelyOnThread(
      [&] {
        const SignalStack Stack;
        clang::noteBottomOfStack();
        Work();
      },
      StackSize);
  if (!Survived)
    AnyCrash = true;
  return Survived;
}

bool survivedCrash() { return AnyCrash; }

} // namespace interlock
