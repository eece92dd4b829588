// The runtime's locks under all schedules of three tasks with two rounds each.
#include "task.hpp"

#include <interlock/keyed_mutex.hpp>
#include <interlock/rollback.hpp>
#include <interlock/safe_state.hpp>
#include <interlock/testing/explorer.hpp>
#include <interlock/testing/shared.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <stop_token>
#include <string>
#include <vector>

namespace {

using namespace interlock::testing;
using namespace std::chrono_literals;

constexpr int tasks = 3;
constexpr int rounds = 2;

/// Explores everything, however long that takes on a slow machine or under a
/// sanitizer, and expects no failure.
report expect_sound(const std::function<void(schedule &)> &body,
                    options how = {}) {
  how.observed = true;
  how.maximum_time = std::chrono::hours(1);
  const report r = explore(how, body);
  EXPECT_TRUE(r.ok()) << r.text();
  EXPECT_TRUE(!r.ok() || r.exhausted) << r.text();
  std::printf("  %s\n", r.summary().c_str());
  return r;
}

/// Notices two holders at once.
class critical_section {
public:
  task<> visit() {
    overlap_ |= inside_;
    inside_ = true;
    co_await io("work");
    inside_ = false;
    ++visits_;
  }
  bool overlap() const noexcept { return overlap_; }
  int visits() const noexcept { return visits_; }

private:
  shared<bool> inside_{"inside", false};
  bool overlap_ = false;
  int visits_ = 0;
};

/// Spawns three tasks that do `round()` twice.
template <class Round>
std::array<task_id, tasks> spawn_rounds(schedule &s, Round &round) {
  std::array<task_id, tasks> ids{};
  for (int i = 0; i != tasks; ++i)
    ids[static_cast<std::size_t>(i)] = s.spawn(
        std::string(1, static_cast<char>('A' + i)), [&round, i]() -> task<> {
          for (int r = 0; r != rounds; ++r)
            co_await round(i, r);
        });
  return ids;
}

void expect_free(schedule &s, interlock::mutex &m) {
  s.check(!m.is_locked() && !m.has_waiters(), "the lock is free in the end");
}

void fifo(schedule &s) {
  interlock::mutex m;
  critical_section section;
  std::vector<task_id> queue; // as it must be
  int overtakes = 0;
  auto round = [&](int, int) -> task<> {
    auto guard = co_await m.acquire();
    const task_id me = s.current_task();
    const auto at = std::find(queue.begin(), queue.end(), me);
    // Who queued is first in the queue; who did not finds nobody there.
    overtakes += at != queue.begin() ? 1 : 0;
    if (at != queue.end())
      queue.erase(at);
    co_await section.visit();
  };
  const auto ids = spawn_rounds(s, round);
  s.always("queue recorded", [&] {
    for (const task_id id : ids)
      if (s.queued(id) &&
          std::find(queue.begin(), queue.end(), id) == queue.end())
        queue.push_back(id);
    return true;
  });
  s.run();
  s.check(overtakes == 0, "first come, first served");
  s.check(!section.overlap(), "one at a time");
  s.check(section.visits() == tasks * rounds, "everybody came in");
  expect_free(s, m);
}
TEST(Locks, Fifo) { expect_sound(fifo); }

void competing(schedule &s) {
  interlock::mutex m;
  critical_section section;
  auto round = [&](int, int) -> task<> {
    auto guard = co_await m.acquire();
    co_await section.visit();
  };
  spawn_rounds(s, round);
  s.run();
  s.check(!section.overlap(), "one at a time");
  s.check(section.visits() == tasks * rounds, "everybody came in");
  expect_free(s, m);
}
TEST(Locks, AdaptiveFairnessIsAChoice) {
  options how;
  how.competing_wakeups = true;
  const report adaptive = expect_sound(competing, how);
  EXPECT_GT(adaptive.schedules, expect_sound(competing).schedules);
}

void strict_lock(schedule &s) {
  interlock::mutex m{
      {.name = "strict", .fairness = interlock::fairness::strict}};
  critical_section section;
  auto round = [&](int, int) -> task<> {
    auto guard = co_await m.acquire();
    co_await section.visit();
  };
  spawn_rounds(s, round);
  s.run();
  s.check(!section.overlap(), "one at a time");
}
TEST(Locks, StrictFairnessNeverCompetes) {
  options how;
  how.competing_wakeups = true;
  EXPECT_EQ(expect_sound(strict_lock, how).schedules,
            expect_sound(strict_lock).schedules);
}

void handed_over(schedule &s) {
  interlock::mutex m;
  critical_section section;
  auto round = [&](int, int) -> task<> {
    auto guard = co_await m.acquire();
    co_await section.visit();
    co_await std::move(guard).release();
  };
  spawn_rounds(s, round);
  s.run();
  s.check(!section.overlap(), "one at a time");
  expect_free(s, m);
}
TEST(Locks, AwaitedRelease) { expect_sound(handed_over); }

/// A and B wait with a stop token, C holds and C's rounds request the stop.
void cancelled(schedule &s) {
  interlock::mutex m;
  critical_section section;
  std::array<std::stop_source, rounds> stops;
  int granted = 0, refused = 0, late = 0;
  auto round = [&](int i, int r) -> task<> {
    std::stop_source &stop = stops[static_cast<std::size_t>(r)];
    s.observe(&stop, false);
    if (i == 2) {
      auto guard = co_await m.acquire();
      co_await section.visit();
      guard.unlock();
      co_await yield();
      s.observe(&stop, true);
      stop.request_stop();
      co_return;
    }
    const bool before = stop.stop_requested();
    auto guard = co_await m.acquire().stop_on(stop.get_token());
    if (!guard) {
      ++refused;
      co_return;
    }
    late += before ? 1 : 0;
    ++granted;
    co_await section.visit();
  };
  spawn_rounds(s, round);
  s.run();
  s.check(granted + refused == 2 * rounds, "every wait ends");
  s.check(late == 0, "nothing is granted after a stop");
  s.check(!section.overlap(), "one at a time");
  expect_free(s, m);
}
TEST(Locks, GrantVersusCancel) { expect_sound(cancelled); }

void timed(schedule &s) {
  interlock::mutex m;
  critical_section section;
  int in_time = 0, too_late = 0;
  auto round = [&](int i, int) -> task<> {
    if (i != 1) {
      auto guard = co_await m.acquire();
      co_await section.visit();
      co_return;
    }
    auto guard = co_await m.acquire().within(1ms);
    (guard ? in_time : too_late) += 1;
    if (guard)
      co_await section.visit();
  };
  spawn_rounds(s, round);
  s.run();
  s.check(in_time + too_late == rounds, "every wait ends");
  s.check(!section.overlap(), "one at a time");
  expect_free(s, m);
}
TEST(Locks, CompeteVersusCancel) {
  options how;
  how.competing_wakeups = true;
  expect_sound(
      [](schedule &s) {
        interlock::mutex m;
        std::stop_source stop;
        critical_section section;
        int over = 0;
        for (const char *name : {"holder", "newcomer"})
          s.spawn(name, [&]() -> task<> {
            auto guard = co_await m.acquire();
            co_await section.visit();
          });
        s.spawn("waiter", [&]() -> task<> {
          for (int r = 0; r != rounds; ++r) {
            s.observe(&stop, false);
            auto guard = co_await m.acquire().stop_on(stop.get_token());
            if (guard)
              co_await section.visit();
            ++over;
          }
        });
        s.spawn("stopper", [&] {
          s.observe(&stop, true);
          stop.request_stop();
        });
        s.run();
        s.check(over == rounds, "every wait ends");
        s.check(!section.overlap(), "one at a time");
        expect_free(s, m);
      },
      how);
}
TEST(Locks, GrantVersusDeadline) { expect_sound(timed); }

TEST(Locks, DeadlinePassesInSomeSchedule) {
  int late = 0;
  expect_sound([&](schedule &s) {
    interlock::mutex m;
    s.spawn("holder", [&]() -> task<> {
      auto guard = co_await m.acquire();
      co_await io("work");
    });
    s.spawn("waiter", [&]() -> task<> {
      auto guard = co_await m.acquire().within(1ms);
      late += guard ? 0 : 1;
    });
    s.run();
  });
  EXPECT_GT(late, 0);
}

/// B is destroyed at any moment of its life.
void destroyed(schedule &s, bool cancellable) {
  interlock::mutex m;
  std::stop_source never;
  int finished = 0;
  const auto worker = [&]() -> task<> {
    for (int r = 0; r != rounds; ++r) {
      auto guard = co_await m.acquire();
      co_await io("work");
    }
    ++finished;
  };
  s.spawn("A", worker);
  const task_id b = s.spawn("B", [&]() -> task<> {
    for (int r = 0; r != rounds; ++r) {
      if (cancellable) {
        auto guard = co_await m.acquire().stop_on(never.get_token());
        co_await io("work");
      } else {
        auto guard = co_await m.acquire();
        co_await io("work");
      }
    }
  });
  s.spawn("C", worker);
  s.spawn("destroyer", [&] { s.destroy(b); });
  s.run();
  s.check(finished == 2, "the others are not held up");
  expect_free(s, m);
}
TEST(Locks, DestroyWhileWaiting) {
  expect_sound([](schedule &s) { destroyed(s, false); });
}
TEST(Locks, DestroyWhileCompeting) {
  options how;
  how.competing_wakeups = true;
  expect_sound([](schedule &s) { destroyed(s, false); }, how);
}
TEST(Locks, DestroyWhileWaitingCancellably) {
  expect_sound([](schedule &s) { destroyed(s, true); });
}

/// Rounds use two keys in turn; keys nobody uses are forgotten.
void keys(schedule &s, std::size_t retained) {
  interlock::keyed_mutex<int> m{{.retain_idle_keys = retained}};
  std::array<critical_section, 2> sections;
  int users = 0;
  auto round = [&](int i, int r) -> task<> {
    const int key = (i + r) % 2;
    ++users;
    {
      auto guard = co_await m.acquire(key);
      co_await sections[static_cast<std::size_t>(key)].visit();
    }
    --users;
  };
  spawn_rounds(s, round);
  s.always("no key without a user", [&] {
    return retained != 0 || m.size() <= static_cast<std::size_t>(users);
  });
  s.run();
  s.check(retained != 0 || m.size() == 0, "idle keys are forgotten");
  s.check(!sections[0].overlap() && !sections[1].overlap(), "one at a time");
}
TEST(Locks, KeyReclaim) {
  expect_sound([](schedule &s) { keys(s, 0); });
}
TEST(Locks, KeysRetained) {
  expect_sound([](schedule &s) { keys(s, 1'000); });
}
TEST(Locks, KeysCompeting) {
  options how;
  how.competing_wakeups = true;
  expect_sound([](schedule &s) { keys(s, 0); }, how);
}

/// Three tasks name the same locks in different orders.
void ranked(schedule &s) {
  interlock::SafeTradingState state;
  critical_section money, symbol, order;
  auto round = [&](int i, int) -> task<> {
    if (i == 0) {
      auto g = co_await state.atomic_update(interlock::balance,
                                            interlock::position("A"));
      co_await money.visit();
      co_await symbol.visit();
    } else if (i == 1) {
      auto g = co_await state.atomic_update(interlock::position("A"),
                                            interlock::order(7));
      co_await symbol.visit();
      co_await order.visit();
    } else {
      auto g =
          co_await state.atomic_update(interlock::order(7), interlock::balance);
      co_await order.visit();
      co_await money.visit();
    }
  };
  spawn_rounds(s, round);
  s.run();
  s.check(!money.overlap() && !symbol.overlap() && !order.overlap(),
          "one at a time");
  s.check(state.live_keys("position") + state.live_keys("order") == 0,
          "idle keys are forgotten");
}
TEST(Locks, AtomicUpdateTakesLocksInRankOrder) { expect_sound(ranked); }

/// Each round spends 10 and fails or not; what failed is restored.
void rolled_back(schedule &s) {
  interlock::SafeTradingState state;
  shared<int> balance{"balance", 100};
  int paid = 0;
  auto round = [&](int, int) -> task<> {
    auto guard = co_await state.atomic_balance_update();
    const int before = balance;
    interlock::rollback undo{[&] { balance = before; }};
    balance -= 10;
    co_await io("venue");
    if (fails("the venue rejects"))
      co_return;
    undo.commit();
    paid += 10;
  };
  spawn_rounds(s, round);
  s.run();
  s.check(balance.peek() == 100 - paid, "failed rounds leave no trace");
}
TEST(Locks, RollbackRestoresUnderTheGuard) { expect_sound(rolled_back); }

} // namespace
