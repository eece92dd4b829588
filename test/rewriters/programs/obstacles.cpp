// Where no guard can be held: a plain function writes as well, the region calls
// itself, or waits for somebody. What needs no guard is done instead.
#include "program.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

task<> settle() { co_await step{}; }
task<bool> accepted(bool answer) {
  co_await step{};
  co_return answer;
}
task<> submit(bool fail) {
  co_await step{};
  if (fail)
    throw std::runtime_error("rejected");
}

struct Account {
  long balance_ = 100;
  long spent = 0;
  void deposit(long amount) { balance_ += amount; }
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
    spent += cost;
  }
};
void on_transfer(Account &a) { a.deposit(10); }
task<> transfer(Account &a) {
  co_await settle();
  on_transfer(a);
}
PROGRAM(deposit_by_a_plain_function) {
  Account a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.spawn(transfer(a));
  w.run();
  return a.balance_ >= 0 && a.balance_ == 110 - a.spent;
}

struct Copied {
  long balance_ = 100;
  long spent = 0;
  void charge(long fee) {
    if (balance_ >= fee)
      balance_ -= fee, spent += fee;
  }
  task<bool> buy(long cost, bool fail) {
    const long seen = balance_;
    if (seen < cost)
      co_return false;
    co_await submit(fail);
    balance_ = seen - cost;
    spent += cost;
    co_return true;
  }
};
void on_fee(Copied &a) { a.charge(30); }
task<> fee(Copied &a) {
  co_await settle();
  on_fee(a);
}
task<> trade(Copied &a, long cost, bool fail) {
  (void)co_await a.buy(cost, fail);
}
PROGRAM(write_back_beside_a_plain_debit) {
  Copied a;
  w.spawn(trade(a, 60, false));
  w.spawn(trade(a, 50, true));
  w.spawn(fee(a));
  w.run();
  return a.balance_ >= 0 && a.balance_ == 100 - a.spent;
}

struct Order {
  long quantity = 0, price = 0;
};
struct Desk {
  long balance_ = 100;
  void withdraw(long amount) { balance_ -= amount; }
  task<> buy(Order o, bool answer) {
    if (balance_ >= o.quantity * o.price) {
      const bool ok = co_await accepted(answer);
      if (ok)
        balance_ -= o.quantity * o.price;
    }
  }
};
void on_withdrawal(Desk &a) {
  if (a.balance_ >= 20)
    a.withdraw(20);
}
task<> withdrawal(Desk &a) {
  co_await settle();
  on_withdrawal(a);
}
PROGRAM(amount_of_an_order_that_may_fail) {
  Desk a;
  w.spawn(a.buy({6, 10}, true));
  w.spawn(a.buy({9, 10}, false));
  w.spawn(withdrawal(a));
  w.spawn(a.buy({5, 10}, true));
  w.run();
  return a.balance_ >= 0;
}

struct Position {
  long size = 0, paid = 0;
};
struct Book {
  std::map<std::string, Position> positions_{{"BTC", {}}};
  void fill(const std::string &symbol, long size, long price) {
    Position &p = positions_[symbol];
    p.size += size;
    p.paid += size * price;
  }
  task<> add(std::string symbol, long size, long price) {
    Position &p = positions_.at(symbol);
    const long old = p.size, paid = p.paid;
    co_await settle();
    p.size = old + size;
    p.paid = paid + size * price;
  }
};
void on_fill(Book &b) { b.fill("BTC", 1, 9); }
task<> filled(Book &b) {
  co_await settle();
  on_fill(b);
}
PROGRAM(position_that_a_plain_function_fills) {
  Book b;
  w.spawn(b.add("BTC", 2, 10));
  w.spawn(b.add("BTC", 3, 11));
  w.spawn(filled(b));
  w.run();
  const Position &p = b.positions_["BTC"];
  return p.size == 6 && p.paid == 62;
}

struct Orders {
  std::map<int, long> orders_;
  int refused = 0;
  void restore(int id, long quantity) { orders_[id] = quantity; }
  task<> place(int id, long quantity) {
    if (orders_.contains(id))
      co_return;
    co_await settle();
    orders_[id] = quantity;
  }
};
void on_replay(Orders &o) {
  if (!o.orders_.contains(7))
    o.restore(7, 70);
  else
    ++o.refused;
}
task<> replay(Orders &o) {
  co_await settle();
  on_replay(o);
}
PROGRAM(order_that_a_plain_function_restores) {
  Orders o;
  w.spawn(o.place(7, 1));
  w.spawn(replay(o));
  w.run();
  return o.orders_[7] == (o.refused ? 1 : 70);
}

