// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,unguarded-*
// On one thread the second kind does not exist.
#include "venue.hpp"
using namespace mock;

class account {
public:
  // Wrong everywhere.
  task<> stale_bad(long cost) {
    const long left = balance_;
    co_await venue_.submit(cost);
    balance_ = left - cost; // expect: stale-value
  }

  // One slice.
  task<> one_slice_ok(long cost) {
    if (balance_ < cost)
      co_return;
    balance_ -= cost;
    co_await venue_.submit(cost);
  }

  // A plain function.
  void deposit_ok(long amount) { balance_ += amount; }

private:
  long balance_ = 0;
  venue venue_;
};
