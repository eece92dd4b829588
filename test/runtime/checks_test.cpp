// The misuse checks of interlock::runtime_checked.
#include "support/coroutines.hpp"

#include <gtest/gtest.h>
#include <interlock/checks.hpp>
#include <interlock/safe_state.hpp>

#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using interlock::check_kind;
using test::task;

namespace {

class Checks : public testing::Test {
protected:
  Checks() {
    interlock::reset_checks();
    interlock::set_check_handler(
        [this](const interlock::check_report &r) { reports.push_back(r); });
  }
  ~Checks() override {
    interlock::set_check_handler({});
    interlock::set_long_hold_limit(std::chrono::seconds(1));
  }
  interlock::SafeTradingState state;
  std::vector<interlock::check_report> reports;
};

TEST_F(Checks, SequentialGuardsAreFine) {
  auto t = [](auto &state) -> task<> {
    {
      auto a = co_await state.atomic_balance_update();
    }
    auto b = co_await state.atomic_position_update("A");
    b.unlock();
    auto c =
        co_await state.atomic_update(interlock::balance, interlock::order(7));
  }(state);
  t.start();
  EXPECT_TRUE(t.done());
  EXPECT_TRUE(reports.empty());
}

TEST_F(Checks, NestedGuardsAreReportedWithBothPlaces) {
  unsigned line = 0;
  auto t = [](auto &state, unsigned &line) -> task<> {
    line = __LINE__ + 1;
    auto a = co_await state.atomic_balance_update();
    auto b = co_await state.atomic_position_update("A");
  }(state, line);
  t.start();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].kind, check_kind::nested);
  EXPECT_EQ(reports[0].lock, "position");
  EXPECT_EQ(reports[0].other_lock, "balance");
  EXPECT_EQ(reports[0].other.line(), line);
  EXPECT_EQ(reports[0].where.line(), line + 1);
  EXPECT_NE(reports[0].text.find("checks_test.cpp"), std::string::npos);
}

TEST_F(Checks, WaitingForOneselfIsADeadlock) {
  auto t = [](auto &state) -> task<> {
    auto a = co_await state.atomic_order_update(7);
    auto b = co_await state.atomic_order_update(7);
  }(state);
  t.start();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].kind, check_kind::relock);
  EXPECT_FALSE(t.done());
}

TEST_F(Checks, OppositeOrdersAreReported) {
  auto t = [](auto &state) -> task<> {
    auto a = co_await state.atomic_balance_update();
    auto b = co_await state.atomic_trade_record();
  }(state);
  t.start();
  auto u = [](auto &state) -> task<> {
    auto b = co_await state.atomic_trade_record();
    auto a = co_await state.atomic_balance_update();
  }(state);
  t.destroy();
  u.start();
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_EQ(reports[1].kind, check_kind::order_inversion);
}

TEST_F(Checks, InterleavedCoroutinesOnOneThreadAreNotNested) {
  test::gate gate;
  const auto hold = [](auto op, test::gate &gate) -> task<> {
    auto guard = co_await std::move(op);
    co_await gate;
  };
  auto a = hold(state.atomic_balance_update(), gate);
  auto b = hold(state.atomic_position_update("A"), gate);
  a.start();
  b.start();
  gate.open();
  EXPECT_TRUE(reports.empty());
}

TEST_F(Checks, NoVerdictOnAGuardThatMoved) {
  auto t = [](auto &state) -> task<> {
    auto a = co_await state.atomic_balance_update();
    auto elsewhere = std::move(a);
    auto b = co_await state.atomic_position_update("A");
  }(state);
  t.start();
  EXPECT_TRUE(t.done());
  EXPECT_TRUE(reports.empty());
}

TEST_F(Checks, CoroutinesThatAwaitEachOtherAreOne) {
#if !defined(__clang__)
  GTEST_SKIP() << "promises are looked at with clang only";
#endif
  const auto inner = [](auto &state) -> task<> {
    auto b = co_await state.atomic_balance_update();
  };
  auto t = [](auto &state, auto inner) -> task<> {
    auto a = co_await state.atomic_balance_update();
    co_await inner(state);
  }(state, inner);
  t.start();
  EXPECT_FALSE(t.done());
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].kind, check_kind::relock);
}

TEST_F(Checks, AMovedGuardMayBeNamed) {
  auto t = [](auto &state) -> task<> {
    auto a = co_await state.atomic_balance_update();
    auto elsewhere = std::move(a);
    auto b =
        co_await state.atomic_position_update("A").while_holding(elsewhere);
  }(state);
  t.start();
  EXPECT_TRUE(t.done());
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].kind, check_kind::nested);
  EXPECT_EQ(reports[0].other_lock, "balance");
}

/// What `task` is, without a promise that tells who awaits it.
struct silent {
  struct promise_type : test::detached::promise_type {
    silent get_return_object() noexcept { return {}; }
  };
};

