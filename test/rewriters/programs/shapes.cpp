// Shapes of code around the region: exits, scopes, jumps, macros, aliases.
#include "program.hpp"

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

task<> settle() { co_await step{}; }
task<long> quote(long price) {
  co_await step{};
  co_return price;
}
task<bool> approve() {
  co_await step{};
  co_return true;
}

struct Exits {
  long balance_ = 100;
  long notified = 0;
  task<bool> buy(long cost, int mode) {
    if (mode == 1)
      throw std::invalid_argument("mode");
    if (balance_ < cost)
      co_return false;
    const long price = co_await quote(cost);
    if (price > cost)
      co_return false;
    balance_ -= price;
    const bool large = price > 50;
    co_await settle();
    if (large)
      ++notified;
    co_return true;
  }
  task<> twice() {
    co_await buy(60, 0);
    co_await buy(60, 0);
  }
};
PROGRAM(early_exits_and_a_tail_that_suspends) {
  Exits a;
  w.spawn(a.twice());
  w.spawn(a.twice());
  w.run();
  return a.balance_ >= 0;
}

struct Both {
  long balance_ = 100;
  task<> settle_order(bool credit, long amount) {
    const long old = balance_;
    co_await settle();
    if (credit) {
      balance_ = old + amount;
    } else {
      balance_ = old - amount;
    }
  }
};
PROGRAM(both_branches_modify) {
  Both a;
  w.spawn(a.settle_order(true, 10));
  w.spawn(a.settle_order(false, 20));
  w.run();
  return a.balance_ == 90;
}

struct DoWhile {
  long balance_ = 3;
  task<> drain() {
    do {
      if (balance_ == 0)
        break;
      co_await settle();
      balance_ -= 1;
    } while (balance_ > 0);
  }
};
PROGRAM(do_while) {
  DoWhile a;
  w.spawn(a.drain());
  w.spawn(a.drain());
  w.run();
  return a.balance_ == 0;
}

struct Cases {
  long balance_ = 100;
  std::map<std::string, long> positions_;
  task<> handle(int kind, std::string symbol, long amount) {
    switch (kind) {
    case 0: {
      const long old = balance_;
      co_await settle();
      balance_ = old + amount;
      break;
    }
    case 1: {
      const long old = positions_[symbol];
      co_await settle();
      positions_[symbol] = old + amount;
      break;
    }
    default:
      break;
    }
  }
};
PROGRAM(two_kinds_in_two_cases) {
  Cases a;
  for (int kind : {0, 1, 0, 1})
    w.spawn(a.handle(kind, "BTC", 5));
  w.run();
  return a.balance_ == 110 && a.positions_["BTC"] == 10;
}

struct Expression {
  long balance_ = 100;
  task<bool> buy(long cost) {
    co_return balance_ >= cost && co_await approve()
        ? (balance_ -= cost, true)
        : false;
  }
  task<> run() { co_await buy(60); }
};
PROGRAM(region_in_one_return) {
  Expression a;
  w.spawn(a.run());
  w.spawn(a.run());
  w.run();
  return a.balance_ >= 0;
}

