// Misuse ends the program with a sentence that names the lock and the mistake.
#include "support/coroutines.hpp"

#include <gtest/gtest.h>
#include <interlock/contract.hpp>
#include <interlock/safe_state.hpp>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>

using test::task;

namespace {

TEST(MisuseDeathTest, ReleasedByNobody) {
  interlock::mutex m({.name = "ledger"});
  EXPECT_DEATH(m.unlock(), "lock 'ledger': released, but nobody holds it");
  interlock::mutex plain;
  EXPECT_DEATH(plain.unlock(), "released, but nobody holds it");
}

TEST(MisuseDeathTest, ReleasedTwice) {
  interlock::mutex m({.name = "ledger"});
  m.lock();
  m.unlock();
  EXPECT_DEATH(m.unlock(), "lock 'ledger': released, but nobody holds it");
}

TEST(MisuseDeathTest, ReleasedTwiceWhileOthersWait) {
  interlock::mutex m({.name = "ledger"});
  test::manual_executor far;
  far.here = false;
  auto t = [](auto &m, auto &far) -> task<> {
    auto guard = co_await m.acquire().via(far);
  }(m, far);
  m.lock();
  t.start();
  m.unlock(); // wakes the waiter, which has not looked yet
  EXPECT_DEATH(m.unlock(), "released, but nobody holds it");
  far.run();
  EXPECT_TRUE(t.done());
}

TEST(MisuseDeathTest, GuardOutlivesItsLock) {
  EXPECT_DEATH(
      {
        auto m = std::make_unique<interlock::mutex>(
            interlock::lock_options{.name = "ledger"});
        auto guard = m->acquire().blocking();
        m.reset();
      },
      "lock 'ledger': destroyed while it is held or awaited");
}

TEST(MisuseDeathTest, GuardOutlivesItsState) {
  EXPECT_DEATH(
      {
        auto state = std::make_unique<interlock::SafeTradingState>();
        auto guard = state->atomic_trade_record().blocking();
        state.reset();
      },
      "lock 'trade': destroyed while it is held or awaited");
  EXPECT_DEATH(
      {
        auto state = std::make_unique<interlock::SafeTradingState>();
        auto guard = state->atomic_position_update("BTC-USD").blocking();
        state.reset();
      },
      "lock 'position': destroyed while a key is held or awaited");
}

TEST(MisuseDeathTest, DestroyedWhereItsExecutorCannotTakeItBack) {
  struct : interlock::executor {
    void post(interlock::work_item &) noexcept override {}
    bool runs_here() const noexcept override { return true; }
  } sink;
  interlock::mutex m({.name = "ledger"});
  EXPECT_DEATH(
      {
        auto guard = m.acquire().blocking();
        auto t = [](auto &m, auto &sink) -> task<> {
          auto inner = co_await m.acquire().via(sink);
        }(m, sink);
        t.start();
        guard.unlock();
        t.destroy();
      },
      "lock 'ledger': a coroutine was destroyed while its executor");
}

TEST(MisuseDeathTest, HandlerIsAskedFirst) {
  EXPECT_EXIT(
      {
        interlock::set_contract_handler([](const char *message) noexcept {
          std::fprintf(stderr, "caught: %s\n", message);
          std::_Exit(3);
        });
        interlock::mutex m;
        m.unlock();
      },
      testing::ExitedWithCode(3), "caught: interlock: lock '\\(unnamed\\)'");
}

// What is defined, and does nothing.

TEST(Misuse, GuardsMayBeReleasedTwiceAndMovedFrom) {
  interlock::mutex m;
  auto guard = m.acquire().blocking();
  guard.unlock();
  guard.unlock();
  auto taken = m.acquire().blocking();
  auto other = std::move(taken);
  taken.unlock(); // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(m.is_locked());
  interlock::guard empty;
  empty.unlock();
  empty = std::move(other);
  EXPECT_TRUE(empty.owns_lock());
}

} // namespace
