// Every allocation the library makes fails once: what was asked for then ends
// with `std::bad_alloc` or works without, nothing is held, nothing is lost.
#include "support/allocations.hpp"
#include "support/coroutines.hpp"

#include <gtest/gtest.h>
#include <interlock/safe_state.hpp>

#include <chrono>
#include <memory>
#include <new>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using test::task;

namespace {

const std::string long_key(100, 'k');

/// Runs `use` on a fresh `Thing` with its first, second, ... allocation
/// failing, until it makes no more; `check` sees each of them afterwards.
/// Each run has a thread of its own: pools of memory are kept per thread.
template <class Thing, class Use, class Check>
void fail_each_allocation(Use use, Check check) {
  bool more = true;
  for (std::uint64_t n = 0; more && n != 2'000; ++n) {
    SCOPED_TRACE("allocation " + std::to_string(n));
    std::thread([&] {
      Thing thing{};
      try {
        const test::failing_allocation failure(n);
        try {
          use(thing);
        } catch (...) {
          more = failure.happened();
          throw;
        }
        more = failure.happened();
      } catch (const std::bad_alloc &) {
      }
      check(thing);
    }).join();
  }
  EXPECT_FALSE(more) << "it never ends";
}

using interlock::SafeTradingState;

void expect_free(SafeTradingState &state) {
  EXPECT_TRUE(state.try_atomic_balance_update());
  EXPECT_TRUE(state.try_atomic_position_update(long_key));
  EXPECT_EQ(state.live_keys("position"), 0U);
  EXPECT_EQ(state.live_keys("order"), 0U);
  for (const auto &[name, s] : state.get_lock_statistics()) {
    EXPECT_EQ(s.current_waiters, 0U) << name;
    EXPECT_EQ(s.abandoned_waiters, 0U) << name;
  }
}

TEST(OutOfMemory, Construction) {
  SKIP_UNLESS_ALLOCATIONS_COUNT();
  fail_each_allocation<int>(
      [](int) {
        SafeTradingState state;
        auto guard = state.atomic_balance_update().blocking();
      },
      [](int) {});
}

TEST(OutOfMemory, KeysOnAThread) {
  SKIP_UNLESS_ALLOCATIONS_COUNT();
  fail_each_allocation<SafeTradingState>(
      [](SafeTradingState &state) {
        auto a = state.atomic_position_update(long_key).blocking();
        EXPECT_FALSE(state.try_atomic_position_update(long_key));
        std::vector<interlock::guard> many;
        many.reserve(1'000);
        for (int i = 0; i != 1'000; ++i)
          many.push_back(state.atomic_order_update(i).blocking());
      },
      [](SafeTradingState &state) { expect_free(state); });
}

task<> take_key(SafeTradingState &state, int &done) {
  auto guard = co_await state.atomic_position_update(long_key);
  ++done;
}

TEST(OutOfMemory, KeysInACoroutine) {
  SKIP_UNLESS_ALLOCATIONS_COUNT();
  fail_each_allocation<SafeTradingState>(
      [](SafeTradingState &state) {
        int done = 0;
        auto held = state.atomic_position_update(long_key).blocking();
        auto a = take_key(state, done);
        auto b = take_key(state, done);
        a.start(); // a free key, a contended one, a hot one
        b.start();
        held.unlock();
        for (auto *t : {&a, &b}) {
          ASSERT_TRUE(t->done());
          t->get();
        }
        EXPECT_EQ(done, 2);
      },
      [](SafeTradingState &state) { expect_free(state); });
}

task<> take_within(SafeTradingState &state, std::stop_token stop, bool &got) {
  auto guard = co_await state.atomic_balance_update_for(1h).stop_on(stop);
  got = guard.has_value();
}

TEST(OutOfMemory, WaitsWithALimit) {
  SKIP_UNLESS_ALLOCATIONS_COUNT();
  fail_each_allocation<SafeTradingState>(
      [](SafeTradingState &state) {
        std::stop_source stop;
        bool got = false;
        auto held = state.atomic_balance_update().blocking();
        auto t = take_within(state, stop.get_token(), got);
        t.start();
        const bool waits = !t.done();
        held.unlock();
        ASSERT_TRUE(t.done());
        t.get();
        EXPECT_TRUE(waits && got);
      },
      [](SafeTradingState &state) { expect_free(state); });
}

TEST(OutOfMemory, AThreadThatBlocksWithALimit) {
  SKIP_UNLESS_ALLOCATIONS_COUNT();
  fail_each_allocation<SafeTradingState>(
      [](SafeTradingState &state) {
        auto held = state.atomic_balance_update().blocking();
        EXPECT_FALSE(state.atomic_balance_update_for(1us).blocking());
      },
      [](SafeTradingState &state) { expect_free(state); });
}

task<> take_several(SafeTradingState &state, test::gate &gate, bool &got) {
  auto set = co_await state.atomic_update(
      interlock::balance, interlock::position(long_key), interlock::order(7));
  got = set.size() == 3;
  co_await gate;
}

TEST(OutOfMemory, SeveralLocksTakeAllOrNone) {
  SKIP_UNLESS_ALLOCATIONS_COUNT();
  fail_each_allocation<SafeTradingState>(
      [](SafeTradingState &state) {
        bool got = false;
        test::gate gate;
        gate.open();
        auto held = state.atomic_balance_update().blocking();
        auto t = take_several(state, gate, got);
        t.start(); // waits for the first, makes entries for the others later
        held.unlock();
        ASSERT_TRUE(t.done());
        t.get();
        EXPECT_TRUE(got);
        EXPECT_TRUE(state.try_atomic_update(interlock::balance,
                                            interlock::position(long_key)));
      },
      [](SafeTradingState &state) { expect_free(state); });
}

TEST(OutOfMemory, Statistics) {
  SKIP_UNLESS_ALLOCATIONS_COUNT();
  fail_each_allocation<SafeTradingState>(
      [](SafeTradingState &state) {
        auto guard = state.atomic_position_update(long_key).blocking();
        static_cast<void>(state.prometheus_text());
        state.reset_statistics();
      },
      [](SafeTradingState &state) { expect_free(state); });
}

} // namespace
