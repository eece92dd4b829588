#include "fees.hpp"
using namespace mock;
struct account {
  task<> debit(money cost) {
    if (balance_ >= cost) {
      co_await charge();
      balance_ -= cost;
    }
  }
  task<> refresh() {
    money seen = balance_;
    co_await venue_.submit(seen);
    balance_ = seen;
  }
  venue venue_;
  money balance_;
};
