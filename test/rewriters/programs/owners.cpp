// Programs that every place of the lock must repair alike: members reached by
// their own functions, by others and from bases.
#include "program.hpp"

#include <memory>
#include <string>

namespace {

task<> settle() { co_await step{}; }

class Base {
public:
  long cash() const { return balance_; }

protected:
  long balance_ = 100;
  task<> deposit(long amount) {
    const long old = balance_;
    co_await settle();
    balance_ = old + amount;
  }
};

class Derived : public Base {
public:
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
  }
  task<> move(long amount) { co_await deposit(amount); }
};
PROGRAM(state_of_a_base) {
  Derived a;
  w.spawn(a.buy(60));
  w.spawn(a.move(10));
  w.spawn(a.buy(60));
  w.run();
  return a.cash() == 50;
}

struct Account {
  long balance_ = 100;
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
  }
};
task<> fee(Account &account, long cost) {
  const long old = account.balance_;
  co_await settle();
  account.balance_ = old - cost;
}
PROGRAM(own_function_and_a_free_one) {
  Account a;
  w.spawn(a.buy(60));
  w.spawn(fee(a, 10));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ == 30;
}

struct Row {
  std::string name;
  long balance = 0;
};
struct Table {
  Row rows[2] = {{"a", 100}, {"b", 50}};
  Row &row(std::size_t i) { return rows[i]; }
};
task<> spend(Table &table, std::size_t at, long cost) {
  Row &row = table.row(at);
  if (row.balance < cost)
    co_return;
  co_await settle();
  row.balance -= cost;
}
PROGRAM(aggregates_with_positional_initialisers) {
  Table t;
  w.spawn(spend(t, 0, 60));
  w.spawn(spend(t, 0, 60));
  w.spawn(spend(t, 1, 30));
  w.run();
  return t.rows[0].balance >= 0 && t.rows[1].balance == 20;
}

class Wallet {
public:
  Wallet() = default;
  explicit Wallet(long opening) : balance_(opening) {}
  task<> pay(std::shared_ptr<Wallet> to, long amount) {
    if (balance_ < amount)
      co_return;
    co_await settle();
    balance_ -= amount;
    to->balance_ += amount;
  }
  long cash() const { return balance_; }

private:
  long balance_ = 100;
};
PROGRAM(constructors_and_private_members) {
  auto a = std::make_shared<Wallet>(100), b = std::make_shared<Wallet>();
  w.spawn(a->pay(b, 60));
  w.spawn(a->pay(b, 60));
  w.run();
  return a->cash() >= 0 && a->cash() + b->cash() == 200;
}

struct Purse {
  long balance_ = 100;
};
task<> pay_from(Purse *purse, long amount) {
  if (!purse || purse->balance_ < amount)
    co_return;
  co_await settle();
  purse->balance_ -= amount;
}
PROGRAM(pointer_that_may_be_null) {
  Purse p;
  w.spawn(pay_from(&p, 60));
  w.spawn(pay_from(&p, 60));
  w.spawn(pay_from(nullptr, 60));
  w.run();
  return p.balance_ >= 0;
}

/// Where an object is does not change by what is done to it.
struct Till {
  long balance_ = 100;
  bool has(long amount) const { return balance_ >= amount; }
  void take(long amount) { balance_ -= amount; }
};
task<> pay_out(Till &till, long amount) {
  if (!till.has(amount))
    co_return;
  co_await step{};
  till.take(amount);
}
PROGRAM(object_that_is_lent) {
  Till t;
  w.spawn(pay_out(t, 60));
  w.spawn(pay_out(t, 60));
  w.run();
  return t.balance_ >= 0;
}

} // namespace
