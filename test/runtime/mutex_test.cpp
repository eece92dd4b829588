#include "support/coroutines.hpp"

#include <gtest/gtest.h>
#include <interlock/mutex.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

using test::task;

namespace {

task<> hold_and_note(interlock::mutex &m, test::gate &gate, int id,
                     std::vector<int> &order) {
  auto guard = co_await m.acquire();
  order.push_back(id);
  co_await gate;
}

task<> note(interlock::mutex &m, int id, std::vector<int> &order) {
  auto guard = co_await m.acquire();
  order.push_back(id);
}

TEST(Mutex, ZeroedMemoryIsAFreeLock) {
  constinit static interlock::mutex m;
  EXPECT_TRUE(m.try_lock());
  EXPECT_FALSE(m.try_lock());
  m.unlock();
  EXPECT_LE(sizeof(interlock::mutex), 64U);
}

TEST(Mutex, GrantsInOrderOfArrival) {
  interlock::mutex m;
  test::gate gate;
  std::vector<int> order;
  auto holder = hold_and_note(m, gate, 0, order);
  holder.start();
  std::vector<task<>> waiters;
  for (int i = 1; i <= 100; ++i) {
    waiters.push_back(note(m, i, order));
    waiters.back().start();
  }
  gate.open();
  std::vector<int> expected(101);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(order, expected);
  EXPECT_FALSE(m.is_locked());
}

TEST(Mutex, StandardGuardsWorkOnThreads) {
  interlock::mutex m;
  long sum = 0;
  const auto add = [&] {
    for (int i = 0; i != 20'000; ++i) {
      const std::unique_lock lock(m);
      ++sum;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i != 4; ++i)
      threads.emplace_back(add);
  }
  EXPECT_EQ(sum, 80'000);
}

TEST(Guard, MoveAssignmentReleasesWhatItHeld) {
  interlock::mutex a, b;
  auto first = a.acquire().blocking();
  auto second = b.acquire().blocking();
  first = std::move(second);
  EXPECT_FALSE(a.is_locked());
  EXPECT_TRUE(b.is_locked());
  EXPECT_TRUE(first.owns_lock());
  EXPECT_FALSE(second.owns_lock()); // NOLINT(bugprone-use-after-move)
  auto &alias = first;
  first = std::move(alias);
  EXPECT_TRUE(first.owns_lock()) << "self-assignment keeps the lock";
}

TEST(Guard, SecondUnlockDoesNothing) {
  interlock::mutex m;
  auto guard = m.acquire().blocking();
  guard.unlock();
  EXPECT_TRUE(m.try_lock());
  guard.unlock();
  EXPECT_TRUE(m.is_locked()) << "another holder's lock was released";
  m.unlock();
}

TEST(Guard, KnowsWhatItHolds) {
  interlock::mutex m({.name = "ledger"});
  auto guard = m.acquire().blocking();
  EXPECT_EQ(guard.name(), "ledger");
  EXPECT_TRUE(static_cast<bool>(guard));
  guard.unlock();
  EXPECT_EQ(guard.name(), "");
}

TEST(Guard, CountsReleaseByException) {
  interlock::mutex m({.name = "ledger"});
  try {
    auto guard = m.acquire().blocking();
    throw 1;
  } catch (int) {
  }
  {
    auto guard = m.acquire().blocking();
  }
  EXPECT_EQ(m.get_lock_statistics().released_by_exception, 1U);
}

task<> count_on(interlock::mutex &m, interlock::mutex &journal) {
  auto guard = co_await m.acquire();
  auto entry = co_await journal.acquire();
}

TEST(Guard, WaitersThatRunInsideAnUnwindingReleaseAreNotCounted) {
  interlock::mutex m({.name = "ledger"}), journal({.name = "journal"});
  auto waiter = count_on(m, journal);
  try {
    auto guard = m.acquire().blocking();
    waiter.start();
    throw 1;
  } catch (int) {
  }
  EXPECT_TRUE(waiter.done());
  EXPECT_EQ(m.get_lock_statistics().released_by_exception, 1U);
  EXPECT_EQ(journal.get_lock_statistics().released_by_exception, 0U);
}

task<> release_then_note(interlock::mutex &m, std::vector<int> &order) {
  auto guard = co_await m.acquire();
  order.push_back(1);
  co_await std::move(guard).release();
  order.push_back(3);
}

TEST(Guard, AwaitedReleaseLetsTheWaiterGoFirst) {
  interlock::mutex m;
  std::vector<int> order;
  test::gate gate;
  auto holder = hold_and_note(m, gate, 0, order);
  holder.start();
  auto releaser = release_then_note(m, order);
  releaser.start();
  auto next = note(m, 2, order);
  next.start();
  gate.open();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3}));
  EXPECT_TRUE(releaser.done());
}

