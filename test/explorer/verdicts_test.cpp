// What the explorer calls a failure, and how it reports it.
#include "task.hpp"

#include <interlock/lock_op.hpp>
#include <interlock/mutex.hpp>
#include <interlock/testing/explorer.hpp>

#include <gtest/gtest.h>

#include <coroutine>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace interlock::testing;
using detail::failure_kind;

task<> take_both(interlock::mutex &first, interlock::mutex &second) {
  auto a = co_await first.acquire();
  auto b = co_await second.acquire();
}

void opposite_orders(schedule &s) {
  interlock::mutex a, b;
  s.spawn("ab", [&] { return take_both(a, b); });
  s.spawn("ba", [&] { return take_both(b, a); });
  s.run();
}

TEST(Verdicts, Deadlock) {
  const report r = explore(opposite_orders);
  EXPECT_EQ(r.kind, failure_kind::deadlock);
  EXPECT_EQ(r.failure, "deadlock of 'ab', 'ba'");
  EXPECT_NE(r.text().find("still waits for lock #1, held by 'ab' since line"),
            std::string::npos)
      << r.text();
}

TEST(Verdicts, SelfDeadlock) {
  const report r = explore([](schedule &s) {
    interlock::mutex m;
    s.spawn("twice", [&] { return take_both(m, m); });
    s.run();
  });
  EXPECT_EQ(r.kind, failure_kind::deadlock);
}

/// Wakes whoever waits now; forgets what nobody waits for.
struct pulse {
  std::coroutine_handle<> waits;
  auto wait() {
    struct awaiter {
      pulse &p;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> h) noexcept { p.waits = h; }
      void await_resume() const noexcept {}
    };
    return awaiter{*this};
  }
  void wake() {
    if (waits)
      std::exchange(waits, nullptr).resume();
  }
};

TEST(Verdicts, LostWakeUp) {
  const report r = explore([](schedule &s) {
    pulse p;
    s.spawn("waiter", [&]() -> task<> { co_await p.wait(); });
    s.spawn("waker", [&] { p.wake(); });
    s.run();
  });
  EXPECT_EQ(r.kind, failure_kind::lost_wakeup);
  EXPECT_EQ(r.failure, "lost wake-up: nothing will ever resume 'waiter'");
  EXPECT_NE(r.text().find("waits for something that never happens"),
            std::string::npos);
}

TEST(Verdicts, InvariantBetweenSteps) {
  const report r = explore([](schedule &s) {
    int sum = 0;
    s.always("even", [&] { return sum % 2 == 0; });
    s.spawn("two steps", [&]() -> task<> {
      ++sum;
      co_await yield();
      ++sum;
    });
    s.run();
  });
  EXPECT_EQ(r.kind, failure_kind::invariant);
  EXPECT_EQ(r.failure, "even");
}

TEST(Verdicts, ExceptionOfATask) {
  const report r = explore([](schedule &s) {
    s.spawn("thrower", [&]() -> task<> {
      co_await yield();
      throw std::runtime_error("no money");
    });
    s.run();
  });
  EXPECT_EQ(r.kind, failure_kind::exception);
  EXPECT_EQ(r.failure, "task 'thrower' ended with an exception: no money");
}

TEST(Verdicts, TestThatDoesNotRun) {
  const report r = explore([](schedule &s) { s.spawn("idle", [] {}); });
  EXPECT_EQ(r.kind, failure_kind::misuse);
}

TEST(Verdicts, TestThatDoesNotRepeatItself) {
  int calls = 0;
  const report r = explore([&](schedule &s) {
    for (int i = 0; i != 2 + calls % 2; ++i)
      s.spawn("task", []() -> task<> { co_await yield(); });
    ++calls;
    s.run();
  });
  EXPECT_EQ(r.kind, failure_kind::diverged);
}

