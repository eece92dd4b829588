// The locks under Boost.Asio and, compiled a second time with
// INTERLOCK_TEST_STANDALONE_ASIO, under a standalone Asio that is too old to
// await foreign operations: there everything goes through `asio_view`.
#include "support/allocations.hpp"

#if defined(INTERLOCK_TEST_STANDALONE_ASIO)
#include <asio.hpp>
#include <interlock/asio.hpp>
namespace net = asio;
using system_error = std::system_error;
#define LOCK(state) interlock::asio_view(state)
#else
#include <boost/asio.hpp>
#include <interlock/safe_state.hpp> // enough: Asio's headers came first
namespace net = boost::asio;
using system_error = boost::system::system_error;
#define LOCK(state) state
#endif

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <stop_token>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

net::awaitable<void> yield() {
  co_await net::post(co_await net::this_coro::executor, net::use_awaitable);
}

net::awaitable<void> hold(interlock::SafeTradingState &state, int id,
                          std::vector<int> &order) {
  auto guard = co_await LOCK(state).atomic_balance_update();
  order.push_back(id);
  co_await yield();
}

TEST(Asio, GrantsInOrderOfArrival) {
  interlock::SafeTradingState state;
  net::io_context io;
  std::vector<int> order;
  for (int i = 0; i != 50; ++i)
    net::co_spawn(io, hold(state, i, order), net::detached);
  io.run();
  EXPECT_EQ(order.size(), 50U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(state.get_lock_statistics().at("balance").contentions, 49U);
}

TEST(Asio, KeysAndSeveralLocks) {
  interlock::SafeTradingState state;
  net::io_context io;
  int inside = 0, runs = 0;
  const auto body = [&](bool swapped) -> net::awaitable<void> {
    for (int i = 0; i != 20; ++i) {
      // No ?: with temporaries in a co_await: g++ 12 destroys them twice.
      interlock::guard_set<2> set;
      if (swapped)
        set = co_await LOCK(state).atomic_update(interlock::position("A"),
                                                 interlock::balance);
      else
        set = co_await LOCK(state).atomic_update(interlock::balance,
                                                 interlock::position("A"));
      EXPECT_EQ(++inside, 1);
      EXPECT_EQ(set.size(), 2U);
      co_await yield();
      --inside;
      ++runs;
    }
    auto key = co_await LOCK(state).atomic_order_update(7);
    EXPECT_EQ(key.key(), "7");
  };
  for (int i = 0; i != 6; ++i)
    net::co_spawn(io, body(i % 2 == 0), net::detached);
  io.run();
  EXPECT_EQ(runs, 120);
}

TEST(Asio, ThreadPoolAndBlockingThreadShareTheQueue) {
  interlock::SafeTradingState state;
  net::thread_pool pool(3);
  long count = 0;
  const auto body = [&]() -> net::awaitable<void> {
    for (int i = 0; i != 2'000; ++i) {
      auto guard = co_await LOCK(state).atomic_balance_update();
      ++count;
    }
  };
  for (int i = 0; i != 6; ++i)
    net::co_spawn(pool, body(), net::detached);
  for (int i = 0; i != 2'000; ++i) {
    auto guard = state.atomic_balance_update().blocking();
    ++count;
  }
  pool.join();
  EXPECT_EQ(count, 14'000);
}

TEST(Asio, WaiterResumesOnItsOwnExecutor) {
  interlock::SafeTradingState state;
  net::io_context io;
  std::thread::id where;
  auto held = state.atomic_balance_update().blocking();
  net::co_spawn(
      io,
      [&]() -> net::awaitable<void> {
        auto guard = co_await LOCK(state).atomic_balance_update();
        where = std::this_thread::get_id();
      },
      net::detached);
  io.poll();
  std::thread([&] { held.unlock(); }).join();
  EXPECT_EQ(where, std::thread::id());
  io.restart();
  io.run();
  EXPECT_EQ(where, std::this_thread::get_id());
}

TEST(Asio, WaiterOnAStrandResumesOnIt) {
  interlock::SafeTradingState state;
  net::io_context io;
  auto strand = net::make_strand(io);
  bool on_strand = false;
  auto held = state.atomic_balance_update().blocking();
  net::co_spawn(
      strand,
      [&]() -> net::awaitable<void> {
        auto guard = co_await LOCK(state).atomic_balance_update();
        on_strand = strand.running_in_this_thread();
      },
      net::detached);
  io.poll();
  held.unlock();
  io.restart();
  io.run();
  EXPECT_TRUE(on_strand);
}

TEST(Asio, ACancelledHandlerIsNotCalledInsideTheSignal) {
  interlock::SafeTradingState state;
  net::io_context io;
  net::cancellation_signal signal;
  auto held = state.atomic_balance_update().blocking();
  bool called = false;
  state.atomic_balance_update_for(1h)(net::bind_cancellation_slot(
      signal.slot(),
      net::bind_executor(
          io, [&](auto error, std::optional<interlock::guard> guard) {
            called = true;
            EXPECT_EQ(error, net::error::operation_aborted);
            EXPECT_FALSE(guard);
          })));
  signal.emit(net::cancellation_type::terminal);
  EXPECT_FALSE(called);
  io.run();
  EXPECT_TRUE(called);
  EXPECT_EQ(state.get_lock_statistics().at("balance").cancelled, 1U);
}

TEST(Asio, LateWaitIsAnEmptyAnswer) {
  interlock::SafeTradingState state;
  net::io_context io;
  bool late = false;
  auto held = state.atomic_order_update(7).blocking();
  net::co_spawn(
      io,
      [&]() -> net::awaitable<void> {
        auto guard = co_await LOCK(state).atomic_order_update_for(7, 1ms);
        late = !guard;
      },
      net::detached);
  io.run();
  EXPECT_TRUE(late);
}

TEST(Asio, ContextThatEndsDropsParkedWaiters) {
  interlock::SafeTradingState state;
  auto alive = std::make_shared<int>(1);
  auto held = state.atomic_balance_update().blocking();
  {
    net::io_context io;
    for (int i = 0; i != 3; ++i)
      net::co_spawn(
          io,
          [&state, alive]() -> net::awaitable<void> {
            auto kept = alive;
            auto guard = co_await LOCK(state).atomic_balance_update();
          },
          net::detached);
    io.poll();
    EXPECT_GT(alive.use_count(), 1);
  }
  EXPECT_EQ(alive.use_count(), 1) << "a parked frame was leaked";
  held.unlock();
  EXPECT_TRUE(state.try_atomic_balance_update());
}

TEST(Asio, ContextThatEndsPassesAGrantedLockOn) {
  interlock::SafeTradingState state;
  net::io_context other;
  std::vector<int> order;
  auto held = state.atomic_balance_update().blocking();
  {
    net::io_context io;
    net::co_spawn(io, hold(state, 1, order), net::detached);
    io.poll();
    net::co_spawn(other, hold(state, 2, order), net::detached);
    other.poll();
    held.unlock(); // granted to the first, which never runs
  }
  other.restart();
  other.run();
  EXPECT_EQ(order, std::vector<int>{2});
}

/// The lock is released on another thread while the context ends.
TEST(Asio, ContextThatEndsDuringARelease) {
  interlock::SafeTradingState state;
  for (int round = 0; round != 300; ++round) {
    auto held = state.atomic_balance_update().blocking();
    std::atomic<bool> go{false};
    std::jthread releaser([&] {
      while (!go.load())
        continue;
      held.unlock();
    });
    {
      net::io_context io;
      std::vector<int> order;
      net::co_spawn(io, hold(state, 1, order), net::detached);
      io.poll();
      go = true;
    }
    releaser.join();
    ASSERT_TRUE(state.try_atomic_balance_update()) << "round " << round;
  }
}

TEST(Asio, MonitorRunsUntilCancelled) {
  interlock::SafeTradingState state;
  net::io_context io;
  int lines = 0;
  interlock::monitor_options options;
  options.interval = 1ms;
  options.sink = [&](std::string_view) {
    if (++lines == 8)
      io.stop();
  };
  net::co_spawn(io, interlock::monitor(state, options), net::detached);
  io.run();
  EXPECT_EQ(lines, 8);
}

TEST(Asio, MonitorStopsInTheMiddleOfAPause) {
  interlock::SafeTradingState state;
  interlock::monitor_options options;
  options.interval = 1h;
  options.sink = [](std::string_view) { FAIL() << "no interval has passed"; };
  std::stop_source stop;
  net::io_context io;
  bool ended = false;
  net::co_spawn(io, interlock::monitor(state, options, stop.get_token()),
                [&](std::exception_ptr) { ended = true; });
  io.poll();
  EXPECT_FALSE(ended);
  stop.request_stop();
  EXPECT_FALSE(ended) << "resumed inside request_stop()";
  io.run();
  EXPECT_TRUE(ended);
}

TEST(Asio, MonitorOnAPoolStopsFromAnyThread) {
  interlock::SafeTradingState state;
  interlock::monitor_options options;
  options.interval = 1h;
  for (int round = 0; round != 50; ++round) {
    std::stop_source stop;
    net::thread_pool pool(2);
    net::co_spawn(pool, interlock::monitor(state, options, stop.get_token()),
                  net::detached);
    stop.request_stop(); // before, in, or between its steps
    pool.join();
  }
}

#if !defined(INTERLOCK_TEST_STANDALONE_ASIO)

TEST(Asio, CompletionTokens) {
  interlock::SafeTradingState state;
  net::io_context io;
  {
    auto guard = state.atomic_balance_update()(net::use_future).get();
    EXPECT_TRUE(guard);
    bool called = false;
    state.atomic_balance_update()(
        net::bind_executor(io, [&](interlock::guard g) {
          called = true;
          EXPECT_TRUE(g);
        }));
    EXPECT_FALSE(called);
    guard.unlock();
    EXPECT_FALSE(called) << "called inside the release";
    io.run();
    EXPECT_TRUE(called);
  }
  bool inline_call = true;
  state.atomic_balance_update()(net::bind_executor(
      io, [&](interlock::guard) { EXPECT_FALSE(inline_call); }));
  inline_call = false;
  io.restart();
  io.run();
}

TEST(Asio, CancellationEndsALimitedWait) {
  interlock::SafeTradingState state;
  net::io_context io;
  net::cancellation_signal signal;
  bool aborted = false;
  auto held = state.atomic_balance_update().blocking();
  net::co_spawn(
      io,
      [&]() -> net::awaitable<void> {
        try {
          auto guard = co_await state.atomic_balance_update_for(1h);
        } catch (const system_error &e) {
          aborted = e.code() == net::error::operation_aborted;
        }
      },
      net::bind_cancellation_slot(signal.slot(), net::detached));
  io.poll();
  signal.emit(net::cancellation_type::terminal);
  io.restart();
  io.run();
  EXPECT_TRUE(aborted);
  held.unlock();
  EXPECT_TRUE(state.try_atomic_balance_update());
}

TEST(Asio, StopTokenEndsAWait) {
  interlock::SafeTradingState state;
  net::io_context io;
  std::stop_source stop;
  int refused = 0;
  auto held = state.atomic_balance_update().blocking();
  net::co_spawn(
      io,
      [&]() -> net::awaitable<void> {
        for (int i = 0; i != 2; ++i) { // while it waits, and before
          auto guard = co_await state.atomic_balance_update(stop.get_token());
          refused += guard ? 0 : 1;
        }
      },
      [](std::exception_ptr e) { EXPECT_FALSE(e) << "a stop is no error"; });
  io.poll();
  stop.request_stop();
  EXPECT_EQ(refused, 0);
  io.restart();
  io.run();
  EXPECT_EQ(refused, 2);
}

TEST(Asio, TokensOfEveryKind) {
  interlock::SafeTradingState state;
  net::io_context io;
  bool done = false;
  net::co_spawn(
      io,
      [&]() -> net::awaitable<void> {
        EXPECT_TRUE(co_await state.atomic_balance_update()(net::deferred));
        EXPECT_TRUE(
            co_await state.atomic_order_update_for(7, 1h)(net::deferred));
        EXPECT_TRUE(
            co_await state.atomic_update(interlock::balance)(net::deferred));
        const auto [error, guard] = co_await state.atomic_order_update_for(
            7, 1h)(net::as_tuple(net::use_awaitable));
        EXPECT_FALSE(error);
        EXPECT_TRUE(guard);
        done = true;
      },
      net::detached);
  io.run();
  EXPECT_TRUE(done);
}

TEST(Asio, ManyFreeAcquisitionsInARowKeepTheStack) {
  interlock::SafeTradingState state;
  net::io_context io;
  int count = 0;
  net::co_spawn(
      io,
      [&]() -> net::awaitable<void> {
        for (; count != 200'000; ++count)
          auto guard = co_await state.atomic_balance_update();
      },
      net::detached);
  io.run();
  EXPECT_EQ(count, 200'000);
}

TEST(Asio, NoAllocationInTheSteadyState) {
  SKIP_UNLESS_ALLOCATIONS_COUNT();
  interlock::SafeTradingState state;
  net::io_context io;
  std::uint64_t allocations = 0;
  const auto body = [&](int rounds, bool measure) -> net::awaitable<void> {
    for (int i = 0; i != rounds; ++i) {
      if (measure && i == rounds / 2)
        allocations = test::allocations();
      if (measure && i == rounds - rounds / 4)
        allocations = test::allocations() - allocations;
      auto guard = co_await state.atomic_balance_update();
      co_await net::post(io, net::use_awaitable);
    }
  };
  for (int i = 0; i != 8; ++i)
    net::co_spawn(io, body(2'000, i == 0), net::detached);
  io.run();
  EXPECT_GT(state.get_lock_statistics().at("balance").contentions, 10'000U);
  EXPECT_EQ(allocations, 0U);
}

TEST(Asio, ExceptionsLeaveThroughRun) {
  interlock::SafeTradingState state;
  net::io_context io;
  auto held = state.atomic_balance_update().blocking();
  net::co_spawn(
      io,
      [&]() -> net::awaitable<void> {
        auto guard = co_await state.atomic_balance_update();
        throw std::runtime_error("venue");
      },
      [](std::exception_ptr e) {
        if (e)
          std::rethrow_exception(e);
      });
  io.poll();
  held.unlock();
  io.restart();
  EXPECT_THROW(io.run(), std::runtime_error);
  EXPECT_TRUE(state.try_atomic_balance_update());
}

#endif

} // namespace
