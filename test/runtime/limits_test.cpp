// Deadlines, stop tokens and the race between a grant and a cancellation.
#include "support/coroutines.hpp"

#include <gtest/gtest.h>
#include <interlock/detail/asio_support.hpp>
#include <interlock/keyed_mutex.hpp>
#include <interlock/mutex.hpp>

#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <new>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using test::task;

namespace {

template <class Op> task<> wait_for(Op op, std::optional<bool> &result) {
  auto guard = co_await std::move(op);
  result = guard.has_value();
}

/// The same tests for a mutex and for a key.
struct plain {
  interlock::mutex lock{{.name = "m"}};
  auto acquire() { return lock.acquire(); }
  auto statistics() { return lock.get_lock_statistics(); }
};
struct keyed {
  interlock::keyed_mutex<std::string> lock{{.name = "k"}};
  auto acquire() { return lock.acquire("BTC-USD"); }
  auto statistics() { return lock.get_lock_statistics(); }
};

template <class Lock> class Limits : public testing::Test {
protected:
  Lock lock;
  test::manual_executor ex;
};
using both = testing::Types<plain, keyed>;
TYPED_TEST_SUITE(Limits, both);

TYPED_TEST(Limits, FreeLockIsTakenWhateverTheDeadline) {
  EXPECT_TRUE(this->lock.acquire().within(0ms).blocking());
  EXPECT_TRUE(this->lock.acquire().within(-5s).blocking());
  EXPECT_TRUE(this->lock.acquire()
                  .until(std::chrono::system_clock::now() - 1s)
                  .blocking());
}

TYPED_TEST(Limits, WhatIsTooFarAwayNeverComes) {
  using std::chrono::steady_clock;
  using std::chrono::system_clock;
  using minutes = std::chrono::time_point<steady_clock, std::chrono::minutes>;
  std::vector<std::optional<bool>> results(5);
  std::vector<task<>> waits;
  std::size_t next = 0;
  const auto wait = [&](auto op) {
    waits.push_back(wait_for(std::move(op).via(this->ex), results[next++]));
    waits.back().start();
  };
  auto held = this->lock.acquire().blocking();
  wait(this->lock.acquire().within(std::chrono::hours::max()));
  wait(this->lock.acquire().within(steady_clock::duration::max()));
  wait(this->lock.acquire().until(steady_clock::time_point::max()));
  wait(this->lock.acquire().until(minutes::max()));
  wait(this->lock.acquire().until(system_clock::time_point::max()));
  EXPECT_EQ(this->lock.statistics().current_waiters, 5U);
  held.unlock();
  this->ex.run();
  EXPECT_EQ(results, std::vector<std::optional<bool>>(5, true));
}

TYPED_TEST(Limits, WhatIsLongPastIsLateAtOnce) {
  using std::chrono::steady_clock;
  using std::chrono::system_clock;
  auto held = this->lock.acquire().blocking();
  EXPECT_FALSE(
      this->lock.acquire().within(std::chrono::hours::min()).blocking());
  EXPECT_FALSE(
      this->lock.acquire().until(steady_clock::time_point()).blocking());
  EXPECT_FALSE(
      this->lock.acquire().until(steady_clock::time_point::min()).blocking());
  EXPECT_FALSE(
      this->lock.acquire().until(system_clock::time_point::min()).blocking());
  EXPECT_EQ(this->lock.statistics().timed_out, 4U);
}

TYPED_TEST(Limits, StopRequestedBeforeRefusesEvenAFreeLock) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(this->lock.acquire().stop_on(stop.get_token()).blocking());
  std::optional<bool> result;
  auto t = wait_for(this->lock.acquire().stop_on(stop.get_token()), result);
  t.start();
  EXPECT_EQ(result, false);
}

