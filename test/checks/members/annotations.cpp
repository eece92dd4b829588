// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,unspecified-read-order
// Which members are judged when nothing is configured: those with the built-in
// names, and those that the user marks.
#include "venue.hpp"
#include <interlock/annotations.hpp>
#include <map>
#include <string>
using namespace mock;

struct position {
  money size;
  money entry_price;
};
struct order {
  int status = 0;
  money filled_qty;
};

class engine {
public:
  // A built-in name.
  task<> balance_bad(money cost) {
    if (balance_ < cost)
      co_return;
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
  }

  // A marked member of any name.
  task<> marked_bad(money cost) {
    if (purse_ < cost)
      co_return;
    co_await venue_.submit(cost);
    purse_ -= cost; // expect: stale-check
  }

  // Neither marked nor known: not judged unless all state is.
  task<> other_state_ok() {
    if (connected_)
      co_return;
    co_await venue_.submit(1);
    connected_ = true;
  }

  // Positions: an average computed from old numbers, through a reference.
  task<> position_bad(std::string symbol, money qty, money price) {
    position &p = positions_.at(symbol);
    const money old_size = p.size;
    co_await venue_.submit(qty);
    p.size = old_size + qty; // expect: stale-value
  }

  // Computed after the wait; nobody erases positions.
  task<> position_ok(std::string symbol, money qty) {
    co_await venue_.submit(qty);
    position &p = positions_.at(symbol);
    p.size = p.size + qty;
  }

  // Orders: cancelled although filled meanwhile.
  task<> order_bad(int id) {
    if (orders_.at(id).status != 1)
      co_return;
    co_await venue_.submit(1);
    orders_.at(id).status = 3; // expect: stale-check
  }

  // The status is tested again.
  task<> order_ok(int id) {
    if (orders_.at(id).status != 1)
      co_return;
    co_await venue_.submit(1);
    if (orders_.at(id).status == 1)
      orders_.at(id).status = 3;
  }

  // Another field of the same order.
  task<> order_other_field_ok(int id, money qty) {
    if (orders_.at(id).status != 1)
      co_return;
    co_await venue_.submit(qty);
    orders_.at(id).filled_qty += qty;
  }

private:
  money balance_;
  INTERLOCK_STATE(balance)
  money purse_;
  bool connected_ = false;
  std::map<std::string, position> positions_;
  std::map<int, order> orders_;
  venue venue_;
};
