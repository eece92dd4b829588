#include "venue.hpp"
using namespace mock;
struct ledger {
  task<> debit(money cost) {
    if (balance_ >= cost) {
      co_await venue_.submit(cost);
      balance_ -= cost;
    }
  }
  venue venue_;
  money balance_;
};
