// More code that looks like the defects and is none: not a byte may change.
#include "program.hpp"

#include <interlock/safe_state.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

task<> settle() { co_await step{}; }
task<long> quote(long price) {
  co_await step{};
  co_return price;
}

struct ByHand {
  long balance_ = 100;
  task<> buy(long cost) {
    auto guard =
        co_await interlock::get_global_safe_state().atomic_balance_update();
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
  }
};
PROGRAM(guarded_by_hand_safe) {
  ByHand a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Owned {
  task<> buy(long cost) {
    struct {
      long balance_ = 100;
    } account;
    if (account.balance_ < cost)
      co_return;
    co_await settle();
    account.balance_ -= cost;
    good = good && account.balance_ >= 0;
  }
  bool good = true;
};
PROGRAM(state_of_the_activity_alone_safe) {
  Owned a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.good;
}

struct QuoteFirst {
  long balance_ = 100;
  task<> buy(long cost) {
    const long price = co_await quote(cost);
    if (balance_ < price)
      co_return;
    balance_ -= price;
  }
};
PROGRAM(awaits_before_the_check_safe) {
  QuoteFirst a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Report {
  long balance_ = 100;
  long seen = 0;
  task<> show() {
    const long before = balance_;
    co_await settle();
    seen = std::max(seen, before);
  }
  task<> charge() {
    co_await settle();
    balance_ -= 10;
  }
};
PROGRAM(read_that_writes_nothing_back_safe) {
  Report a;
  w.spawn(a.show());
  w.spawn(a.charge());
  w.run();
  return a.seen == 100 || a.seen == 90;
}

struct Claim {
  bool order_open_ = false;
  int sent = 0;
  task<> send() {
    if (std::exchange(order_open_, true))
      co_return;
    co_await settle();
    ++sent;
  }
};
PROGRAM(claimed_by_an_exchange_safe) {
  Claim a;
  w.spawn(a.send());
  w.spawn(a.send());
  w.run();
  return a.sent == 1;
}

struct Reserve {
  long balance_ = 100;
  task<> buy(long cost, bool fails) {
    if (balance_ < cost)
      co_return;
    balance_ -= cost;
    co_await settle();
    if (fails)
      balance_ += cost;
  }
};
PROGRAM(reserved_and_given_back_safe) {
  Reserve a;
  w.spawn(a.buy(60, true));
  w.spawn(a.buy(60, false));
  w.run();
  return a.balance_ >= 0 && a.balance_ <= 100;
}

struct FreshLookup {
  std::map<std::string, long> positions_{{"BTC", 0}};
  task<> add(std::string symbol, long qty) {
    co_await settle();
    if (auto it = positions_.find(symbol); it != positions_.end())
      it->second += qty;
  }
};
PROGRAM(looked_up_behind_the_await_safe) {
  FreshLookup a;
  w.spawn(a.add("BTC", 1));
  w.spawn(a.add("BTC", 2));
  w.run();
  return a.positions_["BTC"] == 3;
}

struct NeverSuspends {
  struct ready {
    bool await_ready() const noexcept { return true; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    void await_resume() const noexcept {}
  };
  long balance_ = 100;
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await ready{};
    balance_ -= cost;
  }
};
PROGRAM(await_that_never_suspends_safe) {
  NeverSuspends a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Copied {
  long balance_ = 100;
};
task<long> value_of(Copied account) {
  const long before = account.balance_;
  co_await settle();
  account.balance_ = before + 1;
  co_return account.balance_;
}
task<> valued(Copied account, long &result) {
  result = co_await value_of(account);
}
PROGRAM(parameter_by_value_safe) {
  Copied a;
  long one = 0, two = 0;
  w.spawn(valued(a, one));
  w.spawn(valued(a, two));
  w.run();
  return one == 101 && two == 101;
}

struct Validated {
  long balance_ = 100;
  task<> buy(long cost) {
    while (true) {
      const long seen = balance_;
      if (seen < cost)
        co_return;
      co_await settle();
      if (balance_ != seen)
        continue;
      balance_ = seen - cost;
      co_return;
    }
  }
};
PROGRAM(old_value_compared_safe) {
  Validated a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Init {
  explicit Init(long opening) {
    if (balance_ < opening)
      balance_ = opening;
  }
  long balance_ = 0;
  task<> add() {
    co_await settle();
    ++balance_;
  }
};
PROGRAM(constructor_and_relative_update_safe) {
  Init a(100);
  w.spawn(a.add());
  w.spawn(a.add());
  w.run();
  return a.balance_ == 102;
}

} // namespace
