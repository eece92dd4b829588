#include "account.hpp"

bool account::covers(money cost) const { return balance_ >= cost; }

void account::cancel_all() { balance_ = 0; }

mock::task<> sweep(account &a) {
  a.cancel_all();
  co_await a.venue_.submit(1);
  a.add(2);
}
