// How many schedules in a second of processor time: `explorer_speed`, in a
// release build.
#include "account.hpp"

#include <interlock/lock_op.hpp>
#include <interlock/mutex.hpp>
#include <interlock/testing/shared.hpp>

#include <cstdio>
#include <ctime>

namespace {

void lost_update(schedule &s) {
  int x = 0;
  for (const char *name : {"a", "b", "c"})
    s.spawn(name, [&]() -> task<> {
      const int seen = x;
      co_await yield();
      x = seen + 1;
      co_await yield();
    });
  s.run();
}

/// Three tasks with two rounds each under one lock.
void three_by_two(schedule &s) {
  interlock::mutex m;
  int inside = 0;
  for (const char *name : {"a", "b", "c"})
    s.spawn(name, [&]() -> task<> {
      for (int round = 0; round != 2; ++round) {
        auto guard = co_await m.acquire();
        ++inside;
        co_await yield();
        --inside;
      }
    });
  s.always("one at a time", [&] { return inside <= 1; });
  s.run();
}

void measure(const char *what, const options &how, void (*body)(schedule &)) {
  const std::clock_t begin = std::clock();
  const report r = explore(how, body);
  const double seconds =
      static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  std::printf("%-32s %9llu schedules, %7.0f a second\n", what,
              static_cast<unsigned long long>(r.schedules),
              static_cast<double>(r.schedules) / seconds);
}

} // namespace

int main() {
  options all;
  all.maximum_schedules = 2'000'000;
  measure("3 tasks, 2 yields", all, lost_update);
  measure("3 tasks, 2 rounds, one lock", all, three_by_two);
  measure("the same, random", random_walk(500'000), three_by_two);
  measure("the same, pct of depth 3", pct(3, 500'000), three_by_two);
}
