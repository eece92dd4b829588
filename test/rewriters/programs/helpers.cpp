// Checks in one function, modifies in another.
#include "program.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace {

task<> settle() { co_await step{}; }

struct OneCaller {
  long balance_ = 100;
  task<> debit(long cost) {
    co_await settle();
    balance_ -= cost;
  }
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await debit(cost);
  }
};
PROGRAM(helper_of_one_caller) {
  OneCaller a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ == 40;
}

struct TwoCheckingCallers {
  long balance_ = 100;
  task<> debit(long cost) {
    co_await settle();
    balance_ -= cost;
  }
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await debit(cost);
  }
  task<> withdraw(long amount) {
    if (balance_ - amount < 10)
      co_return;
    co_await debit(amount);
  }
};
PROGRAM(helper_of_two_callers_that_check) {
  TwoCheckingCallers a;
  w.spawn(a.buy(60));
  w.spawn(a.withdraw(60));
  w.spawn(a.buy(30));
  w.run();
  return a.balance_ >= 0;
}

struct WithAndWithout {
  long balance_ = 100;
  std::string last_;
  task<> debit(long cost, std::string why) {
    const long seen = balance_;
    co_await settle();
    balance_ = seen - cost;
    last_ = why;
  }
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await debit(cost, "buy");
  }
  task<> fee() { co_await debit(1, "fee"); }
};
PROGRAM(helper_called_with_and_without_the_lock) {
  WithAndWithout a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.spawn(a.fee());
  w.run();
  return a.balance_ == 39;
}

class Declared {
public:
  task<> debit(long cost);
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await debit(cost);
  }
  task<> fee();
  long balance_ = 100;
};
task<> Declared::debit(long cost) {
  const long seen = balance_;
  co_await settle();
  balance_ = seen - cost;
}
task<> Declared::fee() { co_await debit(1); }
PROGRAM(helper_declared_in_the_class) {
  Declared a;
  w.spawn(a.buy(60));
  w.spawn(a.fee());
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ == 39;
}

/// The state is another object's, which knows the key as its parameter.
class Cellar {
public:
  explicit Cellar(std::map<std::string, long> stock)
      : holdings_(std::move(stock)) {}
  bool has(const std::string &wine, long bottles) const {
    const auto found = holdings_.find(wine);
    return found != holdings_.end() && found->second >= bottles;
  }
  void hand_out(const std::string &wine, long bottles) {
    holdings_[wine] -= bottles;
  }
  long left(const std::string &wine) const { return holdings_.at(wine); }

private:
  std::map<std::string, long> holdings_;
};
struct Request {
  std::string wine;
  long bottles = 0;
};
struct Butler {
  Cellar &cellar_;
  task<> serve(Request request) {
    if (!cellar_.has(request.wine, request.bottles))
      co_return;
    co_await settle();
    cellar_.hand_out(request.wine, request.bottles);
  }
};
PROGRAM(helpers_of_another_class_with_a_key) {
  Cellar c({{"Barolo", 3}});
  Butler first{c}, second{c};
  w.spawn(first.serve({"Barolo", 2}));
  w.spawn(second.serve({"Barolo", 2}));
  w.run();
  return c.left("Barolo") == 1;
}

/// The caller goes on as the helper says, which looks for itself: one guard in
/// the helper is enough, and none in the caller could be given back in between.
struct Looks {
  enum stage { open, paid, sent };
  std::map<int, stage> orders_{{1, open}, {2, open}};
  long paid_ = 0, sent_ = 0, undone_ = 0;
  task<stage> advance(int id) {
    switch (stage &at = orders_.at(id); at) {
    case open:
      co_await settle();
      at = paid;
      ++paid_;
      break;
    case paid:
      co_await settle();
      at = sent;
      ++sent_;
      [[fallthrough]];
    case sent:
      break;
    }
    co_return orders_.at(id);
  }
  task<> drive(int id, int times) {
    while (times-- > 0) {
      const auto at = co_await advance(id);
      if (at == sent)
        co_return;
    }
  }
  task<> undo(int id) {
    const auto found = orders_.find(id);
    if (found->second != paid)
      co_return;
    co_await settle();
    found->second = open;
    ++undone_;
  }
};
PROGRAM(helper_that_looks_for_itself) {
  Looks a;
  w.spawn(a.drive(1, 2));
  w.spawn(a.drive(1, 2));
  w.spawn(a.undo(1));
  w.run();
  long paid = 0, sent = 0;
  for (const auto &[id, at] : a.orders_) {
    paid += at != Looks::open;
    sent += at == Looks::sent;
  }
  return a.paid_ - a.undone_ == paid && a.sent_ == sent;
}

/// What a pass may take depends on the passes before, so the guard stands
/// around the loop; who needs the same lock elsewhere gets his with it.
struct Parts {
  std::map<int, long> positions_;
  long highest_ = 0, bought_ = 0;
  task<> buy(int what, long wanted) {
    long filled = 0;
    do {
      long &held = positions_[what];
      if (held >= 10)
        break;
      const long part = std::min({wanted - filled, 10 - held, 6L});
      co_await settle();
      held += part;
      highest_ = std::max(highest_, held);
      bought_ += part;
      filled += part;
    } while (filled < wanted);
  }
  task<> deliver(int what, long &used) {
    const long held = positions_[what];
    if (held == 0)
      co_return;
    co_await settle();
    positions_[what] = 0;
    used += held;
  }
};
PROGRAM(guard_around_a_loop_and_one_elsewhere) {
  Parts a;
  long used = 0;
  w.spawn(a.buy(1, 8));
  w.spawn(a.buy(1, 5));
  w.spawn(a.deliver(1, used));
  w.run();
  return a.highest_ <= 10 && a.positions_[1] + used == a.bought_;
}

