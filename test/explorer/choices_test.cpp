// What the explorer chooses between, counted by hand. A task's letters are its
// steps: s its start, and one for each point at which it goes on.
#include "task.hpp"

#include <interlock/lock_op.hpp>
#include <interlock/mutex.hpp>
#include <interlock/testing/explorer.hpp>

#include <gtest/gtest.h>

#include <stop_token>

namespace {

using namespace interlock::testing;
using namespace std::chrono_literals;

void expect_schedules(std::uint64_t count,
                      const std::function<void(schedule &)> &body,
                      const options &how = {}) {
  const report r = explore(how, body);
  EXPECT_TRUE(r.ok()) << r.text();
  EXPECT_TRUE(r.exhausted);
  EXPECT_EQ(r.schedules, count);
  EXPECT_EQ(r.redundant, 0U);
}

/// A task of one step.
void step(schedule &s) {
  s.spawn("step", [] {});
}

TEST(Choices, Start) { // 3!
  expect_schedules(6, [](schedule &s) {
    step(s);
    step(s);
    step(s);
    s.run();
  });
}

TEST(Choices, Yield) { // s y among one step: 3 places
  expect_schedules(3, [](schedule &s) {
    s.spawn("yields", []() -> task<> { co_await yield(); });
    step(s);
    s.run();
  });
}

TEST(Choices, InputAndOutput) { // s i and s i: 4 over 2
  expect_schedules(6, [](schedule &s) {
    for (const char *name : {"a", "b"})
      s.spawn(name, []() -> task<> { co_await io("venue"); });
    s.run();
  });
}

TEST(Choices, Acquisition) { // s a, even of a lock that nobody else wants
  expect_schedules(3, [](schedule &s) {
    interlock::mutex m;
    s.spawn("locks", [&]() -> task<> { auto g = co_await m.acquire(); });
    step(s);
    s.run();
  });
}

/// Holder: s a r y, where r releases. Waiter: s b, and g if b has to queue.
void release(schedule &s) {
  interlock::mutex m;
  s.spawn("holder", [&]() -> task<> {
    {
      auto g = co_await m.acquire();
      co_await io("venue");
    }
    co_await yield();
  });
  s.spawn("waiter", [&]() -> task<> { auto g = co_await m.acquire(); });
  s.run();
}
/// s b among s a r y: 6 over 2. In 3 of the 15, b is between a and r; then
/// y and g come in both orders.
TEST(Choices, ReleaseWithWaiters) { expect_schedules(15 + 3, release); }
/// Then the waiter is handed the lock, or has to compete for it.
TEST(Choices, CompetingWakeUps) {
  options how;
  how.competing_wakeups = true;
  expect_schedules(15 - 3 + 3 * 2 * 2, release, how);
}

/// s w and s w; of the 6 orders, 2 have the later timer go off first.
TEST(Choices, Timers) {
  expect_schedules(4, [](schedule &s) {
    for (const auto delay : {10ms, 20ms})
      s.spawn("sleeps", [=]() -> task<> { co_await sleep_for(delay); });
    s.run();
  });
}

/// r before s or q: 2. After q: the deadline passes first, then the waiter's
/// end and r in both orders, or r comes first.
TEST(Choices, Deadline) {
  expect_schedules(2 + 2 + 1, [](schedule &s) {
    interlock::mutex m;
    auto held = m.acquire().try_now();
    s.spawn("waits",
            [&]() -> task<> { (void)co_await m.acquire().within(1ms); });
    s.spawn("releases", [&] { held->unlock(); });
    s.run();
  });
}

/// s q, c and r: 4! / 2. In 2 of the 12, q comes before c and r; then the
/// waiter goes on between them or after both. In 4, c comes before s; then the
/// stop is seen at once, and there is no q to come before or after r.
TEST(Choices, Cancellation) {
  expect_schedules(12 + 2 - 1, [](schedule &s) {
    interlock::mutex m;
    std::stop_source stop;
    auto held = m.acquire().try_now();
    s.spawn("waits", [&]() -> task<> {
      (void)co_await m.acquire().stop_on(stop.get_token());
    });
    s.spawn("cancels", [&] { stop.request_stop(); });
    s.spawn("releases", [&] { held->unlock(); });
    s.run();
  });
}

TEST(Choices, Destruction) { // d before s, before y, after y
  expect_schedules(3, [](schedule &s) {
    const task_id other =
        s.spawn("yields", []() -> task<> { co_await yield(); });
    s.spawn("destroys", [&, other] { s.destroy(other); });
    s.run();
  });
}

TEST(Choices, Failure) { // two orders, and each fails or not
  expect_schedules(2 * 2 * 2, [](schedule &s) {
    for (const char *name : {"a", "b"})
      s.spawn(name, [] { (void)fails("venue"); });
    s.run();
  });
}

TEST(Choices, Number) {
  expect_schedules(5, [](schedule &s) { (void)s.choose(5); });
}

/// Work of an executor's own: s x, where s posts x.
TEST(Choices, PostedWork) {
  expect_schedules(3, [](schedule &s) {
    interlock::work_item item;
    item.run = [](interlock::work_item *) noexcept {};
    s.spawn("posts", [&] { s.post(item); });
    step(s);
    s.run();
  });
}

} // namespace
