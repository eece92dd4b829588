// asio::awaitable under the explorer, of Boost.Asio and, compiled a second time
// with INTERLOCK_TEST_STANDALONE_ASIO, of the standalone Asio.
#if defined(INTERLOCK_TEST_STANDALONE_ASIO)
#include <interlock/testing/asio_explorer.hpp>
namespace net = asio;
#define LOCK(state) interlock::asio_view(state)
#else
#include <interlock/testing/boost_asio_explorer.hpp>
namespace net = boost::asio;
#define LOCK(state) state
#endif

#include <interlock/safe_state.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace {

using namespace interlock::testing;
using detail::failure_kind;
using net::awaitable;

awaitable<void> spend(int &balance, int amount) {
  if (balance >= amount) {
    co_await asio_io("venue");
    balance -= amount;
  }
}

awaitable<void> spend_safely(interlock::SafeTradingState &state, int &balance,
                             int amount) {
  auto guard = co_await LOCK(state).atomic_balance_update();
  co_await spend(balance, amount);
}

TEST(Asio, FindsTheRace) {
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

TEST(Asio, LocksExcludeInEverySchedule) {
  const report r = explore([](schedule &s) {
    interlock::SafeTradingState state;
    int balance = 100;
    asio_loop loop{s};
    for (const char *name : {"first", "second"})
      loop.spawn(name, [&] { return spend_safely(state, balance, 80); });
    s.run();
    s.check(balance == 20, "one succeeds");
  });
  EXPECT_TRUE(r.ok()) << r.text();
  EXPECT_TRUE(r.exhausted);
  EXPECT_GT(r.schedules, 100U);
  std::printf("%s\n", r.summary().c_str());
}

TEST(Asio, SeveralLocksDoNotDeadlock) {
  const report r = explore([](schedule &s) {
    interlock::SafeTradingState state;
    const auto both = [&](const char *one, const char *two) -> awaitable<void> {
      auto guards = co_await LOCK(state).atomic_update(interlock::balance(one),
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

TEST(Asio, NestedLocksDeadlock) {
  const report r = explore([](schedule &s) {
    interlock::SafeTradingState state;
    const auto nested = [&](const char *one,
                            const char *two) -> awaitable<void> {
      auto a = co_await LOCK(state).atomic_balance_update(one);
      auto b = co_await LOCK(state).atomic_balance_update(two);
    };
    asio_loop loop{s};
    loop.spawn("ab", [&] { return nested("a", "b"); });
    loop.spawn("ba", [&] { return nested("b", "a"); });
    s.run();
  });
  EXPECT_EQ(r.kind, failure_kind::lost_wakeup);
}

TEST(Asio, ExceptionIsAFailure) {
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
