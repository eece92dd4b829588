// Checks in one function, modifies in another.
#include "program.hpp"

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

} // namespace
