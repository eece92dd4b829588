// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*
#include "venue.hpp"
using namespace mock;

task<> transmit(long amount);

// What is on its way counts, whether or not its name says what it is: others
// that add all up find nothing left.
class exposure {
public:
  task<> all_ok() {
    const double open = position_ + hedge_position_ + going_;
    if (open == 0)
      co_return;
    going_ -= open;
    co_await transmit(1);
    going_ += open;
    hedge_position_ -= open;
  }
  void fill(double lots) { position_ += lots; }

private:
  double position_ = 0, hedge_position_ = 0, going_ = 0;
};

// It is counted too late.
class counted_late {
public:
  task<> all_bad() {
    const double open = position_ + hedge_position_ + going_;
    if (open == 0)
      co_return;
    co_await transmit(1);
    going_ -= open;
    hedge_position_ -= open; // expect: stale-check
  }
  void fill(double lots) { position_ += lots; }

private:
  double position_ = 0, hedge_position_ = 0, going_ = 0;
};

// A limit that is lowered for good.
class limited {
public:
  task<bool> take_bad(long n) {
    if (credit_limit_ < n)
      co_return false;
    co_await transmit(n);
    credit_limit_ -= n; // expect: stale-check
    co_return true;
  }

private:
  long credit_limit_ = 0;
};
