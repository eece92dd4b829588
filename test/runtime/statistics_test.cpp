#include "support/coroutines.hpp"
#include "support/virtual_clock.hpp"

#include <gtest/gtest.h>
#include <interlock/monitor.hpp>
#include <interlock/rollback.hpp>
#include <interlock/safe_state.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using test::task;

namespace {

task<> take(interlock::SafeTradingState &state, std::vector<int> &order,
            int id) {
  auto guard = co_await state.atomic_balance_update();
  order.push_back(id);
}

class Statistics : public testing::Test {
protected:
  test::virtual_clock clock;
  interlock::SafeTradingState state{{.clock = &clock}};
  std::vector<int> order;

  /// One contended acquisition that waits `d`.
  void wait_once(std::chrono::nanoseconds d) {
    auto held = state.atomic_balance_update().blocking();
    auto t = take(state, order, 0);
    t.start();
    clock.advance(d);
    held.unlock();
  }
  interlock::lock_statistics balance() {
    return state.get_lock_statistics().at("balance");
  }
};

TEST_F(Statistics, AllFourNamesAreThere) {
  const auto all = state.get_lock_statistics();
  ASSERT_EQ(all.size(), 4U);
  for (const char *name : {"balance", "position", "order", "trade"})
    EXPECT_EQ(all.at(name).acquisitions, 0U) << name;
}

TEST_F(Statistics, CountsAndWaitsAreExact) {
  for (int i = 0; i != 10; ++i)
    auto guard = state.atomic_balance_update().blocking();
  wait_once(1ms);
  wait_once(3ms);
  const auto s = balance();
  EXPECT_EQ(s.acquisitions, 14U);
  EXPECT_EQ(s.contentions, 2U);
  EXPECT_DOUBLE_EQ(s.contention_rate_pct, 100.0 * 2 / 14);
  EXPECT_DOUBLE_EQ(s.total_wait_time_ms, 4.0);
  EXPECT_DOUBLE_EQ(s.avg_wait_time_ms, 2.0);
  EXPECT_DOUBLE_EQ(s.max_wait_time_ms, 3.0);
  EXPECT_EQ(s.waits.count(), 2U);
  EXPECT_EQ(s.current_waiters, 0U);
  EXPECT_EQ(s.peak_waiters, 1U);
}

TEST_F(Statistics, PercentilesAreWithinAQuarter) {
  for (int i = 1; i <= 100; ++i)
    wait_once(std::chrono::microseconds(100 * i));
  const auto s = balance();
  EXPECT_GE(s.p50_wait_time_ms, 5.0);
  EXPECT_LE(s.p50_wait_time_ms, 5.0 * 1.25);
  EXPECT_GE(s.p90_wait_time_ms, 9.0);
  EXPECT_LE(s.p90_wait_time_ms, 10.0);
  EXPECT_GE(s.p99_wait_time_ms, 9.9);
  EXPECT_LE(s.p99_wait_time_ms, 10.0);
}

TEST_F(Statistics, WaitersInTheQueueAreSeen) {
  auto held = state.atomic_balance_update().blocking();
  std::vector<task<>> waiters;
  for (int i = 0; i != 5; ++i) {
    waiters.push_back(take(state, order, i));
    waiters.back().start();
    clock.advance(1ms);
  }
  auto s = balance();
  EXPECT_EQ(s.current_waiters, 5U);
  EXPECT_DOUBLE_EQ(s.oldest_wait_ms, 5.0);
  EXPECT_DOUBLE_EQ(s.max_wait_time_ms, 5.0) << "a wait not over yet counts";
  held.unlock();
  s = balance();
  EXPECT_EQ(s.current_waiters, 0U);
  EXPECT_EQ(s.peak_waiters, 5U);
  EXPECT_DOUBLE_EQ(s.oldest_wait_ms, 0.0);
}

TEST_F(Statistics, HoldTimesAreSampled) {
  for (int i = 0; i != 128; ++i) {
    auto guard = state.atomic_balance_update().blocking();
    clock.advance(2ms);
  }
  const auto s = balance();
  EXPECT_EQ(s.hold_samples, 2U);
  EXPECT_DOUBLE_EQ(s.avg_hold_time_ms, 2.0);
  EXPECT_DOUBLE_EQ(s.max_hold_time_ms, 2.0);
  EXPECT_DOUBLE_EQ(s.total_hold_time_ms, 256.0);
  EXPECT_DOUBLE_EQ(s.p50_hold_time_ms, 2.0);
  EXPECT_DOUBLE_EQ(s.p99_hold_time_ms, 2.0);
}

TEST_F(Statistics, WindowsHaveTheirOwnHoldTimes) {
  const auto hold = [&](std::chrono::milliseconds d) {
    for (int i = 0; i != 64; ++i) {
      auto guard = state.atomic_position_update("A").blocking();
      clock.advance(d);
    }
    return state.get_lock_statistics().at("position");
  };
  const auto first = hold(8ms);
  const auto window = hold(2ms).since(first);
  EXPECT_EQ(window.hold_samples, 1U);
  EXPECT_DOUBLE_EQ(window.avg_hold_time_ms, 2.0);
  EXPECT_GE(window.max_hold_time_ms, 2.0);
  EXPECT_LE(window.max_hold_time_ms, 2.0 * 1.25);
}

TEST_F(Statistics, WaitersThatGaveUpWaitNoLonger) {
  test::manual_executor executor; // resumes nobody
  interlock::SafeTradingState state{{.executor = &executor, .clock = &clock}};
  std::stop_source stop;
  const auto wait = [](auto op) -> task<> { auto g = co_await std::move(op); };
  auto money = state.atomic_balance_update().blocking();
  auto symbol = state.atomic_position_update("A").blocking();
  auto first = wait(state.atomic_balance_update(stop.get_token()));
  auto second = wait(state.atomic_position_update("A", stop.get_token()));
  first.start();
  second.start();
  clock.advance(5ms);
  auto third = wait(state.atomic_position_update("A"));
  third.start();
  clock.advance(5ms);
  stop.request_stop();
  const auto all = state.get_lock_statistics();
  EXPECT_EQ(all.at("balance").current_waiters, 0U);
  EXPECT_EQ(all.at("balance").abandoned_waiters, 1U);
  EXPECT_DOUBLE_EQ(all.at("balance").oldest_wait_ms, 0.0);
  EXPECT_EQ(all.at("position").current_waiters, 1U);
  EXPECT_EQ(all.at("position").abandoned_waiters, 1U);
  EXPECT_DOUBLE_EQ(all.at("position").oldest_wait_ms, 5.0);
  money.unlock();
  symbol.unlock();
  executor.run();
  EXPECT_TRUE(first.done() && second.done() && third.done());
  EXPECT_EQ(state.get_lock_statistics().at("position").abandoned_waiters, 0U);
}

TEST_F(Statistics, ResetStartsFromZero) {
  wait_once(7ms);
  state.reset_statistics();
  auto s = balance();
  EXPECT_EQ(s.acquisitions, 0U);
  EXPECT_EQ(s.contentions, 0U);
  EXPECT_DOUBLE_EQ(s.max_wait_time_ms, 0.0);
  EXPECT_EQ(s.waits.count(), 0U);
  wait_once(1ms);
  s = balance();
  EXPECT_EQ(s.acquisitions, 2U);
  EXPECT_DOUBLE_EQ(s.total_wait_time_ms, 1.0);
}

TEST_F(Statistics, ResetAndReadingMayMeet) {
  constexpr std::uint64_t rounds = 3'000;
  std::vector<std::jthread> threads;
  for (int i = 0; i != 2; ++i)
    threads.emplace_back([this] {
      for (std::uint64_t n = 0; n != rounds; ++n) {
        auto whole = state.atomic_balance_update().blocking();
        whole.unlock();
        auto key = state.atomic_balance_update("account").blocking();
      }
    });
  threads.emplace_back([this](const std::stop_token &over) {
    while (!over.stop_requested())
      state.reset_statistics();
  });
  for (std::uint64_t n = 0; n != rounds; ++n) {
    const auto s = balance();
    ASSERT_LE(s.acquisitions, 4 * rounds); // and not below zero
    ASSERT_LE(s.contentions, 4 * rounds);
    ASSERT_LE(s.hold_samples, 4 * rounds);
    ASSERT_GE(s.total_wait_time_ms, 0);
    ASSERT_EQ(s.total_wait_time_ms, 0) << "the clock stands still";
  }
}

TEST_F(Statistics, KeysAreSummedAndTheHottestNamed) {
  const auto contend = [&](const char *symbol, int times) {
    for (int i = 0; i != times; ++i) {
      auto held = state.atomic_position_update(symbol).blocking();
      auto t = [](auto &state, const char *symbol) -> task<> {
        auto guard = co_await state.atomic_position_update(symbol);
      }(state, symbol);
      t.start();
      clock.advance(1ms);
      held.unlock();
    }
  };
  contend("COLD", 1);
  contend("HOT", 5);
  const auto s = state.get_lock_statistics().at("position");
  EXPECT_EQ(s.acquisitions, 12U);
  EXPECT_EQ(s.contentions, 6U);
  EXPECT_DOUBLE_EQ(s.total_wait_time_ms, 6.0);
  ASSERT_EQ(s.hot_keys.size(), 2U);
  EXPECT_EQ(s.hot_keys[0].key, "HOT");
  EXPECT_EQ(s.hot_keys[0].contentions, 5U);
  EXPECT_EQ(s.live_keys, 0U);
}

TEST_F(Statistics, LogHasALinePerLock) {
  wait_once(1ms);
  std::vector<std::string> lines;
  state.log_statistics(
      [&](std::string_view line) { lines.emplace_back(line); });
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_NE(lines[0].find("lock balance"), std::string::npos);
  EXPECT_NE(lines[0].find("contention_rate_pct=50.00"), std::string::npos);
}

TEST(Histogram, BucketsHoldWhatTheySay) {
  using h = interlock::wait_histogram;
  for (std::uint64_t ns : {0ULL, 1ULL, 2ULL, 5ULL, 999ULL, 1024ULL, 1025ULL,
                           123'456'789ULL, 3'600'000'000'000ULL}) {
    const std::size_t b = h::bucket_of(ns);
    EXPECT_LE(ns, h::upper_bound_ns(b)) << ns;
    if (b > 0) {
      EXPECT_GT(ns, h::upper_bound_ns(b - 1)) << ns;
      if (ns > 4) {
        EXPECT_LE(h::upper_bound_ns(b), ns + ns / 4 + 1) << ns;
      }
    }
  }
}

TEST_F(Statistics, PrometheusTextPassesPromtool) {
  wait_once(1ms);
  wait_once(20ms);
  const std::string text = state.prometheus_text();
  EXPECT_NE(text.find("interlock_lock_acquisitions_total{lock=\"balance\"} 4"),
            std::string::npos);
  EXPECT_NE(text.find("le=\"+Inf\"} 2"), std::string::npos);
  if (std::system("promtool --version > /dev/null 2>&1") != 0)
    GTEST_SKIP() << "promtool (Debian package prometheus) is not installed";
  const std::string file = testing::TempDir() + "interlock_metrics.txt";
  std::ofstream(file) << text;
  EXPECT_EQ(std::system(("promtool check metrics < " + file).c_str()), 0);
}

// The monitor.

class Monitor : public Statistics {
protected:
  std::vector<std::string> lines;
  interlock::monitor_options options{
      .log_summary = false,
      .sink = [this](std::string_view line) { lines.emplace_back(line); }};