TEST(Guard, ReleaseThatIsNotAwaitedStillReleases) {
  interlock::mutex m;
  {
    auto guard = m.acquire().blocking();
    static_cast<void>(std::move(guard).release());
  }
  EXPECT_FALSE(m.is_locked());
}

TEST(Destruction, OfAWaiterTakesItOutOfTheQueue) {
  for (int victim = 1; victim <= 4; ++victim) {
    interlock::mutex m({.name = "m"});
    std::vector<int> order;
    test::gate gate;
    auto holder = hold_and_note(m, gate, 0, order);
    holder.start();
    std::vector<task<>> waiters;
    for (int i = 1; i <= 4; ++i) {
      waiters.push_back(note(m, i, order));
      waiters.back().start();
    }
    waiters[static_cast<std::size_t>(victim - 1)].destroy();
    EXPECT_EQ(m.get_lock_statistics().current_waiters, 3U);
    gate.open();
    EXPECT_EQ(order.size(), 4U);
    EXPECT_EQ(std::count(order.begin(), order.end(), victim), 0);
    EXPECT_FALSE(m.is_locked());
  }
}

TEST(Destruction, OfManyWaitersOnManyThreadsAtOnce) {
  interlock::mutex m({.name = "m"});
  std::vector<int> order;
  auto guard = m.acquire().blocking();
  std::vector<std::vector<task<>>> waiters(4);
  for (int i = 0; i != 400; ++i) {
    auto &some = waiters[static_cast<std::size_t>(i) % 4];
    some.push_back(note(m, i, order));
    some.back().start();
  }
  {
    std::vector<std::jthread> threads;
    for (auto &some : waiters)
      threads.emplace_back([&some] { some.clear(); });
  }
  EXPECT_EQ(m.get_lock_statistics().current_waiters, 0U);
  guard.unlock();
  EXPECT_TRUE(order.empty());
  EXPECT_TRUE(m.try_lock());
  m.unlock();
}

task<> note_on(interlock::mutex &m, interlock::executor &ex, int id,
               std::vector<int> &order) {
  auto guard = co_await m.acquire().via(ex);
  order.push_back(id);
}

TEST(Destruction, OfAGrantedWaiterPassesTheLockOn) {
  interlock::mutex m;
  test::manual_executor ex;
  std::vector<int> order;
  auto guard = m.acquire().blocking();
  auto first = note_on(m, ex, 1, order);
  auto second = note_on(m, ex, 2, order);
  first.start();
  second.start();
  guard.unlock(); // granted to the first, which has not run
  ASSERT_EQ(ex.items.size(), 1U);
  EXPECT_TRUE(m.is_locked());
  first.destroy();
  ex.run();
  EXPECT_EQ(order, std::vector<int>{2});
  EXPECT_FALSE(m.is_locked());
}

TEST(Destruction, OfAWokenWaiterPassesTheWakeUpOn) {
  interlock::mutex m;
  test::manual_executor far;
  far.here = false;
  std::vector<int> order;
  auto guard = m.acquire().blocking();
  auto first = note_on(m, far, 1, order);
  auto second = note_on(m, far, 2, order);
  first.start();
  second.start();
  guard.unlock(); // wakes the first to compete
  EXPECT_FALSE(m.is_locked());
  first.destroy();
  far.run();
  EXPECT_EQ(order, std::vector<int>{2});
}

