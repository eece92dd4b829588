// Balances: checks, copies, drains and their exits.
#include "program.hpp"

#include <stdexcept>

namespace {

task<> settle() { co_await step{}; }
task<long> fee() {
  co_await step{};
  co_return 1;
}
task<> reject(bool fail) {
  co_await step{};
  if (fail)
    throw std::runtime_error("rejected");
}

struct Debit {
  long balance_ = 100;
  task<> buy(long cost) {
    if (balance_ >= cost) {
      co_await settle();
      balance_ -= cost;
    }
  }
};
PROGRAM(check_then_debit) {
  Debit a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct EarlyReturn {
  long balance_ = 100;
  task<bool> pay(long cost) {
    if (balance_ < cost)
      co_return false;
    co_await settle();
    balance_ -= cost;
    co_return true;
  }
  task<> buy(long cost) { (void)co_await pay(cost); }
};
PROGRAM(early_return) {
  EarlyReturn a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Throws {
  long balance_ = 100;
  task<> buy(long cost) {
    if (balance_ < cost)
      throw std::runtime_error("poor");
    co_await settle();
    balance_ -= cost;
  }
};
PROGRAM(throws_when_poor) {
  Throws a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct LostUpdate {
  long balance_ = 100;
  task<> deposit(long amount) {
    const long seen = balance_;
    co_await settle();
    balance_ = seen + amount;
  }
};
PROGRAM(lost_update) {
  LostUpdate a;
  w.spawn(a.deposit(10));
  w.spawn(a.deposit(20));
  w.run();
  return a.balance_ == 130;
}

struct CopyEscapes {
  long balance_ = 100;
  long last = 0;
  task<> deposit(long amount) {
    const long seen = balance_;
    co_await settle();
    balance_ = seen + amount;
    co_await settle();
    last = seen;
  }
};
PROGRAM(copy_is_used_behind_the_region) {
  CopyEscapes a;
  w.spawn(a.deposit(10));
  w.spawn(a.deposit(20));
  w.run();
  return a.balance_ == 130;
}

struct TailWaits {
  long balance_ = 100;
  int notified = 0;
  task<> notify() {
    co_await step{};
    ++notified;
  }
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
    co_await notify();
  }
};
PROGRAM(notifies_behind_the_region) {
  TailWaits a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ == 40 && a.notified == 1;
}

struct ReadInExpression {
  long balance_ = 100;
  task<> charge() { balance_ = balance_ - co_await fee(); }
};
PROGRAM(read_and_await_in_one_expression) {
  ReadInExpression a;
  w.spawn(a.charge());
  w.spawn(a.charge());
  w.run();
  return a.balance_ == 98;
}

struct Rollback {
  long balance_ = 100;
  task<> buy(long cost, bool fail) {
    if (balance_ < cost)
      co_return;
    const long before = balance_;
    balance_ = before - cost;
    try {
      co_await reject(fail);
    } catch (const std::exception &) {
      balance_ = before;
    }
  }
};
PROGRAM(rollback_restores_a_snapshot) {
  Rollback a;
  w.spawn(a.buy(30, true));
  w.spawn(a.buy(60, false));
  w.run();
  return a.balance_ == 40;
}

struct BothBranches {
  long balance_ = 100;
  long debt = 0;
  task<> buy(long cost) {
    if (balance_ >= cost) {
      co_await settle();
      balance_ -= cost;
    } else {
      co_await settle();
      debt += cost - balance_;
      balance_ = 0;
    }
  }
};
PROGRAM(both_branches_modify) {
  BothBranches a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ == 0 && a.debt == 20;
}

struct BoolLocal {
  long balance_ = 100;
  task<> buy(long cost) {
    const bool enough = balance_ >= cost;
    co_await settle();
    if (enough)
      balance_ -= cost;
  }
};
PROGRAM(check_kept_in_a_bool) {
  BoolLocal a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Drain {
  long balance_ = 100;
  long sent = 0;
  task<> send(long amount) {
    co_await step{};
    sent += amount;
  }
  task<> sweep() {
    co_await send(balance_);
    balance_ = 0;
  }
};
PROGRAM(drain) {
  Drain a;
  w.spawn(a.sweep());
  w.spawn(a.sweep());
  w.run();
  return a.sent == 100 && a.balance_ == 0;
}

struct Conditional {
  long balance_ = 100;
  task<> buy(long cost) {
    const long take = balance_ >= cost ? cost : 0;
    co_await settle();
    balance_ -= take;
  }
};
PROGRAM(amount_decided_by_a_check) {
  Conditional a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Transfer {
  long balance = 100;
};
task<> transfer(Transfer &from, Transfer &to, long amount) {
  if (from.balance < amount)
    co_return;
  co_await settle();
  from.balance -= amount;
  to.balance += amount;
}
PROGRAM(transfer_between_two) {
  Transfer a, b;
  w.spawn(transfer(a, b, 60));
  w.spawn(transfer(a, b, 60));
  w.run();
  return a.balance >= 0 && a.balance + b.balance == 200;
}

long cash = 100;
task<> spend(long cost) {
  if (cash < cost)
    co_return;
  co_await settle();
  cash -= cost;
}
PROGRAM(namespace_scope) {
  const long before = cash;
  w.spawn(spend(before / 2 + 1));
  w.spawn(spend(before / 2 + 1));
  w.run();
  return cash >= 0;
}

} // namespace
