#include "ledger.hpp"

namespace ledger {

task<> Split::debit(long cost, std::string why) {
  const long seen = balance_;
  co_await settle();
  balance_ = seen - cost;
  last_ = why;
}

task<> Ladder::buy(long cost, int depth) {
  if (balance_ < cost)
    co_return;
  co_await settle();
  co_await next(cost, depth);
  balance_ -= cost;
}

task<> Cleared::buy(long cost) {
  if (balance_ < cost)
    co_return;
  co_await cleared_event_.wait();
  balance_ -= cost;
}

} // namespace ledger
