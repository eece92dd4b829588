// The misuse checks of interlock::runtime_checked inside Asio's coroutines.
#include <boost/asio.hpp>
#include <interlock/boost_asio.hpp>
#include <interlock/checks.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace net = boost::asio;
using interlock::check_kind;

namespace {

class AsioChecks : public testing::Test {
protected:
  AsioChecks() {
    interlock::reset_checks();
    interlock::set_check_handler(
        [this](const interlock::check_report &r) { reports.push_back(r); });
  }
  ~AsioChecks() override { interlock::set_check_handler({}); }

  template <class Body> void spawn(Body body) {
    net::co_spawn(io, std::move(body), net::detached);
  }
  interlock::SafeTradingState state;
  net::io_context io; // after what its coroutines hold
  std::vector<interlock::check_report> reports;
};

net::awaitable<void> yield() {
  co_await net::post(co_await net::this_coro::executor, net::use_awaitable);
}

TEST_F(AsioChecks, NestedGuardsAreReportedWithBothPlaces) {
  unsigned line = 0;
  spawn([&]() -> net::awaitable<void> {
    line = __LINE__ + 1;
    auto a = co_await state.atomic_balance_update();
    auto b = co_await state.atomic_position_update("A");
  });
  io.run();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].kind, check_kind::nested);
  EXPECT_EQ(reports[0].other.line(), line);
  EXPECT_EQ(reports[0].where.line(), line + 1);
  EXPECT_NE(std::string(reports[0].where.file_name()).find("asio_checks_test"),
            std::string::npos);
}

TEST_F(AsioChecks, AwaitablesThatAwaitEachOtherAreOne) {
  const auto inner = [&]() -> net::awaitable<void> {
    co_await yield();
    auto again = co_await state.atomic_balance_update();
  };
  spawn([&]() -> net::awaitable<void> {
    auto a = co_await state.atomic_balance_update();
    co_await inner();
  });
  io.poll();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].kind, check_kind::relock);
}

TEST_F(AsioChecks, WhatACoroutineSpawnsIsSomebodyElse) {
  spawn([&]() -> net::awaitable<void> {
    auto a = co_await state.atomic_balance_update();
    net::co_spawn(
        co_await net::this_coro::executor,
        [this]() -> net::awaitable<void> {
          auto b = co_await state.atomic_order_update(1);
          co_await yield();
        },
        net::detached);
    co_await yield();
  });
  io.run();
  EXPECT_TRUE(reports.empty()) << reports[0].text;
}

TEST_F(AsioChecks, SequentialAndWaitedForGuardsAreFine) {
  for (int i = 0; i != 4; ++i)
    spawn([&]() -> net::awaitable<void> {
      {
        auto a = co_await state.atomic_balance_update();
        co_await yield();
      }
      {
        auto b =
            co_await state.atomic_order_update_for(1, std::chrono::hours(1));
        co_await yield();
      }
      auto both =
          co_await state.atomic_update(interlock::balance, interlock::order(1));
    });
  io.run();
  EXPECT_TRUE(reports.empty()) << reports[0].text;
  EXPECT_TRUE(interlock::current_waits().waits.empty());
}

TEST_F(AsioChecks, ACircleIsADeadlock) {
  const auto take = [&](auto first, auto second) {
    spawn([first, second]() mutable -> net::awaitable<void> {
      auto a = co_await first();
      co_await yield();
      auto b = co_await second();
    });
  };
  const auto balance = [&] { return state.atomic_balance_update(); };
  const auto order = [&] { return state.atomic_order_update(1); };
  take(balance, order);
  take(order, balance);
  io.poll();
  bool deadlock = false;
  for (const auto &r : reports)
    deadlock = deadlock || r.kind == check_kind::deadlock;
  EXPECT_TRUE(deadlock);
  EXPECT_EQ(interlock::current_waits().cycles.size(), 1U);
}

TEST_F(AsioChecks, NoVerdictOnAGuardThatMoved) {
  interlock::guard kept;
  spawn([&]() -> net::awaitable<void> {
    auto a = co_await state.atomic_balance_update();
    co_await yield();
    auto c = co_await state.atomic_trade_record(); // nested: one report
    c.unlock();
    kept = std::move(a);
    auto b = co_await state.atomic_order_update(1);
  });
  io.run();
  EXPECT_EQ(reports.size(), 1U);
}

} // namespace
