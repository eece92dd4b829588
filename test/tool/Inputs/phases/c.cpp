#include "account.hpp"

mock::task<> account::settle() {
  const money before = balance_;
  co_await debit(before);
  balance_ = before;
  add(1);
}

mock::task<> twice(account &a) {
  co_await a.settle();
  co_await a.debit(3);
}