TEST_F(Checks, AScopeMakesOneTaskOfSeveralCoroutines) {
  const auto helper = [](auto &state, auto &scope) -> silent {
    auto b = co_await state.atomic_order_update(7).by(scope);
    auto c =
        co_await state.atomic_trade_record_for(std::chrono::hours(1)).by(scope);
  };
  const auto stranger = [](auto &state) -> silent {
    auto d = co_await state.atomic_order_update(8);
  };
  [](auto &state, auto helper, auto stranger) -> silent {
    auto me = co_await interlock::task_scope("rebalance");
    auto a = co_await state.atomic_balance_update();
    stranger(state);
    helper(state, me);
  }(state, helper, stranger);
  ASSERT_EQ(reports.size(), 3U);
  EXPECT_EQ(reports[0].lock, "order");
  EXPECT_EQ(reports[0].other_lock, "balance");
  EXPECT_EQ(reports[0].task, "rebalance");
  EXPECT_NE(reports[0].text.find("by 'rebalance' while"), std::string::npos);
  EXPECT_EQ(reports[1].lock, "trade");
  EXPECT_EQ(reports[2].lock, "trade");
}

TEST_F(Checks, AThreadThatRunsWaitersMustNotBlock) {
  test::manual_executor executor;
  interlock::mutex m({.name = "ledger", .executor = &executor});
  auto held = m.acquire().blocking();
  EXPECT_FALSE(m.acquire().within(std::chrono::nanoseconds(1)).blocking());
  ASSERT_EQ(reports.size(), 2U) << "and the thread holds it itself";
  EXPECT_EQ(reports[1].kind, check_kind::blocked_executor);
  EXPECT_EQ(reports[1].lock, "ledger");
  reports.clear();
  executor.here = false;
  auto elsewhere = m.acquire().within(std::chrono::nanoseconds(1)).blocking();
  for (const auto &r : reports)
    EXPECT_NE(r.kind, check_kind::blocked_executor);
}

TEST_F(Checks, ACoroutineThatAReleaseResumedMustNotBlock) {
  auto held = state.atomic_balance_update().blocking();
  auto other = [](auto &state) -> task<> {
    auto guard = co_await state.atomic_order_update(1);
    co_await std::suspend_always{};
  }(state);
  other.start();
  auto t = [](auto &state) -> task<> {
    {
      auto guard = co_await state.atomic_balance_update();
    }
    auto late = state.atomic_order_update_for(1, std::chrono::nanoseconds(1));
    EXPECT_FALSE(std::move(late).blocking());
  }(state);
  t.start();
  held.unlock();
  EXPECT_TRUE(t.done());
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].kind, check_kind::blocked_executor);
  EXPECT_EQ(reports[0].lock, "order");
}

TEST_F(Checks, WaitsWithALimitAreJudgedToo) {
  auto t = [](auto &state) -> task<> {
    auto a = co_await state.atomic_trade_record_for(std::chrono::hours(1));
    auto b = co_await state.atomic_balance_update_for(std::chrono::hours(1));
  }(state);
  t.start();
  EXPECT_TRUE(t.done());
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].kind, check_kind::nested);
  EXPECT_EQ(reports[0].lock, "balance");
}

TEST_F(Checks, OrdersAreFollowedThroughOtherLocks) {
  interlock::mutex a({.name = "a"}), b({.name = "b"}), c({.name = "c"});
  {
    auto outer = a.acquire().blocking();
    auto inner = b.acquire().blocking();
  }
  {
    auto outer = b.acquire().blocking();
    auto inner = c.acquire().blocking();
  }
  reports.clear();
  auto outer = c.acquire().blocking();
  auto inner = a.acquire().blocking();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].kind, check_kind::order_inversion);
}

TEST_F(Checks, ThreadsAreJudgedToo) {
  auto a = state.atomic_balance_update().blocking();
  auto b = state.atomic_position_update("A").blocking();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].kind, check_kind::nested);
}

TEST_F(Checks, StandardGuardsLeaveNoTrace) {
  interlock::mutex m({.name = "journal"});
  auto held = m.acquire().blocking();
  std::jthread other([&m] { const std::lock_guard lock(m); });
  while (m.get_lock_statistics().current_waiters == 0)
    std::this_thread::yield();
  held.unlock();
  other.join();
  auto b = state.atomic_balance_update().blocking();
  EXPECT_TRUE(reports.empty());
}

TEST(ChecksDeathTest, ReleasedByHandWhileAGuardHoldsIt) {
  interlock::mutex m({.name = "ledger"});
  auto t = [](auto &m) -> task<> {
    auto guard = co_await m.acquire();
    co_await std::suspend_always{};
  }(m);
  t.start();
  EXPECT_TRUE(m.is_locked());
  EXPECT_DEATH(m.unlock(),
               "lock 'ledger': released by hand while a guard holds it, "
               "acquired at .*checks_test.cpp");
  interlock::mutex other;
  auto moved = other.acquire().blocking();
  auto guard = std::move(moved);
  EXPECT_DEATH(other.unlock(), "released by hand while a guard holds it");
  guard.unlock();
  other.lock();
  other.unlock();
}

TEST_F(Checks, LongHoldsAreReported) {
  interlock::set_long_hold_limit(std::chrono::nanoseconds(1));
  {
    auto a = state.atomic_balance_update().blocking();
  }
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].kind, check_kind::long_hold);
  EXPECT_EQ(reports[0].lock, "balance");
}

} // namespace