TYPED_TEST(Limits, ThreadGivesUpAtItsDeadline) {
  auto held = this->lock.acquire().blocking();
  EXPECT_FALSE(this->lock.acquire().within(1ms).blocking());
  EXPECT_EQ(this->lock.statistics().timed_out, 1U);
  held.unlock();
  EXPECT_TRUE(this->lock.acquire().within(1ms).blocking());
}

TYPED_TEST(Limits, StopResumesOnTheExecutorAndNeverInsideTheRequest) {
  std::stop_source stop;
  std::optional<bool> result;
  auto held = this->lock.acquire().blocking();
  auto t = wait_for(
      this->lock.acquire().stop_on(stop.get_token()).via(this->ex), result);
  t.start();
  stop.request_stop();
  EXPECT_FALSE(result.has_value());
  EXPECT_EQ(this->lock.statistics().abandoned_waiters, 1U);
  this->ex.run();
  EXPECT_EQ(result, false);
  EXPECT_EQ(this->lock.statistics().cancelled, 1U);
  held.unlock();
  EXPECT_EQ(this->lock.statistics().abandoned_waiters, 0U);
  EXPECT_TRUE(this->lock.acquire().try_now());
}

TYPED_TEST(Limits, GrantWinsOverALaterStop) {
  std::stop_source stop;
  std::optional<bool> result;
  auto held = this->lock.acquire().blocking();
  auto t = wait_for(
      this->lock.acquire().stop_on(stop.get_token()).via(this->ex), result);
  t.start();
  held.unlock();
  stop.request_stop();
  this->ex.run();
  EXPECT_EQ(result, true);
  EXPECT_EQ(this->lock.statistics().cancelled, 0U);
}

TYPED_TEST(Limits, StopOfAWokenWaiterThatLosesEndsItsWait) {
  this->ex.here = false;
  std::stop_source stop;
  std::optional<bool> result;
  auto held = this->lock.acquire().blocking();
  auto t = wait_for(
      this->lock.acquire().stop_on(stop.get_token()).via(this->ex), result);
  t.start();
  held.unlock();                          // wakes it
  held = this->lock.acquire().blocking(); // overtakes it
  stop.request_stop();
  this->ex.run();
  EXPECT_EQ(result, false);
  held.unlock();
  EXPECT_TRUE(this->lock.acquire().try_now());
}

TYPED_TEST(Limits, CancelledWaitersInTheMiddleAreSkipped) {
  std::vector<std::stop_source> stops(8);
  std::vector<std::optional<bool>> results(8);
  std::vector<task<>> tasks;
  auto held = this->lock.acquire().blocking();
  for (std::size_t i = 0; i != 8; ++i) {
    tasks.push_back(wait_for(
        this->lock.acquire().stop_on(stops[i].get_token()).via(this->ex),
        results[i]));
    tasks.back().start();
  }
  for (std::size_t i = 0; i != 8; i += 2)
    stops[i].request_stop();
  held.unlock();
  this->ex.run();
  for (std::size_t i = 0; i != 8; ++i)
    EXPECT_EQ(results[i], i % 2 == 1) << i;
  EXPECT_EQ(this->lock.statistics().abandoned_waiters, 0U);
}

TYPED_TEST(Limits, DestroyedWaiterIsForgotten) {
  std::stop_source stop;
  std::optional<bool> result;
  auto held = this->lock.acquire().blocking();
  auto waiting = wait_for(
      this->lock.acquire().stop_on(stop.get_token()).via(this->ex), result);
  waiting.start();
  waiting.destroy();
  stop.request_stop();
  held.unlock();
  this->ex.run();
  EXPECT_FALSE(result.has_value());
  EXPECT_TRUE(this->lock.acquire().try_now());
}

