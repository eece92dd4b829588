#include "tool/driver/MemoryGate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <thread>
#include <vector>

using namespace interlock;

/// Runs a piece of work behind a gate on several threads.
template <class F>
static void passTogether(MemoryGate &Gate, unsigned Threads, F Work) {
  std::vector<std::thread> All;
  for (unsigned I = 0; I < Threads; ++I)
    All.emplace_back([&] {
      const MemoryGate::Pass Allowed(Gate);
      Work();
    });
  for (std::thread &Each : All)
    Each.join();
}

TEST(MemoryGate, OneAtATimeWhereMemoryIsScarce) {
  MemoryGate Gate(+[]() -> std::optional<std::uint64_t> { return 0; });
  std::atomic<int> Inside = 0, Most = 0, Done = 0;
  passTogether(Gate, 8, [&] {
    const int Now = ++Inside;
    Most = std::max<int>(Most, Now);
    std::this_thread::yield();
    --Inside;
    ++Done;
  });
  EXPECT_EQ(Most, 1);
  EXPECT_EQ(Done, 8);
}

// Each waits for the other, so both have to be let in.
TEST(MemoryGate, TogetherWhereThereIsEnough) {
  MemoryGate Gate(
      +[]() -> std::optional<std::uint64_t> { return std::uint64_t(1) << 40; });
  std::barrier Meeting(2);
  passTogether(Gate, 2, [&] { Meeting.arrive_and_wait(); });
}

TEST(MemoryGate, TogetherWhereNobodyKnows) {
  MemoryGate Gate(
      +[]() -> std::optional<std::uint64_t> { return std::nullopt; });
  std::barrier Meeting(2);
  passTogether(Gate, 2, [&] { Meeting.arrive_and_wait(); });
}

// Those that waited are let in when one has left and memory is there again.
TEST(MemoryGate, OpensAgain) {
  static std::atomic<std::uint64_t> Left;
  Left = 0;
  MemoryGate Gate(+[]() -> std::optional<std::uint64_t> { return Left; });
  std::barrier Meeting(2);
  std::vector<std::thread> Waiting;
  {
    const MemoryGate::Pass First(Gate);
    for (int I = 0; I < 2; ++I)
      Waiting.emplace_back([&] {
        const MemoryGate::Pass Allowed(Gate);
        Meeting.arrive_and_wait();
      });
    Left = std::uint64_t(1) << 40;
  }
  for (std::thread &Each : Waiting)
    Each.join();
}
