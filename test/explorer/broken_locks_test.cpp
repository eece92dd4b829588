// The explorer must find what is wrong with locks that look right.
#include "task.hpp"

#include <interlock/testing/explorer.hpp>

#include <gtest/gtest.h>

#include <coroutine>
#include <deque>
#include <utility>

namespace {

using namespace interlock::testing;
using detail::failure_kind;

enum class defect {
  none,
  /// Looks, lets others run, and then queues: a release in between wakes
  /// nobody.
  late_queue,
  /// Frees the lock and wakes a waiter that believes it is its own.
  assumed_ownership,
  /// Wakes the waiter before it has said that the lock is taken.
  late_taking,
};

/// A lock as people write it for one thread.
class homemade_lock {
public:
  explicit homemade_lock(defect d) : defect_(d) {}

  task<> lock() {
    co_await yield();
    if (!locked_) {
      if (defect_ == defect::late_taking)
        co_await yield();
      locked_ = true;
      co_return;
    }
    if (defect_ == defect::late_queue)
      co_await yield();
    co_await parked{*this};
  }

  void unlock() {
    if (queue_.empty() || defect_ == defect::assumed_ownership)
      locked_ = false;
    if (queue_.empty())
      return;
    parked *const next = queue_.front();
    queue_.pop_front();
    schedule::current()->post(*next);
  }

private:
  struct parked : interlock::work_item {
    explicit parked(homemade_lock &l) : lock(l) {}
    homemade_lock &lock;
    std::coroutine_handle<> handle;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) {
      handle = h;
      run = [](work_item *item) noexcept {
        static_cast<parked *>(item)->handle.resume();
      };
      lock.queue_.push_back(this);
    }
    void await_resume() const noexcept {}
  };

  defect defect_;
  bool locked_ = false;
  std::deque<parked *> queue_;
};

report three_visitors(defect d) {
  return explore([d](schedule &s) {
    homemade_lock lock(d);
    int inside = 0;
    s.always("one at a time", [&] { return inside <= 1; });
    for (const char *name : {"A", "B", "C"})
      s.spawn(name, [&]() -> task<> {
        co_await lock.lock();
        ++inside;
        co_await io("work");
        --inside;
        lock.unlock();
      });
    s.run();
  });
}

TEST(BrokenLocks, SoundOneIsSound) {
  const report r = three_visitors(defect::none);
  EXPECT_TRUE(r.ok()) << r.text();
  EXPECT_TRUE(r.exhausted);
}
TEST(BrokenLocks, LateQueueLosesAWakeUp) {
  EXPECT_EQ(three_visitors(defect::late_queue).kind, failure_kind::lost_wakeup);
}
TEST(BrokenLocks, AssumedOwnershipLetsTwoIn) {
  EXPECT_EQ(three_visitors(defect::assumed_ownership).kind,
            failure_kind::invariant);
}
TEST(BrokenLocks, LateTakingLetsTwoIn) {
  EXPECT_EQ(three_visitors(defect::late_taking).kind, failure_kind::invariant);
}

} // namespace
