#include "venue.hpp"
using namespace mock;

// odd
struct ledger {
  task<bool> debit(money cost) {
    if (balance_ < cost)
      co_return false;
    log_line("debit <b>&amp;");
    co_await venue_.submit(cost); // both wait here
    balance_ -= cost;
    co_return true;
  }

  task<> refresh() {
    money seen = balance_;
    co_await venue_.submit(seen);
    balance_ = seen;
  }

  task<bool> open_position(int symbol) {
    if (positions_[symbol] != 0)
      co_return false;
    co_await venue_.submit(1);
    positions_[symbol] = 1;
    co_return true;
  }

  venue venue_;
  money balance_;
  int positions_[8] = {};
};
