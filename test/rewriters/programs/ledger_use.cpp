#include "ledger.hpp"

namespace ledger {

task<> Split::buy(long cost) {
  if (balance_ < cost)
    co_return;
  co_await debit(cost, "buy");
}

task<> Split::fee() { co_await debit(1, "fee"); }

task<> Ladder::next(long cost, int depth) {
  if (depth > 0)
    co_await buy(cost, depth - 1);
}

task<> Cleared::clear(long fee) {
  if (balance_ < fee)
    co_return;
  co_await settle();
  balance_ -= fee;
  cleared_event_.set();
}

} // namespace ledger

namespace {

PROGRAM(helper_in_another_unit_with_and_without_the_lock) {
  ledger::Split a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.spawn(a.fee());
  w.run();
  return a.balance() == 39;
}

PROGRAM(recursion_over_two_units) {
  ledger::Ladder a;
  w.spawn(a.buy(60, 1));
  w.spawn(a.buy(30, 0));
  w.run();
  return a.balance() >= 0;
}

PROGRAM(wait_for_a_peer_in_another_unit) {
  ledger::Cleared a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.spawn(a.clear(10));
  w.run();
  return a.balance() >= 0;
}

} // namespace
