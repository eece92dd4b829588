// boost::asio::awaitable under the explorer.
#include <interlock/testing/boost_asio_explorer.hpp>

#include <interlock/safe_state.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace {

using namespace interlock::testing;
using boost::asio::awaitable;
using detail::failure_kind;

awaitable<void> spend(int &balance, int amount) {
  if (balance >= amount) {
    co_await asio_io("venue");
    balance -= amount;
  }
}

awaitable<void> spend_safely(interlock::SafeTradingState &state, int &balance,
                             int amount) {
  auto guard = co_await state.atomic_balance_update();
  co_await spend(balance, amount);
}

TEST(BoostAsio, FindsTheRace) {
  const auto body = [](schedule &s) {
    int balance = 100;
    asio_loop loop{s};
    loop.spawn("first", [&] { return spend(balance, 80); });
    loop.spawn("second", [&] { return spend(balance, 80); });
    s.run();
    s.check(balance == 20, "one succeeds");
  };
  const report r = explore(body);
  EXPECT_EQ(r.kind, failure_kind::check);
  EXPECT_EQ(explore(replay(r.schedule), body).failure, r.failure);
  EXPECT_NE(r.text().find("waits for venue"), std::string::npos) << r.text();
}

TEST(BoostAsio, LocksExcludeInEverySchedule) {
  const report r = explore([](schedule &s) {
    interlock::SafeTradingState state;
    int balance = 100;
    asio_loop loop{s};
    for (const char *name : {"first", "second", "third"})
      loop.spawn(name, [&] { return spend_safely(state, balance, 40); });
    s.run();
    s.check(balance == 20, "two succeed");
  });
  EXPECT_TRUE(r.ok()) << r.text();
  EXPECT_TRUE(r.exhausted);
  EXPECT_GT(r.schedules, 100U);
  std::printf("%s\n", r.summary().c_str());
}

TEST(BoostAsio, SeveralLocksDoNotDeadlock) {
  const report r = explore([](schedule &s) {
    interlock::SafeTradingState state;
    const auto both = [&](const char *one, const char *two) -> awaitable<void> {
      auto guards = co_await state.atomic_update(interlock::balance(one),
                                                 interlock::balance(two));
      co_await asio_io("ledger");
    };
    asio_loop loop{s};
    loop.spawn("ab", [&] { return both("a", "b"); });
    loop.spawn("ba", [&] { return both("b", "a"); });
    s.run();
  });
  EXPECT_TRUE(r.ok()) << r.text();
  EXPECT_TRUE(r.exhausted);
}

TEST(BoostAsio, NestedLocksDeadlock) {
  const report r = explore([](schedule &s) {
    interlock::SafeTradingState state;
    const auto nested = [&](const char *one,
                            const char *two) -> awaitable<void> {
      auto a = co_await state.atomic_balance_update(one);
      auto b = co_await state.atomic_balance_update(two);
    };
    asio_loop loop{s};
    loop.spawn("ab", [&] { return nested("a", "b"); });
    loop.spawn("ba", [&] { return nested("b", "a"); });
    s.run();
  });
  EXPECT_EQ(r.kind, failure_kind::lost_wakeup);
}

TEST(BoostAsio, ExceptionIsAFailure) {
  const report r = explore([](schedule &s) {
    asio_loop loop{s};
    loop.spawn("thrower", []() -> awaitable<void> {
      co_await asio_io("venue");
      throw std::runtime_error("rejected");
    });
    s.run();
  });
  EXPECT_EQ(r.failure, "task 'thrower' ended with an exception: rejected");
}

} // namespace