TYPED_TEST(Limits, DestroyedAfterTheGrantPassesTheLockOn) {
  std::optional<bool> first_result, second_result;
  auto held = this->lock.acquire().blocking();
  auto first =
      wait_for(this->lock.acquire().within(1h).via(this->ex), first_result);
  auto second =
      wait_for(this->lock.acquire().within(1h).via(this->ex), second_result);
  first.start();
  second.start();
  held.unlock();
  first.destroy();
  this->ex.run();
  EXPECT_EQ(second_result, true);
  EXPECT_FALSE(first_result.has_value());
  EXPECT_TRUE(this->lock.acquire().try_now());
}

struct watched_wait final : interlock::detail::shared_wait {
  watched_wait() : shared_wait(this, sizeof(watched_wait)) {}
  void complete(interlock::detail::wait_outcome how) noexcept override {
    outcome = how;
  }
  std::optional<interlock::detail::wait_outcome> outcome;
};

/// A target whose wait is cancelled when the lock was found free, and before
/// the waiter knows that.
template <class Target> struct cancelled_target : Target {
  watched_wait *wait;
  bool acquire_or_enqueue(interlock::detail::waiter &w) {
    const bool acquired = Target::acquire_or_enqueue(w);
    wait->cancel(interlock::detail::wait_outcome::cancelled);
    return acquired;
  }
};

TYPED_TEST(Limits, AFreeLockThatCameTooLateIsGivenBack) {
  using namespace interlock::detail;
  auto op = this->lock.acquire();
  auto *wait = new (pool_allocate(sizeof(watched_wait))) watched_wait;
  wait->ex = &this->ex;
  using target = std::remove_reference_t<decltype(asio_access::target(op))>;
  EXPECT_EQ(begin_wait(*wait,
                       cancelled_target<target>{
                           {std::move(asio_access::target(op))}, wait}),
            wait_begin::queued);
  EXPECT_FALSE(wait->outcome.has_value()) << "resumed inside the request";
  this->ex.run();
  EXPECT_EQ(wait->outcome, wait_outcome::cancelled);
  wait->drop_ref();
  const auto seen = this->lock.statistics();
  EXPECT_EQ(seen.acquisitions, 0U);
  EXPECT_EQ(seen.cancelled, 1U);
  EXPECT_EQ(seen.abandoned_waiters, 0U);
  EXPECT_TRUE(this->lock.acquire().try_now());
}

template <class Op>
test::detached report_end(Op op,
                          std::shared_ptr<std::promise<std::thread::id>> end) {
  // In two steps: g++ 12 cannot tell the type of the co_await inside another
  // expression of a template.
  auto guard = co_await std::move(op);
  end->set_value(guard ? std::thread::id() : std::this_thread::get_id());
}

TYPED_TEST(Limits, WithoutExecutorAStoppedWaiterResumesOnAThreadOfTheLibrary) {
  auto held = this->lock.acquire().blocking();
  std::stop_source stop;
  const auto end = std::make_shared<std::promise<std::thread::id>>();
  auto where = end->get_future();
  report_end(this->lock.acquire().stop_on(stop.get_token()), end);
  stop.request_stop();
  const std::thread::id thread = where.get();
  EXPECT_NE(thread, std::thread::id()) << "got the lock";
  EXPECT_NE(thread, std::this_thread::get_id());
}

/// A grant and a stop from two threads at once: exactly one of them wins, and
/// the lock is never lost.
TYPED_TEST(Limits, GrantAndStopRace) {
  for (int round = 0; round != 2'000; ++round) {
    std::stop_source stop;
    std::optional<bool> result;
    test::manual_executor ex;
    auto held = this->lock.acquire().blocking();
    auto t = wait_for(this->lock.acquire().stop_on(stop.get_token()).via(ex),
                      result);
    t.start();
    std::latch go(2);
    std::jthread stopper([&] {
      go.arrive_and_wait();
      stop.request_stop();
    });
    go.arrive_and_wait();
    held.unlock();
    stopper.join();
    ex.run();
    ASSERT_TRUE(result.has_value()) << "round " << round;
    ASSERT_TRUE(this->lock.acquire().try_now()) << "round " << round;
  }
}

} // namespace
