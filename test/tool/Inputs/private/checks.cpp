#include "desk.hpp"

bool desk::covers(long n) const { return balance_ >= n; }

mock::task<> desk::pay_late(long n) {
  co_await breathe();
  if (covers(n))
    take(n);
}
