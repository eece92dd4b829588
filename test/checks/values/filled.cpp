// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// What is added to a number that cannot get larger than it may be: a bucket of
// tokens is filled up, whatever has been in it before.
#include "task.hpp"
#include <algorithm>
using namespace mock;

task<> breathe();
double since_last();

class limiter {
public:
  task<> take_ok() {
    refill();
    while (tokens_ < 1) {
      co_await breathe();
      refill();
    }
    tokens_ -= 1;
  }
  task<bool> try_for_a_while_ok(double n) {
    for (int round = 0; round < 10; ++round) {
      refill();
      if (tokens_ >= n) {
        tokens_ -= n;
        co_return true;
      }
      co_await breathe();
    }
    co_return false;
  }
  // To take out relies on what there is.
  task<> take_bad() {
    refill();
    if (tokens_ < 1)
      co_return;
    co_await breathe();
    tokens_ -= 1; // expect: stale-check
  }
  // Nothing keeps it from becoming more than it may be.
  task<> add_bad(double n) {
    if (tokens_ + n > burst_)
      co_return;
    co_await breathe();
    tokens_ = tokens_ + n; // expect: stale-check
  }
  // The sum is one of before.
  task<> fill_late_bad(double n) {
    const double full = tokens_ + n;
    co_await breathe();
    tokens_ = std::min(burst_, full); // expect: stale-value
  }

private:
  void refill() { tokens_ = std::min(burst_, tokens_ + since_last()); }

  const double burst_ = 10;
  double tokens_ = 10;
};
