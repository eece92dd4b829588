// Deadlines, stop tokens and the race between a grant and a cancellation.
#include "support/coroutines.hpp"

#include <gtest/gtest.h>
#include <interlock/keyed_mutex.hpp>
#include <interlock/mutex.hpp>

#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
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
