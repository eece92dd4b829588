// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// An old copy in a relative modify, with a new test in front of it.
#include "task.hpp"
#include <algorithm>
#include <atomic>
using namespace mock;

task<> breathe();

class account {
public:
  // The new test looks at the amount that came from the old value.
  task<> sweep_ok(long limit) {
    const long part = std::min(balance_, limit);
    co_await breathe();
    if (balance_ < part)
      co_return;
    balance_ -= part;
  }

  // The new test is about something else: interest on a balance of the past.
  task<> interest_bad(long floor) {
    const long old = balance_;
    co_await breathe();
    if (balance_ < floor)
      co_return;
    balance_ += old / 100; // expect: stale-value
  }

private:
  long balance_ = 0;
};

static std::atomic<int> slots{4};

// Each access is atomic, the sequence is not.
task<> atomic_global_bad() {
  if (slots.load() == 0)
    co_return;
  co_await breathe();
  slots.fetch_sub(1); // expect: stale-check
}
