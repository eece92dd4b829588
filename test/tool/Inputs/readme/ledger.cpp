#include "venue.hpp"
using namespace mock;

struct ledger {
  task<bool> debit(money cost) {
    if (balance_ < cost)          // two coroutines see enough money
      co_return false;
    co_await venue_.submit(cost); // both wait here
    balance_ -= cost;             // both take it
    co_return true;
  }
  venue venue_;
  money balance_;
};
