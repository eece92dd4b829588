// A task may be made of anything that can be awaited: the same race is found in
// all of them, in the same number of schedules.
#include "task.hpp"

#include <interlock/testing/explorer.hpp>

#include <gtest/gtest.h>

#include <coroutine>
#include <exception>
#include <functional>
#include <utility>

namespace {

using namespace interlock::testing;

/// Runs when it is called, up to its first suspension.
class eager {
public:
  struct promise_type {
    eager get_return_object() {
      return eager(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    auto final_suspend() const noexcept {
      struct awaiter {
        bool await_ready() const noexcept { return false; }
        std::coroutine_handle<>
        await_suspend(std::coroutine_handle<promise_type> h) const noexcept {
          const auto next = h.promise().next;
          return next ? next : std::noop_coroutine();
        }
        void await_resume() const noexcept {}
      };
      return awaiter{};
    }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
    std::coroutine_handle<> next;
  };
  eager(eager &&other) noexcept : frame_(std::exchange(other.frame_, {})) {}
  ~eager() {
    if (frame_)
      frame_.destroy();
  }
  bool await_ready() const noexcept { return frame_.done(); }
  void await_suspend(std::coroutine_handle<> h) { frame_.promise().next = h; }
  void await_resume() const noexcept {}

private:
  explicit eager(std::coroutine_handle<promise_type> h) : frame_(h) {}
  std::coroutine_handle<promise_type> frame_;
};

/// Is no coroutine, but gives something to await.
class operation {
public:
  explicit operation(int &x) : x_(x) {}
  task<> operator co_await() const { return add(x_); }

private:
  static task<> add(int &x) {
    const int seen = x;
    co_await io("venue");
    x = seen + 1;
  }
  int &x_;
};

eager add_eagerly(int &x) {
  const int seen = x;
  co_await io("venue");
  x = seen + 1;
}
task<> add_lazily(int &x) { co_await operation(x); }
task<int> add_with_result(int &x) {
  co_await add_eagerly(x);
  co_return x;
}

template <class Add> void expect_race(Add add) {
  const auto body = [&](schedule &s) {
    int x = 0;
    for (const char *name : {"first", "second"})
      s.spawn(name, [&] { return add(x); });
    s.run();
    s.check(x == 2, "both counted");
  };
  const report r = explore(body);
  EXPECT_EQ(r.failure, "both counted");
  EXPECT_EQ(r.context_switches, 2U);
  EXPECT_EQ(explore(replay(r.schedule), body).failure, r.failure);
  // Two tasks of two steps: 4 over 2.
  const report all = explore([&](schedule &s) {
    int x = 0;
    for (const char *name : {"first", "second"})
      s.spawn(name, [&] { return add(x); });
    s.run();
  });
  EXPECT_TRUE(all.exhausted);
  EXPECT_EQ(all.schedules, 6U);
}

TEST(CoroutineTypes, Lazy) { expect_race(add_lazily); }
TEST(CoroutineTypes, Eager) { expect_race(add_eagerly); }
TEST(CoroutineTypes, WithAResult) { expect_race(add_with_result); }
TEST(CoroutineTypes, AwaitableThatIsNoCoroutine) {
  expect_race([](int &x) { return operation(x); });
}

TEST(CoroutineTypes, SpawnedWithoutACallable) {
  int x = 0;
  const report r = explore([&](schedule &s) {
    s.spawn("lazy", add_lazily(x));
    s.spawn("awaitable", operation(x));
    s.run();
  });
  EXPECT_TRUE(r.exhausted) << r.text();
  EXPECT_EQ(r.schedules, 6U);
}

} // namespace
