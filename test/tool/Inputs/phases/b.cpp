#include "account.hpp"

mock::task<> account::debit(money cost) {
  if (covers(cost)) {
    co_await venue_.submit(cost);
    balance_ -= cost;
  }
}
