#include "desk.hpp"

mock::task<> desk::pay(long n) {
  if (!covers(n))
    co_return;
  co_await breathe();
  take(n);
}

mock::task<> desk::pay_deep(long n) {
  if (covers(n)) {
    co_await wait();
    take(n);
  }
}
