// Programs that every strategy and every place of the lock must repair.
#include "program.hpp"

#include <map>
#include <stdexcept>
#include <string>

/// A class that anybody may use.
namespace ferry {
struct Deck {
  bool fits(long tonnes) const { return balance_ >= tonnes; }
  long left() const { return balance_; }
  void take(long tonnes) { balance_ -= tonnes; }
  void set(long tonnes) { balance_ = tonnes; }
  long balance_ = 100;
};
} // namespace ferry

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

/// The same in two slices: who finds out behind the second wait that it was for
/// nothing has paid by then.
struct Installments {
  long balance_ = 100;
  std::map<std::string, long> positions_;
  task<> buy(std::string fund, long units, long price) {
    if (balance_ < units * price || positions_[fund] + units > 5)
      co_return;
    co_await submit(false);
    balance_ -= units * price;
    co_await submit(false);
    positions_[fund] += units;
  }
};
PROGRAM(two_states_of_two_slices) {
  Installments p;
  w.spawn(p.buy("gold", 3, 20));
  w.spawn(p.buy("gold", 3, 20));
  w.run();
  return p.balance_ == 40 && p.positions_["gold"] == 3;
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

/// The answer of the check decides only behind the wait.
struct Answered {
  long balance_ = 100;
  long skipped = 0;
  task<> draw(long cost) {
    const bool affordable = cost <= balance_;
    co_await submit(false);
    if (!affordable) {
      ++skipped;
      co_return;
    }
    balance_ -= cost;
  }
};
PROGRAM(decided_behind_the_wait) {
  Answered a;
  w.spawn(a.draw(60));
  w.spawn(a.draw(60));
  w.spawn(a.draw(30));
  w.run();
  return a.balance_ >= 0 && a.skipped > 0;
}

/// The slice that follows makes the check untrue for itself.
struct Once {
  struct Order {
    long price;
    bool settled = false;
  };
  std::map<int, Order> orders_{{1, {60}}, {2, {60}}};
  long balance_ = 100;
  task<> settle(int id) {
    Order &order = orders_[id];
    if (order.settled || balance_ < order.price)
      co_return;
    co_await submit(false);
    order.settled = true;
    balance_ -= order.price;
  }
};
PROGRAM(settled_once) {
  Once o;
  w.spawn(o.settle(1));
  w.spawn(o.settle(1));
  w.spawn(o.settle(2));
  w.run();
  return o.balance_ == 40;
}

/// A guard in the one does not keep out the other if that takes none.
struct Office {
  ferry::Deck deck;
  long booked = 0, kept = 0;
  task<> book(long tonnes) {
    if (!deck.fits(tonnes))
      co_return;
    co_await submit(false);
    deck.take(tonnes);
    booked += tonnes;
  }
  task<> keep_half() {
    const long before = deck.left();
    co_await submit(false);
    deck.set(before - before / 2);
    kept += before / 2;
  }
};
PROGRAM(guard_for_the_one_and_for_the_other) {
  Office o;
  w.spawn(o.book(30));
  w.spawn(o.keep_half());
  w.spawn(o.book(60));
  w.run();
  return o.deck.left() >= 0 && o.deck.left() + o.booked + o.kept == 100;
}

/// What was computed from the state stays old, however often it is checked.
struct Billing {
  struct Order {
    bool weighed = true;
    long grams = 500;
    long billed = 0;
  };
  std::map<int, Order> orders_{{1, {}}};
  task<> weigh(int id, long grams) {
    co_await submit(false);
    orders_[id].grams = grams;
  }
  task<> bill(int id) {
    Order &order = orders_[id];
    if (!order.weighed || order.billed > 0)
      co_return;
    const long cents = order.grams * 2;
    co_await submit(false);
    order.billed += cents;
  }
};
PROGRAM(billed_for_what_it_weighs) {
  Billing b;
  w.spawn(b.bill(1));
  w.spawn(b.bill(1));
  w.spawn(b.weigh(1, 700));
  w.run();
  const long billed = b.orders_[1].billed;
  return billed == 1000 || billed == 1400;
}

/// What the flag is for is over when it could be looked at again.
struct Stop {
  std::map<int, Once::Order> orders_{{1, {60}}};
  long sent = 0;
  task<> send(long quantity) {
    sent += quantity;
    co_await step{};
  }
  task<> tick(int id) {
    Once::Order &order = orders_[id];
    if (order.settled)
      co_return;
    co_await send(order.price);
    order.settled = true;
  }
};
PROGRAM(sent_once) {
  Stop s;
  w.spawn(s.tick(1));
  w.spawn(s.tick(1));
  w.run();
  return s.sent == 60;
}

/// One side is written back, so all writers hold a guard: one of them has two
/// changes, and one guard is held over both.
struct Purse {
  long balance = 0;
};
struct Bank {
  task<> transfer(Purse &from, Purse &to, long amount) {
    if (from.balance < amount)
      co_return;
    co_await submit(false);
    from.balance -= amount;
    to.balance += amount;
  }
  task<> tithe(Purse &of, long &church) {
    const long tenth = of.balance / 10;
    co_await submit(false);
    of.balance = of.balance - tenth;
    church += tenth;
  }
};
PROGRAM(transfers_and_a_write_back) {
  Bank b;
  Purse one{100}, two{50};
  long church = 0;
  w.spawn(b.transfer(one, two, 60));
  w.spawn(b.transfer(one, two, 60));
  w.spawn(b.tithe(one, church));
  w.run();
  return one.balance >= 0 && one.balance + two.balance + church == 150;
}

// The answer is worked out before the wait and decides behind it: what is not
// there is not taken, not even for a while.
struct Booth {
  long balance_ = 100;
  bool overdrawn = false;
  task<> take(long amount) {
    const long before = balance_;
    const bool enough = before >= amount;
    co_await submit(false);
    if (enough)
      balance_ = before - amount;
  }
  task<> look() {
    co_await step{};
    overdrawn = overdrawn || balance_ < 0;
  }
};
PROGRAM(answer_that_decides_later) {
  Booth b;
  w.spawn(b.take(60));
  w.spawn(b.take(160));
  w.spawn(b.take(30));
  w.spawn(b.look());
  w.run();
  return !b.overdrawn && b.balance_ == 10;
}

} // namespace
