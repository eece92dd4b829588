#include "tool/driver/Program.h"

#include "tool/driver/MemoryGate.h"
#include "tool/driver/UnitFilter.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/ThreadPool.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace interlock {

double processSeconds() {
  llvm::sys::TimePoint<> Now;
  std::chrono::nanoseconds User, System;
  llvm::sys::Process::GetTimeUsage(Now, User, System);
  return std::chrono::duration<double>(User + System).count();
}

void forEachParallel(llvm::ArrayRef<size_t> Order, unsigned Jobs,
                     llvm::function_ref<void(size_t)> Work) {
  if (Jobs == 1 || Order.size() < 2) {
    for (size_t I : Order)
      Work(I);
    return;
  }
  llvm::DefaultThreadPool Pool(llvm::hardware_concurrency(Jobs));
  MemoryGate Gate;
  for (size_t I : Order)
    Pool.async([Work, I, &Gate] {
      const MemoryGate::Pass Allowed(Gate);
      Work(I);
    });
  Pool.wait();
}

std::vector<size_t> largestFirst(llvm::ArrayRef<Unit> Units) {
  std::vector<size_t> Order(Units.size());
  std::iota(Order.begin(), Order.end(), 0);
  llvm::sort(Order, [&](size_t A, size_t B) {
    return std::tie(Units[B].Size, A) < std::tie(Units[A].Size, B);
  });
  return Order;
}

/// Looks all units up; indices of those that are to be parsed.
static std::vector<size_t> recall(llvm::ArrayRef<Unit> Units,
                                  const Collecting &How,
                                  std::vector<UnitOutcome> &Outcomes,
                                  llvm::function_ref<void(const Unit &)> Done) {
  forEachParallel(largestFirst(Units), How.Jobs, [&](size_t I) {
    std::optional<UnitRecord> Known = How.Cache.find(Units[I]);
    if (!Known)
      return;
    Outcomes[I].Facts = std::move(Known->Facts);
    Outcomes[I].Parse.Files = std::move(Known->Files);
    Outcomes[I].Parse.Compiled = true;
    Done(Units[I]);
  });
  std::vector<size_t> Unknown;
  for (size_t I : largestFirst(Units))
    if (!Outcomes[I].Facts)
      Unknown.push_back(I);
  return Unknown;
}

UnitOutcome collectUnit(const Unit &U, const Options &Opts) {
  UnitOutcome Outcome;
  // Outlives the parse only where that did not crash.
  struct Made {
    std::unique_ptr<TUFacts> Facts;
    double Seconds = 0;
  };
  auto Inner = std::make_unique<Made>();
  Outcome.Parse = parse(U, {}, [&](clang::ASTContext &Ctx) {
    const double Start = threadSeconds();
    Inner->Facts = collectFacts(Ctx, Opts);
    Inner->Seconds = threadSeconds() - Start;
  });
  if (Outcome.Parse.Crashed) {
    (void)Inner.release(); // half built by what crashed; not worth the risk
    return Outcome;
  }
  Outcome.LowerSeconds = Inner->Seconds;
  if (Outcome.Parse.Compiled)
    Outcome.Facts = std::move(Inner->Facts);
  return Outcome;
}

std::vector<std::string> inputsOf(const Unit &U, const ParseResult &Parse) {
  std::vector<std::string> Inputs = inputsOf(Parse);
  if (!U.PrefixInputs)
    return Inputs;
  std::vector<std::string> All;
  std::set_union(Inputs.begin(), Inputs.end(), U.PrefixInputs->begin(),
                 U.PrefixInputs->end(), std::back_inserter(All));
  return All;
}

/// Keeps what a parse gave. What did not compile is tried again next time:
/// its messages are worth more than the time.
static void keep(const Unit &U, UnitOutcome &Outcome, ResultCache &Cache) {
  if (!Outcome.Facts)
    return;
  UnitRecord Record{std::move(Outcome.Facts), Outcome.Parse.Files,
                    inputsOf(U, Outcome.Parse)};
  Cache.keep(U, Record);
  Outcome.Facts = std::move(Record.Facts);
}

/// A message about a unit that does not compile is worth more than the time
/// that few units take.
static constexpr size_t LeastToChoose = 16;

/// Takes out of some units those that cannot matter.
static void leaveOut(std::vector<size_t> &Which, llvm::ArrayRef<Unit> Units,
                     const Collecting &How, std::vector<UnitOutcome> &Outcomes,
                     llvm::function_ref<void(const Unit &)> Done) {
  if (Which.size() < LeastToChoose || !How.LeavesOut)
    return;
  std::vector<std::optional<std::vector<std::string>>> Left =
      unitsToLeaveOut(Units, How.Opts, How.Root);
  llvm::erase_if(Which, [&](size_t I) {
    if (!Left[I])
      return false;
    Outcomes[I].LeftOut = true;
    Outcomes[I].Parse.Files = std::move(*Left[I]);
    Done(Units[I]);
    return true;
  });
}

std::vector<UnitOutcome>
collectProgram(std::vector<Unit> &Units, const Collecting &How,
               CollectTimes &Times,
               llvm::function_ref<void(const Unit &)> Done) {
  std::vector<UnitOutcome> Outcomes(Units.size());
  const double Start = processSeconds();
  std::vector<size_t> Unknown = recall(Units, How, Outcomes, Done);
  const double Recalled = processSeconds();
  Times.LookUp = Recalled - Start;
  const size_t Uncached = Unknown.size();
  leaveOut(Unknown, Units, How, Outcomes, Done);
  Times.LeftOut = Uncached - Unknown.size();
  const double Chosen = processSeconds();
  Times.Choose = Chosen - Recalled;
  if (How.SharePrefixes)
    How.Prefixes.prepare(Units, Unknown, How.Jobs);
  Times.Prefixes = processSeconds() - Chosen;
  forEachParallel(Unknown, How.Jobs, [&](size_t I) {
    Outcomes[I] = collectUnit(Units[I], How.Opts);
    keep(Units[I], Outcomes[I], How.Cache);
    Done(Units[I]);
  });
  for (size_t I : Unknown) {
    // A crash that comes from what ran beside it does not come again alone.
    if (Outcomes[I].Parse.Crashed && How.Jobs != 1)
      Outcomes[I] = collectUnit(Units[I], How.Opts);
    Times.Lower += Outcomes[I].LowerSeconds;
    Times.Parse += Outcomes[I].Parse.Seconds - Outcomes[I].LowerSeconds;
  }
  Times.Parsed = Unknown.size();
  return Outcomes;
}

} // namespace interlock
