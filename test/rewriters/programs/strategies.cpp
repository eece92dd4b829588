// Programs that every strategy and every place of the lock must repair.
#include "program.hpp"

#include <map>
#include <stdexcept>
#include <string>

namespace {

task<> submit(bool fail) {
  co_await step{};
  if (fail)
    throw std::runtime_error("rejected");
}

class Account {
public:
  explicit Account(long opening) : balance_(opening) {}
  task<bool> buy(long cost, bool fail) {
    if (balance_ < cost)
      co_return false;
    co_await submit(fail);
    balance_ -= cost;
    co_return true;
  }
  long balance() const { return balance_; }

private:
  long balance_;
};

task<> trade(Account &account, long cost, bool fail) {
  (void)co_await account.buy(cost, fail);
}

PROGRAM(debit_after_the_venue) {
  Account a(100);
  w.spawn(trade(a, 60, false));
  w.spawn(trade(a, 60, false));
  w.run();
  return a.balance() == 40;
}

PROGRAM(debit_after_a_venue_that_may_fail) {
  Account a(100);
  w.spawn(trade(a, 30, true));
  w.spawn(trade(a, 60, false));
  w.spawn(trade(a, 50, true));
  w.spawn(trade(a, 70, false));
  w.run();
  return a.balance() >= 0;
}

struct Quota {
  long balance_ = 3;
  int served = 0;
  task<> serve() {
    for (int i = 0; i < 2; ++i) {
      if (balance_ <= 0)
        break;
      co_await submit(false);
      balance_ -= 1;
      ++served;
    }
  }
};
PROGRAM(break_out_of_a_loop) {
  Quota q;
  w.spawn(q.serve());
  w.spawn(q.serve());
  w.run();
  return q.balance_ == 0;
}

/// One of the two can only be repaired by a guard: the other takes it, too.
struct Meter {
  long balance_ = 50;
  long drawn = 0, returned = 0;
  task<> draw(long units) {
    if (balance_ < units)
      co_return;
    co_await submit(false);
    balance_ -= units;
    drawn += units;
  }
  task<> pay_back(long keep) {
    const long rest = balance_ - keep;
    if (rest <= 0)
      co_return;
    co_await submit(false);
    balance_ = keep;
    returned += rest;
  }
};
PROGRAM(one_of_two_wants_a_guard) {
  Meter m;
  w.spawn(m.draw(30));
  w.spawn(m.pay_back(10));
  w.run();
  return m.balance_ >= 0 && m.balance_ + m.drawn + m.returned == 50;
}

/// Two states that one check decides about, changed in one slice.
struct Portfolio {
  long balance_ = 100;
  std::map<std::string, long> positions_;
  task<> buy(std::string fund, long units, long price, bool fail) {
    const bool affordable = balance_ >= units * price;
    if (!affordable || positions_[fund] + units > 5)
      co_return;
    co_await submit(fail);
    balance_ -= units * price;
    positions_[fund] += units;
  }
};
task<> order(Portfolio &p, std::string fund, long units, long price,
             bool fail) {
  try {
    co_await p.buy(std::move(fund), units, price, fail);
  } catch (const std::runtime_error &) {
  }
}
PROGRAM(two_states_of_one_slice) {
  Portfolio p;
  w.spawn(order(p, "gold", 3, 20, false));
  w.spawn(order(p, "gold", 3, 10, false));
  w.spawn(order(p, "tin", 2, 30, true));
  w.run();
  const long gold = p.positions_["gold"];
  return p.balance_ >= 40 && gold <= 5 && p.positions_["tin"] == 0;
}

/// What is done on a rejection waits itself: it is no way out to repeat.
struct Canteen {
  long balance_ = 100;
  task<> pay(long price, bool fail) {
    if (balance_ < price) {
      if (balance_ >= 30) {
        co_await submit(false);
        balance_ -= 30;
      }
      co_return;
    }
    co_await submit(fail);
    balance_ -= price;
  }
};
task<> eat(Canteen &c, long price) { co_await c.pay(price, false); }
PROGRAM(rejection_that_waits) {
  Canteen c;
  w.spawn(eat(c, 80));
  w.spawn(eat(c, 60));
  w.spawn(eat(c, 70));
  w.run();
  return c.balance_ >= 0;
}

} // namespace