TEST(Fairness, AWaiterElsewhereCompetesButNotForEver) {
  interlock::mutex m;
  test::manual_executor far;
  far.here = false;
  std::vector<int> order;
  auto waiter = note_on(m, far, 1, order);
  auto guard = m.acquire().blocking();
  waiter.start();
  int losses = 0;
  for (; order.empty() && losses < 100; ++losses) {
    guard.unlock();
    const bool handed_over = m.is_locked();
    if (!handed_over)
      guard = m.acquire().blocking(); // a newcomer overtakes
    far.run();
    if (handed_over)
      break;
  }
  EXPECT_EQ(order, std::vector<int>{1});
  EXPECT_LE(losses, 16);
  EXPECT_GT(losses, 0) << "it did not have to compete";
}

TEST(Fairness, ALoserGoesInFrontOfThoseWhoCameLater) {
  interlock::mutex m;
  test::manual_executor far;
  far.here = false;
  std::vector<int> order;
  auto guard = m.acquire().blocking();
  std::vector<task<>> waiters;
  for (int i = 1; i <= 3; ++i) {
    waiters.push_back(note_on(m, far, i, order));
    waiters.back().start();
  }
  guard.unlock();                 // wakes the first
  guard = m.acquire().blocking(); // which loses
  far.run();
  guard.unlock();
  far.run();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(Fairness, ALockWithoutTimesDoesNotLetLosersWaitForLongEither) {
  interlock::mutex m;
  test::manual_executor far;
  far.here = false;
  std::vector<int> order;
  auto guard = m.acquire().blocking();
  auto waiter = note_on(m, far, 1, order);
  waiter.start();
  guard.unlock();
  guard = m.acquire().blocking();
  far.run(); // loses, and begins to look at the clock
  const auto then = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - then < std::chrono::milliseconds(2))
    continue;
  guard.unlock();
  EXPECT_TRUE(m.is_locked()) << "it has to compete again";
  far.run();
  EXPECT_EQ(order, std::vector<int>{1});
}

TEST(Fairness, StrictHandsOverToAWaiterElsewhere) {
  interlock::mutex m({.fairness = interlock::fairness::strict});
  test::manual_executor far;
  far.here = false;
  std::vector<int> order;
  auto guard = m.acquire().blocking();
  auto waiter = note_on(m, far, 1, order);
  waiter.start();
  guard.unlock();
  EXPECT_FALSE(m.try_lock());
  far.run();
  EXPECT_EQ(order, std::vector<int>{1});
}

TEST(Resumption, HappensOnTheNamedExecutorOnly) {
  interlock::mutex m;
  test::manual_executor ex;
  std::vector<int> order;
  auto guard = m.acquire().blocking();
  auto waiter = note_on(m, ex, 1, order);
  waiter.start();
  guard.unlock();
  EXPECT_TRUE(order.empty()) << "resumed inside the unlocking call";
  ex.run();
  EXPECT_EQ(order, std::vector<int>{1});
}

TEST(Resumption, LockExecutorIsTheDefault) {
  test::manual_executor ex;
  interlock::mutex m({.executor = &ex});
  std::vector<int> order;
  auto guard = m.acquire().blocking();
  auto waiter = note(m, 1, order);
  waiter.start();
  guard.unlock();
  EXPECT_TRUE(order.empty());
  ex.run();
  EXPECT_EQ(order, std::vector<int>{1});
}

struct depth_probe {
  std::uintptr_t lowest = UINTPTR_MAX;
  std::uintptr_t highest = 0;
  void note() {
    const auto here =
        reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    lowest = std::min(lowest, here);
    highest = std::max(highest, here);
  }
};

task<> probe_stack(interlock::mutex &m, depth_probe &probe) {
  auto guard = co_await m.acquire();
  probe.note();
}

TEST(Resumption, StackDoesNotGrowWithTheQueue) {
  constexpr int queued = 100'000;
  interlock::mutex m;
  depth_probe probe;
  std::vector<task<>> waiters;
  auto guard = m.acquire().blocking();
  for (int i = 0; i != queued; ++i) {
    waiters.push_back(probe_stack(m, probe));
    waiters.back().start();
  }
  guard.unlock();
  for (const auto &w : waiters)
    ASSERT_TRUE(w.done());
  EXPECT_LE(probe.highest - probe.lowest, 4096U);
}

} // namespace
