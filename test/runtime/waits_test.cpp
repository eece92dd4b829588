// The wait-for graph and the watchdog of interlock::runtime_checked.
#include "support/coroutines.hpp"

#include <gtest/gtest.h>
#include <interlock/checks.hpp>
#include <interlock/safe_state.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using interlock::check_kind;
using test::task;
using namespace std::chrono_literals;

namespace {

/// Takes `first`, waits at the gate, then takes `second`.
template <class First, class Second>
task<> take_both(First first, test::gate &gate, Second second) {
  auto a = co_await std::move(first);
  co_await gate;
  auto b = co_await std::move(second);
}

template <class Op> task<> take(Op op) { auto guard = co_await std::move(op); }

class Waits : public testing::Test {
protected:
  Waits() {
    interlock::reset_checks();
    interlock::set_check_handler(
        [this](const interlock::check_report &r) { reports.push_back(r); });
  }
  ~Waits() override { interlock::set_check_handler({}); }

  std::vector<interlock::check_report> of(check_kind kind) const {
    std::vector<interlock::check_report> some;
    for (const auto &r : reports)
      if (r.kind == kind)
        some.push_back(r);
    return some;
  }
  interlock::SafeTradingState state;
  std::vector<interlock::check_report> reports;
  test::gate gate;
};

TEST_F(Waits, NobodyWaits) {
  auto held = state.atomic_balance_update().blocking();
  EXPECT_TRUE(interlock::current_waits().waits.empty());
  EXPECT_EQ(interlock::current_waits().text(), "");
}

TEST_F(Waits, EachKnowsItsHolderAndTheLongestIsFirst) {
  const unsigned line = __LINE__ + 1;
  auto held = state.atomic_order_update(7).blocking();
  auto first = take(state.atomic_order_update(7));
  auto second = take(state.atomic_order_update_for(7, 1h));
  first.start();
  second.start();
  const auto graph = interlock::current_waits();
  ASSERT_EQ(graph.waits.size(), 2U);
  EXPECT_EQ(graph.waits[0].lock, "order");
  EXPECT_FALSE(graph.waits[0].limited);
  EXPECT_TRUE(graph.waits[1].limited);
  EXPECT_GE(graph.waits[0].waited, graph.waits[1].waited);
  EXPECT_EQ(graph.waits[0].held_since.line(), line);
  EXPECT_FALSE(graph.waits[0].holder_waits_in);
  EXPECT_TRUE(graph.cycles.empty());
  held.unlock();
  EXPECT_TRUE(first.done() && second.done());
  EXPECT_TRUE(interlock::current_waits().waits.empty());
}

TEST_F(Waits, ADestroyedWaiterIsForgotten) {
  auto held = state.atomic_balance_update().blocking();
  auto waiter = take(state.atomic_balance_update());
  waiter.start();
  waiter.destroy();
  EXPECT_TRUE(interlock::current_waits().waits.empty());
}

TEST_F(Waits, ACircleOfThreeIsADeadlock) {
  auto a = take_both(state.atomic_balance_update(), gate,
                     state.atomic_order_update(1));
  auto b = take_both(state.atomic_order_update(1), gate,
                     state.atomic_position_update("A"));
  auto c = take_both(state.atomic_position_update("A"), gate,
                     state.atomic_balance_update());
  a.start();
  b.start();
  c.start();
  EXPECT_TRUE(of(check_kind::deadlock).empty());
  gate.open();
  const auto found = of(check_kind::deadlock);
  ASSERT_EQ(found.size(), 1U) << "reported by the wait that closes it";
  EXPECT_EQ(found[0].lock, "balance");
  EXPECT_EQ(found[0].other_lock, "order");
  EXPECT_NE(found[0].text.find("closes the circle"), std::string::npos)
      << found[0].text;
  const auto graph = interlock::current_waits();
  ASSERT_EQ(graph.cycles.size(), 1U);
  EXPECT_EQ(graph.cycles[0].size(), 3U);
  EXPECT_TRUE(graph.certain(graph.cycles[0]));
}

TEST_F(Waits, ACircleThatATimeoutEndsIsNone) {
  auto a = take_both(state.atomic_balance_update(), gate,
                     state.atomic_trade_record_for(1h));
  auto b = take_both(state.atomic_trade_record(), gate,
                     state.atomic_balance_update());
  a.start();
  b.start();
  gate.open();
  EXPECT_TRUE(of(check_kind::deadlock).empty());
  const auto graph = interlock::current_waits();
  ASSERT_EQ(graph.cycles.size(), 1U);
  EXPECT_FALSE(graph.certain(graph.cycles[0]));
  EXPECT_NE(graph.text().find("suspected deadlock"), std::string::npos);
}

TEST_F(Waits, OneThatWaitsBehindACircleIsNotInIt) {
  auto a = take_both(state.atomic_balance_update(), gate,
                     state.atomic_trade_record());
  auto b = take_both(state.atomic_trade_record(), gate,
                     state.atomic_balance_update());
  a.start();
  b.start();
  gate.open();
  auto late = take(state.atomic_balance_update());
  late.start();
  const auto graph = interlock::current_waits();
  ASSERT_EQ(graph.waits.size(), 3U);
  ASSERT_EQ(graph.cycles.size(), 1U);
  EXPECT_EQ(graph.cycles[0], (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(of(check_kind::deadlock).size(), 1U);
}

TEST_F(Waits, SeveralLocksAtOnceTellTheirOrder) {
  {
    auto both = state.atomic_update(interlock::balance, interlock::trade_record)
                    .blocking();
  }
  auto outer = state.atomic_trade_record().blocking();
  auto inner = state.atomic_balance_update().blocking();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].kind, check_kind::order_inversion);
}

TEST_F(Waits, BlockingWithALimitIsJudged) {
  auto outer = state.atomic_balance_update_for(1h).blocking();
  auto inner = state.atomic_trade_record_for(1h).blocking();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].kind, check_kind::nested);
  EXPECT_EQ(reports[0].other_lock, "balance");
}

TEST_F(Waits, LongWaitsAreReportedOnceWithTheChain) {
  auto a = take_both(state.atomic_balance_update(), gate,
                     state.atomic_order_update(1));
  auto held = state.atomic_order_update(1).blocking();
  a.start();
  gate.open();
  auto b = take(state.atomic_balance_update());
  b.start();
  EXPECT_EQ(interlock::report_long_waits(1h), 0U);
  EXPECT_EQ(interlock::report_long_waits(0ns), 2U);
  EXPECT_EQ(interlock::report_long_waits(0ns), 0U);
  const auto found = of(check_kind::long_wait);
  ASSERT_EQ(found.size(), 2U);
  for (const auto &r : found)
    if (r.lock == "balance") {
      EXPECT_NE(r.text.find("whose holder waits: lock 'order'"),
                std::string::npos)
          << r.text;
    }
}

TEST_F(Waits, TheWatchdogReportsByItself) {
  std::mutex lock;
  std::condition_variable said;
  std::optional<interlock::check_report> report;
  interlock::set_check_handler([&](const interlock::check_report &r) {
    const std::lock_guard guard(lock);
    report = r;
    said.notify_one();
  });
  auto held = state.atomic_balance_update().blocking();
  auto waiter = take(state.atomic_balance_update());
  waiter.start();
  const interlock::wait_watchdog watchdog(1ms);
  std::unique_lock guard(lock);
  said.wait(guard, [&] { return report.has_value(); });
  EXPECT_EQ(report->kind, check_kind::long_wait);
  EXPECT_EQ(report->lock, "balance");
}

} // namespace
