// Leaving out equivalent schedules must not leave out outcomes: random small
// programs are explored with and without the reduction, and must reach the same
// final states, the same states in between and the same deadlocks.
#include "task.hpp"

#include <interlock/keyed_mutex.hpp>
#include <interlock/lock_op.hpp>
#include <interlock/mutex.hpp>
#include <interlock/testing/explorer.hpp>
#include <interlock/testing/shared.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>
#include <random>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace {

using namespace interlock::testing;
using namespace std::chrono_literals;

constexpr int variables = 3;

enum class action {
  read,
  write,
  add,
  lock,
  key,
  unlock,
  yield,
  fail,
  sleep,
  timed,
  stoppable,
  stop,
  all,
};
struct instruction {
  action what;
  int which;
};
using program = std::vector<std::vector<instruction>>;

program random_program(std::mt19937_64 &random) {
  const auto below = [&](int n) {
    return static_cast<int>(random() % static_cast<unsigned>(n));
  };
  program p(static_cast<std::size_t>(2 + below(2)));
  for (auto &task : p)
    for (int left = 2 + below(p.size() == 2 ? 4 : 2); left != 0; --left)
      task.push_back({static_cast<action>(below(static_cast<int>(action::all))),
                      below(variables)});
  return p;
}

struct state {
  std::array<std::unique_ptr<shared<int>>, variables> values;
  std::array<interlock::mutex, variables> locks;
  interlock::keyed_mutex<int> keys;
  std::array<std::stop_source, variables> stops;
  state() {
    for (auto &v : values)
      v = std::make_unique<shared<int>>("v", 0);
  }
  std::string text() const {
    std::string out;
    for (const auto &v : values)
      out += std::to_string(v->peek()) + ' ';
    return out;
  }
};

task<> execute(state &s, const std::vector<instruction> &code, int id) {
  int seen = id;
  std::vector<interlock::guard> guards;
  for (const instruction &i : code) {
    shared<int> &value = *s.values[static_cast<std::size_t>(i.which)];
    switch (i.what) {
    case action::read:
      seen = seen * 3 + value;
      break;
    case action::write:
      value = seen % 97;
      break;
    case action::add:
      value += id;
      break;
    case action::lock:
      guards.push_back(
          co_await s.locks[static_cast<std::size_t>(i.which)].acquire());
      break;
    case action::key:
      guards.push_back(co_await s.keys.acquire(i.which));
      break;
    case action::unlock:
      if (!guards.empty())
        guards.pop_back();
      break;
    case action::yield:
      co_await yield();
      break;
    case action::fail:
      seen += fails("it") ? 5 : 0;
      break;
    case action::timed:
      if (auto g = co_await s.locks[static_cast<std::size_t>(i.which)]
                       .acquire()
                       .within(1ms))
        guards.push_back(std::move(*g));
      else
        value += 7;
      break;
    case action::stoppable: {
      std::stop_source &stop = s.stops[static_cast<std::size_t>(i.which)];
      schedule::current()->observe(&stop, false);
      if (auto g = co_await s.keys.acquire(i.which).stop_on(stop.get_token()))
        guards.push_back(std::move(*g));
      else
        value += 11;
      break;
    }
    case action::stop: {
      std::stop_source &stop = s.stops[static_cast<std::size_t>(i.which)];
      schedule::current()->observe(&stop, true);
      stop.request_stop();
      break;
    }
    case action::all:
      break;
    case action::sleep:
      co_await sleep_for(i.which * 1ms);
      break;
    }
  }
}

struct outcomes {
  std::set<std::string> ends;
  std::set<std::string> between;
  std::uint64_t schedules = 0;
  bool exhausted = true;
};

outcomes reach(const program &p, options how) {
  outcomes out;
  how.shrink = false;
  how.stuck_fails = false; // a deadlock is an outcome here
  const report r = explore(how, [&](schedule &s) {
    state st;
    int id = 0;
    s.always("recorded", [&] {
      out.between.insert(st.text());
      return true;
    });
    for (const auto &code : p)
      s.spawn("task", [&st, &code, n = ++id] { return execute(st, code, n); });
    const bool finished = s.run();
    out.ends.insert(st.text() + (finished ? "" : "stuck"));
  });
  EXPECT_TRUE(r.ok()) << r.text();
  out.schedules = r.schedules;
  out.exhausted =
      r.exhausted && (how.strategy != strategy::bounded || r.complete);
  return out;
}

TEST(Reduction, KeepsAllOutcomes) {
  std::mt19937_64 random(20240229);
  std::uint64_t all = 0, unobserved = 0, observed = 0;
  int compared = 0;
  for (int i = 0; i != 1000; ++i) {
    const program p = random_program(random);
    options how = bounded(1'000); // no reduction
    how.maximum_schedules = 30'000;
    const outcomes full = reach(p, how);
    if (!full.exhausted)
      continue;
    ++compared;
    const outcomes reduced = reach(p, exhaustive());
    EXPECT_TRUE(reduced.exhausted);
    EXPECT_EQ(reduced.ends, full.ends) << "program " << i;
    EXPECT_EQ(reduced.between, full.between) << "program " << i;
    how = exhaustive();
    how.observed = true;
    const outcomes smallest = reach(p, how);
    EXPECT_EQ(smallest.ends, full.ends) << "program " << i;
    EXPECT_EQ(smallest.between, full.between) << "program " << i;
    all += full.schedules;
    unobserved += reduced.schedules;
    observed += smallest.schedules;
  }
  std::printf("%d programs: %llu schedules in all, %llu run without, %llu with "
              "observed state\n",
              compared, static_cast<unsigned long long>(all),
              static_cast<unsigned long long>(unobserved),
              static_cast<unsigned long long>(observed));
  EXPECT_GE(compared, 800);
  EXPECT_LT(observed, unobserved);
  EXPECT_LT(unobserved, all);
}

/// The reader sleeps while the other task touches something new, and must wake
/// when that task then writes what it reads.
TEST(Reduction, FirstTouchesAreToldApart) {
  std::set<int> seen;
  options how;
  how.observed = true;
  const report r = explore(how, [&](schedule &s) {
    int read = 0, other = 0, value = 0;
    s.spawn("reader", [&] {
      s.observe(&value, false);
      read = value;
    });
    s.spawn("writer", [&]() -> task<> {
      s.observe(&other, false);
      for (const int next : {1, 2}) {
        co_await yield();
        s.observe(&value, true);
        value = next;
      }
    });
    s.run();
    seen.insert(read);
  });
  EXPECT_TRUE(r.exhausted);
  EXPECT_EQ(seen, (std::set<int>{0, 1, 2}));
}

} // namespace
