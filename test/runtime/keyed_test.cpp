#include "support/allocations.hpp"
#include "support/coroutines.hpp"

#include <gtest/gtest.h>
#include <interlock/safe_state.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using test::task;

namespace {

template <class Lock, class Key>
task<> hold(Lock &lock, Key key, test::gate &gate, int id,
            std::vector<int> &order) {
  auto guard = co_await lock.acquire(key);
  order.push_back(id);
  co_await gate;
}

TEST(KeyedMutex, EqualKeysExcludeAndOthersDoNot) {
  interlock::keyed_mutex<std::string> lock;
  auto a = lock.acquire("A").blocking();
  EXPECT_FALSE(lock.acquire(std::string("A")).try_now());
  EXPECT_FALSE(lock.acquire(std::string_view("A")).try_now());
  EXPECT_TRUE(lock.acquire("B").try_now());
  EXPECT_EQ(a.key(), "A");
}

enum class venue : std::uint8_t { lit = 1, dark = 2 };

TEST(KeyedMutex, TakesNumbersEnumerationsAndAddresses) {
  interlock::keyed_mutex<std::uint64_t> lock;
  const int object = 0;
  auto n = lock.acquire(-1).blocking();
  auto e = lock.acquire(venue::lit).blocking();
  auto p = lock.acquire(&object).blocking();
  EXPECT_FALSE(lock.acquire(-1).try_now());
  EXPECT_FALSE(lock.acquire(venue::lit).try_now());
  EXPECT_FALSE(lock.acquire(&object).try_now());
  EXPECT_TRUE(lock.acquire(venue::dark).try_now());
  EXPECT_EQ(e.key(), "1");
  EXPECT_EQ(n.key(), "-1");
  const std::uint64_t high = std::uint64_t(1) << 63;
  EXPECT_EQ(lock.acquire(high).blocking().key(), "9223372036854775808");
}

TEST(KeyedMutex, LongKeysAreExact) {
  interlock::keyed_mutex<std::string> lock;
  const std::string stem(100, 'x');
  auto a = lock.acquire(stem + "a").blocking();
  EXPECT_TRUE(lock.acquire(stem + "b").try_now());
  EXPECT_FALSE(lock.acquire(stem + "a").try_now());
}

TEST(KeyedMutex, GrantsInOrderOfArrivalPerKey) {
  interlock::keyed_mutex<int> lock;
  test::gate gate;
  std::vector<int> order;
  std::vector<task<>> tasks;
  for (int i = 0; i != 50; ++i) {
    tasks.push_back(hold(lock, 7, gate, i, order));
    tasks.back().start();
  }
  EXPECT_EQ(lock.get_lock_statistics().current_waiters, 49U);
  gate.open();
  EXPECT_EQ(lock.get_lock_statistics().current_waiters, 0U);
  EXPECT_EQ(order.size(), 50U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(KeyedMutex, KeyExistsOnlyWhileHeldOrAwaited) {
  interlock::keyed_mutex<int> lock;
  test::gate gate;
  std::vector<int> order;
  EXPECT_EQ(lock.size(), 0U);
  auto holder = hold(lock, 1, gate, 0, order);
  auto waiter = hold(lock, 1, gate, 1, order);
  holder.start();
  waiter.start();
  EXPECT_EQ(lock.size(), 1U);
  waiter.destroy();
  EXPECT_EQ(lock.size(), 1U);
  gate.open();
  EXPECT_EQ(lock.size(), 0U);
}

TEST(KeyedMutex, AMillionKeysLeaveNothingBehind) {
  interlock::keyed_mutex<std::uint64_t> lock;
  const std::size_t before = lock.memory();
  for (std::uint64_t key = 0; key != 1'000'000; ++key)
    auto guard = lock.acquire(key).blocking();
  EXPECT_EQ(lock.size(), 0U);
  EXPECT_LE(lock.memory() - before, 1'000'000U) << "a byte per idle key";
}

TEST(KeyedMutex, ManyKeysHeldAtOnceAreGivenBack) {
  interlock::keyed_mutex<std::uint64_t> lock;
  const std::size_t before = lock.memory();
  {
    std::vector<interlock::guard> guards;
    for (std::uint64_t key = 0; key != 200'000; ++key)
      guards.push_back(lock.acquire(key).blocking());
    EXPECT_EQ(lock.size(), 200'000U);
    EXPECT_GT(lock.memory() - before, 200'000U * 32);
  }
  EXPECT_EQ(lock.size(), 0U);
  EXPECT_LE(lock.memory() - before, 64U * 64 * 1024);
}

TEST(KeyedMutex, RetainedKeysStayWithinTheirBudget) {
  interlock::keyed_mutex<std::uint64_t> lock({.retain_idle_keys = 100'000});
  const std::size_t before = lock.memory();
  for (std::uint64_t key = 0; key != 64'000; ++key)
    auto guard = lock.acquire(key).blocking();
  EXPECT_EQ(lock.size(), 64'000U);
  EXPECT_LE((lock.memory() - before) / 64'000, 64U);
  for (std::uint64_t key = 0; key != 1'000'000; ++key)
    auto guard = lock.acquire(key).blocking();
  EXPECT_LE(lock.size(), 100'000U);
}

TEST(KeyedMutex, AFewRetainedKeysAllStay) {
  interlock::keyed_mutex<int> lock({.retain_idle_keys = 10});
  for (int round = 0; round != 2; ++round)
    for (int key = 0; key != 10; ++key)
      auto guard = lock.acquire(key).blocking();
  EXPECT_EQ(lock.size(), 10U);
  {
    auto eleventh = lock.acquire(10).blocking();
    EXPECT_EQ(lock.size(), 11U);
  }
  EXPECT_EQ(lock.size(), 10U);
}

/// At random, and more keys than a table has places: `held` is what is true.
void compare_with_a_map(std::size_t retained) {
  interlock::keyed_mutex<std::uint64_t> lock({.retain_idle_keys = retained});
  std::map<std::uint64_t, interlock::guard> held;
  std::minstd_rand random(7);
  for (int i = 0; i != 60'000; ++i) {
    const std::uint64_t key = random() % 1'000;
    auto guard = lock.acquire(key).try_now();
    const bool got = guard.has_value();
    ASSERT_EQ(got, !held.contains(key)) << key;
    if (got && random() % 2 == 0)
      held.emplace(key, *std::move(guard));
    else if (!got && random() % 2 == 0)
      held.erase(key);
    ASSERT_GE(lock.size(), held.size());
    ASSERT_LE(lock.size(), held.size() + retained + (got ? 1 : 0));
  }
  EXPECT_EQ(lock.get_lock_statistics().contentions, 0U);
}

TEST(KeyedMutex, AgreesWithAMapOfHeldKeys) {
  compare_with_a_map(0);
  compare_with_a_map(300);
}

TEST(KeyedMutex, KeysOfOneShardSurviveThreads) {
  interlock::keyed_mutex<int> lock;
  std::vector<long> counts(600, 0); // several for each shard
  const auto body = [&](unsigned seed) {
    std::minstd_rand random(seed);
    for (int i = 0; i != 5'000; ++i) {
      std::vector<interlock::guard> held;
      for (int n = 0; n != 4; ++n) {
        const auto key = static_cast<std::size_t>(random() % counts.size());
        if (auto guard = lock.acquire(static_cast<int>(key)).try_now()) {
          ++counts[key];
          held.push_back(*std::move(guard));
        }
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i <= 4; ++i)
      threads.emplace_back(body, i);
  }
  long sum = 0;
  for (const long count : counts)
    sum += count;
  EXPECT_EQ(lock.get_lock_statistics().acquisitions,
            static_cast<std::uint64_t>(sum));
  EXPECT_EQ(lock.size(), 0U);
}

TEST(KeyedMutex, ReclaimSurvivesThreads) {
  interlock::keyed_mutex<int> lock;
  std::vector<long> counts(4, 0);
  const auto body = [&](unsigned seed) {
    std::minstd_rand random(seed);
    for (int i = 0; i != 20'000; ++i) {
      const auto key = static_cast<std::size_t>(random() % counts.size());
      auto guard = lock.acquire(static_cast<int>(key)).blocking();
      ++counts[key];
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i <= 4; ++i)
      threads.emplace_back(body, i);
  }
  EXPECT_EQ(counts[0] + counts[1] + counts[2] + counts[3], 80'000);
  EXPECT_EQ(lock.size(), 0U);
}

TEST(KeyedMutex, DestroyedWhileWaitingOrGranted) {
  interlock::keyed_mutex<int> lock;
  test::manual_executor ex;
  std::vector<int> order;
  const auto note = [](auto &lock, auto &ex, int id, auto &order) -> task<> {
    auto guard = co_await lock.acquire(1).via(ex);
    order.push_back(id);
  };
  auto held = lock.acquire(1).blocking();
  auto a = note(lock, ex, 1, order);
  auto b = note(lock, ex, 2, order);
  auto c = note(lock, ex, 3, order);
  a.start();
  b.start();
  c.start();
  b.destroy(); // waiting
  held.unlock();
  a.destroy(); // granted
  ex.run();
  EXPECT_EQ(order, std::vector<int>{3});
  EXPECT_EQ(lock.size(), 0U);
}

// Steady state: after a first round nothing allocates.

task<> rounds(interlock::mutex &m, test::loop &loop, int count) {
  for (int i = 0; i != count; ++i) {
    auto guard = co_await m.acquire();
    co_await loop.yield();
  }
}

TEST(Allocations, NoneUnderContention) {
  SKIP_UNLESS_ALLOCATIONS_COUNT();
  interlock::mutex m({.name = "m"});
  test::loop loop;
  std::vector<task<>> tasks;
  for (int i = 0; i != 16; ++i)
    tasks.push_back(rounds(m, loop, 200));
  for (auto &t : tasks)
    t.start();
  const auto before = test::allocations();
  loop.run();
  EXPECT_EQ(test::allocations() - before, 0U);
  EXPECT_EQ(m.get_lock_statistics().acquisitions, 3200U);
}

TEST(Allocations, NoneForKeys) {
  SKIP_UNLESS_ALLOCATIONS_COUNT();
  interlock::keyed_mutex<std::string> lock({.name = "k"});
  const std::vector<std::string> symbols = {"BTC-USD-PERP", "ETH-USD-PERP",
                                            "SOL-USD-PERP-20261231"};
  const auto round = [&] {
    for (const auto &s : symbols)
      auto guard = lock.acquire(s).blocking();
  };
  round();
  const auto before = test::allocations();
  for (int i = 0; i != 1'000; ++i)
    round();
  EXPECT_EQ(test::allocations() - before, 0U);
}

TEST(Allocations, NoneForContendedKeys) {
  SKIP_UNLESS_ALLOCATIONS_COUNT();
  interlock::keyed_mutex<int> lock({.name = "k"});
  const auto round = [&] {
    auto held = lock.acquire(1).blocking();
    test::gate gate;
    std::vector<int> order;
    order.reserve(8);
    auto t = hold(lock, 1, gate, 1, order);
    gate.open();
    t.start();
    const auto before = test::allocations();
    held.unlock();
    return test::allocations() - before;
  };
  round();
  for (int i = 0; i != 100; ++i)
    ASSERT_EQ(round(), 0U);
}

task<> one_wait(interlock::mutex &m, interlock::executor &ex) {
  auto guard = co_await m.acquire().within(std::chrono::hours(1)).via(ex);
}

TEST(Allocations, NoneForWaitsWithALimit) {
  SKIP_UNLESS_ALLOCATIONS_COUNT();
  interlock::mutex m({.name = "m"});
  test::manual_executor ex;
  ex.items.reserve(8);
  const auto round = [&] {
    auto held = m.acquire().blocking();
    auto t = one_wait(m, ex);
    const auto before = test::allocations();
    t.start();
    held.unlock();
    ex.run();
    EXPECT_TRUE(t.done());
    return test::allocations() - before;
  };
  round();
  for (int i = 0; i != 100; ++i)
    ASSERT_EQ(round(), 0U);
}

} // namespace
