// How many schedules a second: `explorer_speed`, in a release build.
#include "account.hpp"

#include <interlock/lock_op.hpp>
#include <interlock/mutex.hpp>
#include <interlock/testing/shared.hpp>

#include <cstdio>

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
  std::printf("%-32s %s\n", what, explore(how, body).summary().c_str());
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