struct Noexcept {
  long balance_ = 100;
  task<> buy(long cost) noexcept {
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
  }
};
PROGRAM(noexcept_coroutine) {
  Noexcept a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Const {
  mutable long balance_ = 100;
  task<> buy(long cost) const {
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
  }
};
PROGRAM(const_member_function) {
  const Const a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Account {
  long balance_ = 100;
};
struct Service {
  Account &account_;
  task<> buy(long cost) {
    if (account_.balance_ < cost)
      co_return;
    co_await settle();
    account_.balance_ -= cost;
  }
};
PROGRAM(member_of_a_referenced_object) {
  Account account;
  Service a{account}, b{account};
  w.spawn(a.buy(60));
  w.spawn(b.buy(60));
  w.run();
  return account.balance_ >= 0;
}

struct Null {
  static task<> buy(Account *account, long cost) {
    if (!account || account->balance_ < cost)
      co_return;
    co_await settle();
    account->balance_ -= cost;
  }
};
PROGRAM(null_check_before_the_state) {
  Account account;
  w.spawn(Null::buy(&account, 60));
  w.spawn(Null::buy(&account, 60));
  w.spawn(Null::buy(nullptr, 60));
  w.run();
  return account.balance_ >= 0;
}

struct Shared {
  static task<> buy(std::shared_ptr<Account> account, long cost) {
    if (account->balance_ < cost)
      co_return;
    co_await settle();
    account->balance_ -= cost;
    account.reset();
  }
};
PROGRAM(shared_state_given_up_behind_the_region) {
  auto account = std::make_shared<Account>();
  w.spawn(Shared::buy(account, 60));
  w.spawn(Shared::buy(account, 60));
  w.run();
  return account->balance_ >= 0;
}

struct Alias {
  Account account_;
  task<> buy(long cost) {
    auto &[balance] = account_;
    if (balance < cost)
      co_return;
    co_await settle();
    balance -= cost;
  }
};
PROGRAM(structured_binding) {
  Alias a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.account_.balance_ >= 0;
}

struct Pointer {
  Account account_;
  task<> buy(long cost) {
    long *const balance = &account_.balance_;
    if (*balance < cost)
      co_return;
    co_await settle();
    *balance -= cost;
  }
};
PROGRAM(pointer_alias) {
  Pointer a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.account_.balance_ >= 0;
}

struct Callee {
  long balance_ = 100;
  task<> pay(long cost) {
    co_await settle();
    balance_ -= cost;
  }
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await pay(cost);
  }
};
PROGRAM(checked_here_modified_in_a_callee) {
  Callee a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct InLambda {
  long balance_ = 100;
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    auto pay = [this, cost]() -> task<> {
      co_await settle();
      balance_ -= cost;
    };
    co_await pay();
  }
};
PROGRAM(checked_here_modified_in_a_lambda) {
  InLambda a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

template <class Ledger> task<> debit(Ledger &ledger, long cost) {
  if (ledger.balance_ < cost)
    co_return;
  co_await settle();
  ledger.balance_ -= cost;
}
struct Gold {
  long balance_ = 100;
};
struct Silver {
  int balance_ = 100;
};
PROGRAM(function_template_of_two_types) {
  Gold gold;
  Silver silver;
  w.spawn(debit(gold, 60));
  w.spawn(debit(gold, 60));
  w.spawn(debit(silver, 60));
  w.spawn(debit(silver, 60));
  w.run();
  return gold.balance_ >= 0 && silver.balance_ >= 0;
}

long shared_balance = 100;
task<> spend(long cost) {
  if (shared_balance < cost)
    co_return;
  co_await settle();
  shared_balance -= cost;
}
PROGRAM(namespace_scope_state) {
  const long half = shared_balance / 2 + 1;
  w.spawn(spend(half));
  w.spawn(spend(half));
  w.run();
  return shared_balance >= 0;
}

struct Static {
  static inline long balance_ = 100;
  static task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
  }
};
PROGRAM(static_member) {
  const long half = Static::balance_ / 2 + 1;
  w.spawn(Static::buy(half));
  w.spawn(Static::buy(half));
  w.run();
  return Static::balance_ >= 0;
}

struct Combined {
  long balance_ = 100;
  std::map<std::string, long> positions_;
  task<> buy(std::string symbol, long qty, long price) {
    const long cash = balance_;
    const long held = positions_[symbol];
    if (cash < qty * price)
      co_return;
    co_await settle();
    balance_ = cash - qty * price;
    positions_[symbol] = held + qty;
  }
};
PROGRAM(two_kinds_at_once) {
  Combined a;
  w.spawn(a.buy("BTC", 3, 10));
  w.spawn(a.buy("BTC", 4, 10));
  w.run();
  return a.balance_ == 30 && a.positions_["BTC"] == 7;
}

struct Names {
  long balance_ = 100;
  int guard = 1;
  int balance_guard() const { return guard; }
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    const int interlock_guard_1 = 3;
    co_await settle();
    balance_ -= cost + 0 * interlock_guard_1;
  }
};
PROGRAM(all_guard_names_are_taken) {
  Names a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0 && a.balance_guard() == 1;
}

#define SETTLE() co_await settle()
#define DEBIT(amount)                                                          \
  do {                                                                         \
    balance_ -= amount;                                                        \
  } while (false)
