// The library used by a program without exceptions and RTTI.
#include "support/coroutines.hpp"

#include <gtest/gtest.h>
#include <interlock/monitor.hpp>
#include <interlock/rollback.hpp>
#include <interlock/safe_state.hpp>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#if INTERLOCK_HAS_EXCEPTIONS || defined(__cpp_rtti)
#error "to be compiled with -fno-exceptions -fno-rtti"
#endif

using namespace std::chrono_literals;
using test::task;

namespace {

template <class Op> task<> take(Op op, int &taken) {
  auto guard = co_await std::move(op);
  ++taken;
}

TEST(WithoutExceptions, WaitersAreHandedTheLock) {
  interlock::SafeTradingState state;
  int taken = 0;
  auto held = state.atomic_balance_update().blocking();
  auto key = state.atomic_position_update("A").blocking();
  auto a = take(state.atomic_balance_update(), taken);
  auto b = take(state.atomic_position_update("A"), taken);
  auto c =
      take(state.atomic_update(interlock::balance, interlock::order(7)), taken);
  a.start();
  b.start();
  c.start();
  EXPECT_EQ(taken, 0);
  held.unlock();
  key.unlock();
  EXPECT_TRUE(a.done() && b.done() && c.done());
  EXPECT_EQ(taken, 3);
  EXPECT_EQ(state.get_lock_statistics().at("balance").contentions, 2U);
}

TEST(WithoutExceptions, ALimitedWaitEnds) {
  interlock::SafeTradingState state;
  auto held = state.atomic_order_update(7).blocking();
  EXPECT_FALSE(state.try_atomic_order_update(7));
  EXPECT_FALSE(state.atomic_order_update_for(7, 1ns).blocking());
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(state.atomic_order_update(7, stop.get_token()).blocking());
}

TEST(WithoutExceptions, ThreadsExclude) {
  interlock::mutex m;
  int count = 0;
  const auto body = [&] {
    for (int i = 0; i != 1000; ++i) {
      const std::lock_guard lock(m);
      ++count;
    }
  };
  std::thread other(body);
  body();
  other.join();
  EXPECT_EQ(count, 2000);
}

TEST(WithoutExceptions, LeavingEarlyRestores) {
  int balance = 1000;
  {
    interlock::rollback undo(balance);
    balance = 0;
  }
  EXPECT_EQ(balance, 1000);
}

} // namespace
