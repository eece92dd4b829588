// Code that looks like the defects and is none.
#include "program.hpp"

#include <map>
#include <string>
#include <utility>

namespace {

task<> settle() { co_await step{}; }
task<long> fee() {
  co_await step{};
  co_return 1;
}

struct Claimed {
  long balance_ = 100;
  task<> buy(long cost) {
    if (balance_ >= cost) {
      balance_ -= cost;
      co_await settle();
    }
  }
};
PROGRAM(claimed_before_the_await_safe) {
  Claimed a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Rechecked {
  long balance_ = 100;
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await settle();
    if (balance_ < cost)
      co_return;
    balance_ -= cost;
  }
};
PROGRAM(checked_again_safe) {
  Rechecked a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Relative {
  long balance_ = 100;
  task<> charge() { balance_ -= co_await fee(); }
};
PROGRAM(compound_assignment_safe) {
  Relative a;
  w.spawn(a.charge());
  w.spawn(a.charge());
  w.run();
  return a.balance_ == 98;
}

struct Refreshed {
  long balance_ = 100;
  task<> deposit(long amount) {
    long seen = balance_;
    co_await settle();
    seen = balance_;
    balance_ = seen + amount;
  }
};
PROGRAM(refreshed_copy_safe) {
  Refreshed a;
  w.spawn(a.deposit(10));
  w.spawn(a.deposit(20));
  w.run();
  return a.balance_ == 130;
}

struct Exchanged {
  long balance_ = 100;
  long sent = 0;
  task<> sweep() {
    const long all = std::exchange(balance_, 0);
    co_await settle();
    sent += all;
  }
};
PROGRAM(exchanged_before_the_await_safe) {
  Exchanged a;
  w.spawn(a.sweep());
  w.spawn(a.sweep());
  w.run();
  return a.sent == 100;
}

struct Ready {
  long balance_ = 100;
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await std::suspend_never{};
    balance_ -= cost;
  }
};
PROGRAM(await_that_never_suspends_safe) {
  Ready a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Locals {
  task<> count(long &total) {
    long balance = 100;
    if (balance < 60)
      co_return;
    co_await settle();
    balance -= 60;
    total += balance;
  }
};
PROGRAM(local_state_safe) {
  Locals a;
  long total = 0;
  w.spawn(a.count(total));
  w.spawn(a.count(total));
  w.run();
  return total == 80;
}

struct Compensated {
  long balance_ = 100;
  task<bool> send() {
    co_await step{};
    co_return false;
  }
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    balance_ -= cost;
    if (!co_await send())
      balance_ += cost;
  }
};
PROGRAM(reserved_and_given_back_safe) {
  Compensated a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ == 100;
}

struct ReadOnly {
  long balance_ = 100;
  long shown = 0;
  task<> show() {
    const long seen = balance_;
    co_await settle();
    shown = seen;
  }
};
PROGRAM(only_read_safe) {
  ReadOnly a;
  w.spawn(a.show());
  w.spawn(a.show());
  w.run();
  return a.shown == 100;
}

struct Deposit {
  long balance_ = 100;
  task<> deposit(long amount) {
    co_await settle();
    balance_ += amount;
  }
};
PROGRAM(relative_change_safe) {
  Deposit a;
  w.spawn(a.deposit(1));
  w.spawn(a.deposit(2));
  w.run();
  return a.balance_ == 103;
}

struct Busy {
  long balance_ = 100;
  bool busy = false;
  task<> buy(long cost) {
    if (busy)
      co_return;
    busy = true;
    if (balance_ >= cost) {
      balance_ -= cost;
      co_await settle();
    }
    busy = false;
  }
};
PROGRAM(flag_taken_in_its_slice_safe) {
  Busy a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Insert {
  std::map<std::string, long> positions_;
  task<> add(std::string symbol, long qty) {
    positions_.try_emplace(symbol, 0);
    co_await settle();
    positions_[symbol] += qty;
  }
};
PROGRAM(second_lookup_safe) {
  Insert a;
  w.spawn(a.add("BTC", 1));
  w.spawn(a.add("BTC", 2));
  w.run();
  return a.positions_["BTC"] == 3;
}

} // namespace