  void window(int free, int contended, std::chrono::milliseconds wait = 1ms) {
    for (int i = 0; i != free; ++i)
      auto guard = state.atomic_balance_update().blocking();
    for (int i = 0; i != contended; ++i)
      wait_once(wait); // two acquisitions, one contended
  }
};

TEST_F(Monitor, WarnsAndGoesCriticalAndRecovers) {
  interlock::lock_monitor monitor(state, options);
  window(200, 0);
  EXPECT_TRUE(monitor.sample().empty());
  window(60, 70); // 35 %
  auto alerts = monitor.sample();
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_EQ(alerts[0].level, interlock::alert_level::warning);
  EXPECT_EQ(alerts[0].lock, "balance");
  window(86, 57); // 28.5 %: below 30, above 24
  EXPECT_TRUE(monitor.sample().empty()) << "hysteresis";
  window(200, 10);
  alerts = monitor.sample();
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_EQ(alerts[0].level, interlock::alert_level::none);
  EXPECT_EQ(lines.size(), 2U);
}

TEST_F(Monitor, FewAcquisitionsBeginNoAlert) {
  interlock::lock_monitor monitor(state, options);
  window(0, 10);
  EXPECT_TRUE(monitor.sample().empty());
}

TEST_F(Monitor, FewAcquisitionsKeepAnAlertOnlyWhileTheyAreContended) {
  interlock::lock_monitor monitor(state, options);
  window(60, 70); // 35 %
  EXPECT_EQ(monitor.sample().size(), 1U);
  window(0, 10);
  EXPECT_TRUE(monitor.sample().empty()) << "fewer are no recovery";
  window(10, 0);
  const auto alerts = monitor.sample();
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_EQ(alerts[0].level, interlock::alert_level::none);
}

TEST_F(Monitor, AResetBeginsTheWindowAnew) {
  interlock::lock_monitor monitor(state, options);
  window(1'000, 0);
  EXPECT_TRUE(monitor.sample().empty());
  state.reset_statistics();
  window(60, 200); // 43 %
  const auto alerts = monitor.sample();
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_EQ(alerts[0].level, interlock::alert_level::warning);
}

TEST_F(Monitor, LongWaitsCountEvenWhenFew) {
  interlock::lock_monitor monitor(state, options);
  window(0, 1, 150ms);
  const auto alerts = monitor.sample();
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_TRUE(alerts[0].waits_too_long);
}

TEST_F(Monitor, SeesADeadlockedQueue) {
  interlock::lock_monitor monitor(state, options);
  auto held = state.atomic_balance_update().blocking();
  auto t = take(state, order, 1);
  t.start();
  clock.advance(200ms);
  const auto alerts = monitor.sample();
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_TRUE(alerts[0].waits_too_long);
}

TEST_F(Monitor, RunsAsACoroutineUntilStopped) {
  std::stop_source stop;
  test::gate ticks[3];
  int tick = 0;
  options.log_summary = true;
  auto watch = interlock::monitor<task<>>(
      state, options, stop.get_token(), [&](std::chrono::milliseconds d) {
        EXPECT_EQ(d, 300s);
        return ticks[tick++].operator co_await();
      });
  watch.start();
  ticks[0].open();
  ticks[1].open();
  EXPECT_EQ(lines.size(), 8U) << "a summary of four locks per window";
  stop.request_stop();
  ticks[2].open();
  EXPECT_TRUE(watch.done());
  EXPECT_EQ(lines.size(), 8U);
}

TEST(Rollback, RestoresUnlessCommitted) {
  int value = 1;
  {
    interlock::rollback undo{value};
    value = 2;
  }
  EXPECT_EQ(value, 1);
  try {
    interlock::rollback undo{[&value] { value = 10; }};
    value = 3;
    throw std::runtime_error("venue");
  } catch (const std::runtime_error &) {
  }
  EXPECT_EQ(value, 10);
  {
    interlock::rollback undo{value};
    value = 4;
    undo.commit();
  }
  EXPECT_EQ(value, 4);
}

} // namespace
