#include "desk.hpp"

namespace desk {

task<> Account::deposit(long amount) {
  const long old = balance_;
  co_await settle();
  balance_ = old + amount;
}

task<> Account::trade(std::string symbol, long qty) {
  const long old = positions_[symbol];
  co_await settle();
  positions_[symbol] = old + qty;
}

} // namespace desk