struct Macros {
  long balance_ = 100;
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    SETTLE();
    DEBIT(cost);
  }
};
PROGRAM(await_and_modify_in_macros) {
  Macros a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Conditional {
  long balance_ = 100;
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
#ifdef NEVER_DEFINED
    co_await approve();
#else
    co_await settle();
#endif
    balance_ -= cost;
    co_await settle();
  }
};
PROGRAM(directives_in_the_region) {
  Conditional a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Chain {
  long balance_ = 100;
  task<> buy(long cost) {
    if (cost <= 0)
      co_return;
    else if (cost > 1000)
      throw std::out_of_range("cost");
    else if (balance_ < cost)
      co_return;
    else
      co_await settle();
    balance_ -= cost;
  }
};
PROGRAM(unbraced_else_if_chain) {
  Chain a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Comments {
  long balance_ = 100;
  task<> buy(long cost) {
    // Keep what the venue may ask for.
    /* first the check */ if (balance_ < cost) co_return; // too poor
    co_await settle(); /* then the venue */ balance_ -= cost; // and the money
    co_await settle();
  }
};
PROGRAM(comments_on_the_lines) {
  Comments a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Nested {
  long balance_ = 100;
  task<> buy(std::vector<long> costs) {
    for (std::size_t i = 0; i < costs.size(); ++i) {
      try {
        while (true) {
          if (balance_ < costs[i])
            break;
          const long price = co_await quote(costs[i]);
          balance_ -= price;
          break;
        }
      } catch (const std::exception &) {
        continue;
      }
    }
  }
};
PROGRAM(loop_in_a_try_in_a_loop) {
  Nested a;
  w.spawn(a.buy({60}));
  w.spawn(a.buy({60, 10}));
  w.run();
  return a.balance_ >= 0;
}

struct Outcome {
  long balance_ = 100;
  task<std::string> buy(long cost) {
    std::string result = "rejected";
    if (balance_ >= cost) {
      co_await settle();
      balance_ -= cost;
      result = "filled";
    }
    co_await settle();
    co_return result;
  }
  task<> run() { co_await buy(60); }
};
PROGRAM(tail_that_suspends) {
  Outcome a;
  w.spawn(a.run());
  w.spawn(a.run());
  w.run();
  return a.balance_ >= 0;
}

struct Backward {
  long balance_ = 100;
  task<> buy(long cost, int tries) {
  again:
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
    if (--tries > 0)
      goto again;
  }
};
PROGRAM(backward_goto) {
  Backward a;
  w.spawn(a.buy(60, 1));
  w.spawn(a.buy(30, 2));
  w.run();
  return a.balance_ >= 0;
}

/// Pays, books in a helper with a lock of its own, and pays back where a
/// comment stands behind the statement; a sale changes both in one go.
struct Warehouse {
  long cash_ = 100;
  std::map<std::string, long> holdings_;
  task<> deliver(std::string article) {
    co_await step{};
    if (article == "glass")
      throw std::runtime_error("broken");
  }
  task<> store(const std::string &article, long pieces) {
    const long old = holdings_[article];
    co_await settle();
    holdings_[article] = old + pieces;
  }
  task<bool> order(std::string article, long pieces) {
    if (cash_ < pieces * 10)
      co_return false;
    co_await settle();
    cash_ -= pieces * 10;
    try {
      co_await deliver(article);
      co_await store(article, pieces);
    } catch (const std::exception &) {
      cash_ += pieces * 10; // we do not pay for shards
      co_return false;      // and say so
    }
    co_return true;
  }
  task<> sell(std::string article, long pieces) {
    if (holdings_[article] < pieces)
      co_return;
    co_await settle();
    holdings_[article] -= pieces;
    cash_ += pieces * 10;
  }
  task<> buy(std::string article, long pieces) {
    (void)co_await order(article, pieces);
  }
};
PROGRAM(payment_that_a_handler_gives_back) {
  Warehouse h;
  h.holdings_["brick"] = 3;
  w.spawn(h.buy("glass", 6));
  w.spawn(h.buy("brick", 7));
  w.spawn(h.sell("brick", 3));
  w.run();
  return h.cash_ >= 0 && h.holdings_["brick"] >= 0 &&
         h.cash_ + 10 * h.holdings_["brick"] == 130;
}

/// What was changed in one slice is not torn by a guard in the middle.
struct Exchange {
  long cash_ = 100;
  long inventory_ = 5;
  long seen_ = 150;
  task<> sell(long pieces) {
    if (inventory_ < pieces)
      co_return;
    co_await settle();
    inventory_ -= pieces;
    cash_ += pieces * 10;
  }
  task<> spend(long amount, long pieces) {
    if (cash_ < amount)
      co_return;
    co_await settle();
    cash_ -= amount;
    inventory_ += pieces;
  }
  task<> watch() {
    for (int i = 0; i < 2; ++i) {
      co_await step{};
      if (cash_ + 10 * inventory_ != 150)
        seen_ = cash_ + 10 * inventory_;
    }
  }
};
PROGRAM(two_changes_that_belong_together) {
  Exchange e;
  w.spawn(e.sell(5));
  w.spawn(e.sell(5));
  w.spawn(e.spend(20, 2));
  w.spawn(e.watch());
  w.run();
  return e.inventory_ >= 0 && e.seen_ == 150;
}

} // namespace