TEST(Verdicts, EndlessScheduleIsNotExhausted) {
  options how;
  how.maximum_steps = 50;
  const report r = explore(how, [](schedule &s) {
    bool flag = false;
    s.spawn("setter", [&]() -> task<> {
      co_await yield();
      flag = true;
    });
    s.spawn("spinner", [&]() -> task<> {
      while (!flag)
        co_await yield();
    });
    s.run();
  });
  EXPECT_TRUE(r.ok());
  EXPECT_FALSE(r.exhausted);
  EXPECT_GT(r.too_long, 0U);
  EXPECT_NE(r.summary().find("given up as too long"), std::string::npos);
}

TEST(Verdicts, ReplayRepeatsAndChecks) {
  const report r = explore(opposite_orders);
  const report again = explore(replay(r.schedule), opposite_orders);
  EXPECT_EQ(again.kind, r.kind);
  EXPECT_EQ(again.drawing(), r.drawing());
  const report other = explore(replay(r.schedule), [](schedule &s) {
    for (int i = 0; i != 3; ++i)
      s.spawn("task", []() -> task<> { co_await yield(); });
    s.run();
  });
  EXPECT_EQ(other.kind, failure_kind::diverged) << other.text();
  EXPECT_EQ(explore(replay("what"), opposite_orders).kind,
            failure_kind::misuse);
}

/// The failure needs one preemption; a random schedule has many.
TEST(Verdicts, ShrinksToFewSwitches) {
  const auto body = [](schedule &s) {
    int balance = 100;
    const auto spend = [&]() -> task<> {
      for (int i = 0; i != 3; ++i)
        co_await yield();
      const int seen = balance;
      co_await io("venue");
      balance = seen - 10;
      for (int i = 0; i != 3; ++i)
        co_await yield();
    };
    for (const char *name : {"a", "b", "c", "d"})
      s.spawn(name, spend);
    s.run();
    s.check(balance == 60, "all four were paid");
  };
  options how = random_walk(1'000);
  how.shrink = false;
  const report raw = explore(how, body);
  ASSERT_FALSE(raw.ok());
  how.shrink = true;
  const report small = explore(how, body);
  EXPECT_EQ(small.failure, raw.failure);
  EXPECT_LT(small.context_switches, raw.context_switches);
  EXPECT_LE(small.context_switches, 4U) << small.text();
}

TEST(Verdicts, ReportNamesTasksAndLines) {
  const report r = explore([](schedule &s) {
    int x = 0;
    s.watch("x", [&] { return x; });
    for (const char *name : {"left", "right"})
      s.spawn(name, [&]() -> task<> {
        const int seen = x;
        co_await io("the wire");
        x = seen + 1;
      });
    s.run();
    s.check(x == 2, "both counted");
  });
  const std::string text = r.text();
  for (const char *part :
       {"left", "right", "waits for the wire  :", "initially x = 0",
        "x: 0 -> 1", "lines of verdicts_test.cpp", "FAILS: both counted",
        "options.replay = \""})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
}

TEST(Verdicts, PictureHasALaneForEachTask) {
  const auto body = [](schedule &s) {
    int x = 0;
    for (const char *name : {"left <1>", "right"})
      s.spawn(name, [&]() -> task<> {
        const int seen = x;
        co_await io("the wire");
        x = seen + 1;
      });
    s.run();
    s.check(x == 2, "both counted");
  };
  const std::string svg = explore(body).svg();
  EXPECT_EQ(svg.find("<svg xmlns="), 0U);
  for (const char *part :
       {">left &lt;1&gt;<", ">right<", ">waits for the wire<",
        "class=\"lane0\"", "class=\"lane1\"", "waits\"/>",
        "verdicts_test.cpp:", "FAILS: both counted", "</svg>"})
    EXPECT_NE(svg.find(part), std::string::npos) << part << " in\n" << svg;
  // The same schedule gives the same picture, and no failure gives none.
  EXPECT_EQ(explore(body).svg(), svg);
  EXPECT_EQ(explore([](schedule &s) { s.run(); }).svg(), "");
}

} // namespace
