#include "desk.hpp"

namespace {

using desk::Account;

PROGRAM(inline_function_of_a_header) {
  Account a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance() >= 0;
}

PROGRAM(function_of_a_header_and_one_of_a_source) {
  Account a;
  w.spawn(a.buy(60));
  w.spawn(a.deposit(10));
  w.run();
  return a.balance() == 50;
}

PROGRAM(keys_in_another_unit) {
  Account a;
  w.spawn(a.trade("BTC", 1));
  w.spawn(a.trade("BTC", 2));
  w.run();
  return a.position("BTC") == 3;
}

} // namespace
