// How much the strategies cover.
#include "task.hpp"

#include <interlock/lock_op.hpp>
#include <interlock/mutex.hpp>
#include <interlock/testing/explorer.hpp>
#include <interlock/testing/shared.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace {

using namespace interlock::testing;
using namespace std::chrono_literals;

task<> steps(int n, std::string *log, char name) {
  for (int i = 0; i != n; ++i) {
    if (log != nullptr)
      *log += name;
    co_await yield();
  }
}

/// The orders in which the steps of two tasks can be run.
std::set<std::string> orders(const options &how, report &r, int a, int b) {
  std::set<std::string> seen;
  r = explore(how, [&](schedule &s) {
    std::string log;
    s.spawn("a", [&] { return steps(a, &log, 'a'); });
    s.spawn("b", [&] { return steps(b, &log, 'b'); });
    s.run();
    seen.insert(log);
  });
  return seen;
}

TEST(Search, ExhaustiveRunsEveryOrderOnce) {
  report r;
  // The last step of a task, after its last yield, logs nothing: 4 + 4 steps.
  EXPECT_EQ(orders(exhaustive(), r, 3, 3).size(), 20U);
  EXPECT_TRUE(r.exhausted);
  EXPECT_EQ(r.schedules, 70U); // 8 over 4
  EXPECT_EQ(r.redundant, 0U);
}

TEST(Search, BoundIsKeptAndReported) {
  report r;
  EXPECT_EQ(orders(bounded(0), r, 2, 2),
            (std::set<std::string>{"aabb", "bbaa"}));
  EXPECT_TRUE(r.exhausted);
  EXPECT_FALSE(r.complete);
  EXPECT_NE(r.summary().find("within the bound"), std::string::npos);
  EXPECT_EQ(orders(bounded(100), r, 2, 2).size(), 6U);
  EXPECT_TRUE(r.complete);
}

TEST(Search, BudgetIsKeptAndReported) {
  options how;
  how.maximum_schedules = 10;
  report r;
  orders(how, r, 3, 3);
  EXPECT_FALSE(r.exhausted);
  EXPECT_EQ(r.schedules, 10U);
  EXPECT_NE(r.summary().find("not exhausted"), std::string::npos);
  how = exhaustive();
  how.maximum_time = {};
  orders(how, r, 3, 3);
  EXPECT_FALSE(r.exhausted);
  EXPECT_EQ(r.schedules, 0U);
}

TEST(Search, RandomRepeatsWithItsSeed) {
  report r;
  const auto some = orders(random_walk(5, 7), r, 4, 4);
  EXPECT_EQ(orders(random_walk(5, 7), r, 4, 4), some);
  EXPECT_NE(orders(random_walk(5, 8), r, 4, 4), some);
  EXPECT_EQ(orders(random_walk(2'000, 7), r, 2, 2).size(), 6U);
  EXPECT_FALSE(r.exhausted);
}

TEST(Search, NumbersAreExploredToo) {
  std::set<std::string> seen;
  const report r = explore([&](schedule &s) {
    std::string log = std::to_string(s.choose(3));
    s.spawn("a", [&]() -> task<> {
      log += fails("venue") ? 'x' : 'o';
      co_await yield();
      log += std::to_string(choose(2));
    });
    s.run();
    seen.insert(log);
  });
  EXPECT_TRUE(r.exhausted);
  EXPECT_EQ(r.schedules, 12U);
  EXPECT_EQ(seen.size(), 12U);
}

TEST(Search, PctFindsADeepMistake) {
  // Only the order b, a, b among 6 tasks of 6 steps fails.
  const auto body = [](schedule &s) {
    int state = 0;
    s.spawn("a", [&]() -> task<> {
      co_await steps(3, nullptr, ' ');
      state = state == 1 ? 2 : 0;
      co_await steps(2, nullptr, ' ');
    });
    s.spawn("b", [&]() -> task<> {
      co_await steps(1, nullptr, ' ');
      state = 1;
      co_await steps(1, nullptr, ' ');
      if (state == 2)
        state = 3;
      co_await steps(2, nullptr, ' ');
    });
    for (const char *other : {"c", "d", "e", "f"})
      s.spawn(other, steps(5, nullptr, ' '));
    s.run();
    s.check(state != 3, "not in this order");
  };
  const report r = explore(pct(3, 20'000, 17), body);
  EXPECT_FALSE(r.ok());
  EXPECT_NE(r.text().find(" of seed 17\n"), std::string::npos) << r.text();
  EXPECT_EQ(explore(pct(3, 20'000, 17), body).schedule, r.schedule);
  EXPECT_EQ(explore(replay(r.schedule), body).failure, r.failure);
}

TEST(Search, TimersGoOffInOrder) {
  std::set<std::string> seen;
  const report r = explore([&](schedule &s) {
    std::string log;
    const auto sleeper = [&](std::chrono::milliseconds d, char name) -> task<> {
      const auto begin = s.now();
      co_await sleep_for(d);
      EXPECT_EQ(s.now(), begin + d);
      log += name;
    };
    s.spawn("long", [&] { return sleeper(20ms, 'l'); });
    s.spawn("short", [&] { return sleeper(10ms, 's'); });
    s.spawn("busy", [&]() -> task<> {
      co_await yield();
      log += 'b';
    });
    s.run();
    seen.insert(log);
  });
  EXPECT_TRUE(r.exhausted);
  EXPECT_EQ(seen,
            (std::set<std::string>{"bsl", "sbl", "slb", "lbs", "lsb", "bls"}))
      << "a sleeper may begin late, and then wake late";
}

TEST(Search, ObservedStateMakesItSmaller) {
  const auto body = [](schedule &s) {
    shared<int> x{"x", 0}, y{"y", 0};
    const auto add = [](shared<int> &to) -> task<> {
      for (int i = 0; i != 2; ++i) {
        to += 1;
        co_await yield();
      }
    };
    s.spawn("x", [&] { return add(x); });
    s.spawn("y", [&] { return add(y); });
    s.run();
    s.check(x.peek() == 2 && y.peek() == 2, "both counted");
  };
  options how;
  EXPECT_EQ(explore(how, body).schedules, 20U);
  how.observed = true;
  const report r = explore(how, body);
  EXPECT_TRUE(r.exhausted);
  EXPECT_EQ(r.schedules - r.redundant, 1U) << r.text();
}

} // namespace