/// One check for two calls: the guard is held until the second has ended.
struct InTwoParts {
  long balance_ = 100;
  task<> take(long amount) {
    co_await settle();
    balance_ -= amount;
  }
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await take(cost / 2);
    co_await take(cost - cost / 2);
  }
};
PROGRAM(helper_called_twice_on_one_check) {
  InTwoParts a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(70));
  w.run();
  return a.balance_ >= 0;
}

/// What the caller decides by is an amount that the callee has taken: each
/// holds its own guard.
struct Rental {
  std::map<int, long> positions_;
  task<long> rent(int what, long n) {
    auto &position = positions_[what];
    if (position + n > 7)
      co_return 0;
    co_await settle();
    position += n;
    co_return n;
  }
  task<> bring_back(int what, long n) {
    const long out = positions_[what];
    co_await settle();
    positions_[what] = out - n;
  }
};
task<> outing(Rental &r, long n) {
  const long got = co_await r.rent(1, n);
  if (got > 1)
    co_await r.bring_back(1, got - 1);
}
PROGRAM(amount_that_was_taken_decides) {
  Rental r;
  w.spawn(outing(r, 4));
  w.spawn(outing(r, 5));
  w.run();
  const long out = r.positions_[1];
  return out == 1 || out == 2;
}

/// One check for two helpers: the guard is held over both.
struct PriceAndFee {
  long balance_ = 100;
  task<> charge(long price) {
    co_await settle();
    balance_ -= price;
  }
  task<> fee(long amount) {
    co_await settle();
    balance_ -= amount;
  }
  task<> buy(long price) {
    if (balance_ < price + 1)
      co_return;
    co_await charge(price);
    if (price > 10)
      co_await fee(1);
  }
};
PROGRAM(two_helpers_called_on_one_check) {
  PriceAndFee a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(39));
  w.run();
  return a.balance_ >= 0;
}

/// The second one is called by others, too, who made no check.
struct AlsoAlone {
  long balance_ = 100;
  task<> charge(long price) {
    co_await settle();
    balance_ -= price;
  }
  task<> move(long amount) {
    const long after = balance_ + amount;
    co_await settle();
    balance_ = after;
  }
  task<> buy(long price) {
    if (balance_ < price + 1)
      co_return;
    co_await charge(price);
    co_await move(-1);
  }
};
PROGRAM(second_helper_called_alone_as_well) {
  AlsoAlone a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(39));
  w.spawn(a.move(1));
  w.run();
  return a.balance_ == 0 || a.balance_ == 1 || a.balance_ == 40 ||
         a.balance_ == 61;
}

/// The helper looks for itself: the guard is in there, and not held by who asks
/// before.
struct Asked {
  double balance_ = 100;
  long asked = 0;
  task<> take(double cost) {
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
  }
  task<> take_some(int count, double cost) {
    while (count-- > 0) {
      if (balance_ < cost)
        co_return;
      ++asked;
      co_await settle();
      co_await take(cost);
    }
  }
};
PROGRAM(helper_that_looks_as_well) {
  Asked a;
  w.spawn(a.take_some(2, 60));
  w.spawn(a.take_some(1, 60));
  w.run();
  return a.balance_ >= 0;
}

/// The helper relies on who calls it.
struct Relied {
  double balance_ = 100, taken = 0;
  task<> take(double cost) {
    const double before = balance_;
    co_await settle();
    balance_ = before - cost;
    taken += cost;
  }
  task<> take_some(int count, double cost) {
    while (count-- > 0) {
      if (balance_ < cost)
        co_return;
      co_await take(cost);
    }
  }
};
PROGRAM(helper_that_relies_on_its_caller) {
  Relied a;
  w.spawn(a.take_some(2, 60));
  w.spawn(a.take_some(1, 30));
  w.run();
  return a.balance_ >= 0 && a.balance_ + a.taken == 100;
}

/// One lock for all members of a category: whoever holds it for one of them
/// calls what takes it for others.
struct Postings {
  long debit_balance_ = 0, credit_balance_ = 0;
  long cash_balance_ = 100;
  task<> post(long amount) {
    const long debit = debit_balance_;
    const long credit = credit_balance_;
    co_await settle();
    debit_balance_ = debit + amount;
    credit_balance_ = credit + amount;
  }
  task<> spend(long amount) {
    if (cash_balance_ < amount)
      co_return;
    co_await post(amount);
    cash_balance_ -= amount;
  }
  task<> clear(long &cleared) {
    co_await settle();
    cleared += debit_balance_;
    debit_balance_ = 0;
    credit_balance_ = 0;
  }
};
PROGRAM(helper_for_other_members_of_the_category) {
  Postings p;
  long cleared = 0;
  w.spawn(p.spend(60));
  w.spawn(p.spend(60));
  w.spawn(p.post(1));
  w.spawn(p.clear(cleared));
  w.run();
  return p.debit_balance_ == p.credit_balance_ && p.cash_balance_ >= 0 &&
         p.debit_balance_ + cleared + p.cash_balance_ == 101;
}

} // namespace
