// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
using namespace mock;

struct at_once {
  ready<int> send(money) { return {1}; }
};
struct by_wire {
  task<int> send(money);
};

/// Judged for each instantiation, reported once.
template <class Venue, class Amount>
class account {
public:
  // Two instantiations, one report.
  task<> buy_bad(Amount cost) {
    if (balance_ < cost)
      co_return;
    co_await wire_.send(1);
    balance_ -= cost; // expect: stale-check
  }

  // Claimed in every instantiation.
  task<> buy_ok(Amount cost) {
    if (balance_ < cost)
      co_return;
    balance_ -= cost;
    co_await wire_.send(1);
  }

private:
  Amount balance_{};
  Venue wire_;
};

/// Never suspends in its only instantiation.
template <class Venue>
class cached_account {
public:
  // The awaiter of the only venue is always ready.
  task<> buy_ready_ok(money cost) {
    if (balance_ < cost)
      co_return;
    co_await wire_.send(cost);
    balance_ -= cost;
  }

private:
  money balance_;
  Venue wire_;
};

task<> use(account<by_wire, money> &a, account<by_wire, long> &b,
           cached_account<at_once> &c) {
  co_await a.buy_bad(1);
  co_await b.buy_bad(1);
  co_await a.buy_ok(1);
  co_await c.buy_ready_ok(1);
}

struct shared_fund {
  money balance_;
};

// A function template on a reference.
template <class Fund, class Wait>
task<> withdraw_bad(Fund &fund, money cost, Wait wait) {
  if (fund.balance_ < cost)
    co_return;
  co_await wait();
  fund.balance_ -= cost; // expect: stale-check
}

// Waits first.
template <class Fund, class Wait>
task<> withdraw_ok(Fund &fund, money cost, Wait wait) {
  co_await wait();
  if (fund.balance_ >= cost)
    fund.balance_ -= cost;
}

task<> use_functions(shared_fund &fund) {
  auto wait = [] { return sleep_for({5}); };
  co_await withdraw_bad(fund, 1, wait);
  co_await withdraw_ok(fund, 1, wait);
}

// A member function template of an ordinary class.
class till {
public:
  template <class Amount>
  task<> take_bad(Amount cost) {
    if (balance_ < money(cost))
      co_return;
    co_await sleep_for({5});
    balance_ -= money(cost); // expect: stale-check
  }

  // An abbreviated template.
  task<> take_auto_bad(auto cost) {
    const money next = balance_ - money(cost);
    co_await sleep_for({5});
    balance_ = next; // expect: stale-value
  }

private:
  money balance_;
};

task<> use_till(till &t) {
  co_await t.take_bad(1);
  co_await t.take_auto_bad(2);
}