struct Outbox {
  std::vector<long> orders_{10, 20};
  long sent_ = 0;
  void add(long quantity) { orders_.push_back(quantity); }
  task<> send(long quantity) {
    co_await step{};
    sent_ += quantity;
  }
  task<> flush() {
    const std::size_t count = orders_.size();
    for (std::size_t i = 0; i < count; ++i)
      co_await send(orders_[i]);
    orders_.clear();
  }
  long waiting() const {
    long sum = 0;
    for (const long quantity : orders_)
      sum += quantity;
    return sum;
  }
};
void on_order(Outbox &o) { o.add(5); }
task<> ordered(Outbox &o) {
  co_await settle();
  on_order(o);
}
PROGRAM(content_that_a_plain_function_adds_to) {
  Outbox o;
  w.spawn(o.flush());
  w.spawn(ordered(o));
  w.run();
  return o.sent_ + o.waiting() == 35;
}

struct Recursive {
  long balance_ = 100;
  task<> buy(long cost, int depth) {
    if (balance_ < cost)
      co_return;
    co_await settle();
    if (depth > 0)
      co_await buy(cost, depth - 1);
    balance_ -= cost;
  }
};
PROGRAM(recursion_in_the_region) {
  Recursive a;
  w.spawn(a.buy(60, 1));
  w.spawn(a.buy(60, 0));
  w.run();
  return a.balance_ == 40;
}

/// Opens once, and lets through whoever waits. That it is waited for by others
/// shows in what they call, not in its name.
class Flagpole {
public:
  auto raised() {
    struct Watching {
      Flagpole &pole;
      bool await_ready() const { return pole.up_; }
      void await_suspend(std::coroutine_handle<> h) {
        pole.watching_.push_back(h);
      }
      void await_resume() const {}
    };
    return Watching{*this};
  }
  void hoist() {
    up_ = true;
    for (const auto h : std::exchange(watching_, {}))
      proof::world::current()->ready(h);
  }

private:
  bool up_ = false;
  std::vector<std::coroutine_handle<>> watching_;
};

/// Who completes the wait changes the state as well: under a guard he would
/// never get there.
struct WaitsForWriter {
  Flagpole pole_;
  long balance_ = 100;
  task<> confirmed() { co_await pole_.raised(); }
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await pole_.raised();
    balance_ -= cost;
  }
  task<> order(long cost) {
    if (balance_ < cost)
      co_return;
    co_await confirmed();
    balance_ -= cost;
  }
  task<> fill(long bonus) {
    co_await step{};
    balance_ += bonus;
    pole_.hoist();
  }
};
PROGRAM(waits_for_another_writer) {
  WaitsForWriter a;
  w.spawn(a.buy(60));
  w.spawn(a.order(60));
  w.spawn(a.fill(1));
  w.run();
  return a.balance_ == 41;
}

/// Who completes this wait wants no lock: a guard may be held.
struct WaitsForNobody {
  Flagpole pole_;
  long balance_ = 100;
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await pole_.raised();
    balance_ -= cost;
  }
  task<> fill() {
    co_await step{};
    pole_.hoist();
  }
};
PROGRAM(waits_for_one_who_writes_nothing) {
  WaitsForNobody a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.spawn(a.fill());
  w.run();
  return a.balance_ == 40;
}

/// Filled by a plain function first, then through a plain function by others.
struct Gateway {
  std::vector<int> pending_orders_;
  int sent = 0;
  void add(int id) { pending_orders_.push_back(id); }
  task<> send(int) {
    ++sent;
    co_await step{};
  }
  task<> send_all() {
    const std::size_t count = pending_orders_.size();
    for (std::size_t i = 0; i < count; ++i)
      co_await send(pending_orders_[i]);
    pending_orders_.clear();
  }
};
task<> strategy(Gateway &g) {
  g.add(200);
  co_await settle();
  g.add(201);
}
PROGRAM(content_that_others_add_to) {
  Gateway g;
  g.add(100);
  w.spawn(g.send_all());
  w.spawn(strategy(g));
  w.run();
  return g.sent + static_cast<int>(g.pending_orders_.size()) == 3;
}

} // namespace
