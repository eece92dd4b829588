// The same defect in every shape of control flow.
#include "program.hpp"

#include <stdexcept>
#include <vector>

namespace {

task<> settle() { co_await step{}; }
task<> settle_or_throw(bool fail) {
  co_await step{};
  if (fail)
    throw std::runtime_error("rejected");
}

struct Unbraced {
  long balance_ = 100;
  task<> buy(long cost) {
    if (cost > 0)
      for (int i = 0; i < 1; ++i)
        if (balance_ >= cost) {
          co_await settle();
          balance_ -= cost;
        }
  }
};
PROGRAM(unbraced_branches) {
  Unbraced a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct ElseIf {
  long balance_ = 100;
  task<> buy(int kind, long cost) {
    if (kind == 0) {
      co_return;
    } else if (balance_ >= cost) {
      co_await settle();
      balance_ -= cost;
    }
  }
};
PROGRAM(else_if) {
  ElseIf a;
  w.spawn(a.buy(1, 60));
  w.spawn(a.buy(1, 60));
  w.run();
  return a.balance_ >= 0;
}

struct PerPass {
  long balance_ = 100;
  task<> buy(std::vector<long> costs) {
    for (const long cost : costs) {
      if (balance_ < cost)
        continue;
      co_await settle();
      balance_ -= cost;
    }
  }
};
PROGRAM(each_pass_of_a_loop) {
  PerPass a;
  w.spawn(a.buy({60}));
  w.spawn(a.buy({30, 60}));
  w.run();
  return a.balance_ >= 0;
}

struct WaitInHead {
  long balance_ = 100;
  task<bool> known(bool yes) {
    co_await step{};
    co_return yes;
  }
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
  }
  task<> add(int kind, long amount) {
    if (co_await known(kind == 0)) // takes a while
      balance_ += amount;
    else if (co_await known(kind == 1))
      balance_ += 2 * amount;
    else
      // whatever it is
      balance_ += 3 * amount;
  }
};
PROGRAM(wait_in_the_head_of_a_bare_branch) {
  WaitInHead a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.spawn(a.add(0, 5));
  w.run();
  return a.balance_ >= 0;
}

struct BarePass {
  long balance_ = 100;
  task<long> fee(long cost) {
    co_await step{};
    co_return cost;
  }
  task<int> meter(long each, int rounds) {
    int charged = 0;
    while (rounds-- > 0)
      if (balance_ >= each)
        balance_ -= co_await fee(each), ++charged;
      else
        co_return charged;
    co_return charged;
  }
  task<> twice(long cost) {
    int left = 2;
    do
      if (balance_ >= cost) {
        co_await settle();
        balance_ -= cost;
      }
    while (--left > 0);
  }
};
PROGRAM(each_pass_of_a_bare_loop) {
  BarePass a;
  w.spawn(a.twice(60));
  w.spawn([](BarePass &b) -> task<> { (void)co_await b.meter(30, 2); }(a));
  w.run();
  return a.balance_ >= 0;
}

struct LoopHead {
  long balance_ = 2;
  task<> drain() {
    while (balance_ > 0) {
      co_await settle();
      --balance_;
    }
  }
};
PROGRAM(check_in_a_loop_head) {
  LoopHead a;
  w.spawn(a.drain());
  w.spawn(a.drain());
  w.run();
  return a.balance_ == 0;
}

struct Switch {
  long balance_ = 100;
  task<> handle(int kind, long cost) {
    switch (kind) {
    case 0:
      if (balance_ < cost)
        break;
      co_await settle();
      balance_ -= cost;
      break;
    case 1:
      balance_ += cost;
      break;
    }
  }
};
PROGRAM(one_case_of_a_switch) {
  Switch a;
  w.spawn(a.handle(0, 60));
  w.spawn(a.handle(0, 60));
  w.run();
  return a.balance_ >= 0;
}

struct SwitchHead {
  long balance_ = 1;
  long opened = 0;
  task<> open() {
    switch (balance_) {
    case 1:
      co_await settle();
      balance_ = 0;
      ++opened;
      break;
    default:
      break;
    }
  }
};
PROGRAM(check_in_a_switch_head) {
  SwitchHead a;
  w.spawn(a.open());
  w.spawn(a.open());
  w.run();
  return a.opened == 1;
}

struct Try {
  long balance_ = 100;
  task<> buy(long cost, bool fail) {
    try {
      if (balance_ < cost)
        co_return;
      co_await settle_or_throw(fail);
      balance_ -= cost;
    } catch (const std::exception &) {
      balance_ -= 1;
    }
  }
};
PROGRAM(inside_a_try) {
  Try a;
  w.spawn(a.buy(60, false));
  w.spawn(a.buy(60, false));
  w.spawn(a.buy(10, true));
  w.run();
  return a.balance_ >= 0;
}

struct Handler {
  long balance_ = 100;
  task<> buy(long cost, bool fail) {
    const long before = balance_;
    try {
      co_await settle_or_throw(fail);
    } catch (const std::exception &) {
      balance_ = before;
      co_return;
    }
    balance_ = before - cost;
  }
};
PROGRAM(modified_in_a_handler) {
  Handler a;
  w.spawn(a.buy(10, false));
  w.spawn(a.buy(20, true));
  w.run();
  return a.balance_ == 90;
}

struct Lambda {
  long balance_ = 100;
  task<> buy(long cost) {
    auto pay = [this](long amount) -> task<> {
      if (balance_ < amount)
        co_return;
      co_await settle();
      balance_ -= amount;
    };
    co_await pay(cost);
  }
};
PROGRAM(lambda_coroutine) {
  Lambda a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

template <class Amount> struct Generic {
  Amount balance_ = 100;
  task<> buy(Amount cost) {
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
  }
};
PROGRAM(class_template) {
  Generic<long> a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Shortcut {
  long balance_ = 100;
  task<bool> approved() {
    co_await step{};
    co_return true;
  }
  task<> buy(long cost) {
    if (balance_ >= cost && co_await approved())
      balance_ -= cost;
  }
};
PROGRAM(await_in_the_condition) {
  Shortcut a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Init {
  long balance_ = 100;
  task<> buy(long cost) {
    if (const long left = balance_ - cost; left >= 0) {
      co_await settle();
      balance_ = left;
    }
  }
};
PROGRAM(statement_in_the_if_head) {
  Init a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(30));
  w.run();
  return a.balance_ == 10 || a.balance_ == 40 || a.balance_ == 70
             ? a.balance_ == 10
             : false;
}

struct Named {
  long balance_ = 100;
  int guard = 0;
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    ++guard;
    co_await settle();
    balance_ -= cost;
  }
};
PROGRAM(name_is_taken) {
  Named a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Forward {
  long balance_ = 100;
  task<> buy(long cost) {
    if (balance_ < cost)
      goto poor;
    co_await settle();
    balance_ -= cost;
  poor:
    co_return;
  }
};
PROGRAM(forward_goto) {
  Forward a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

#define REQUIRE(condition)                                                     \
  if (!(condition))                                                            \
  co_return

struct Macro {
  long balance_ = 100;
  task<> buy(long cost) {
    REQUIRE(balance_ >= cost);
    co_await settle();
    balance_ -= cost;
  }
};
PROGRAM(check_in_a_macro) {
  Macro a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Directive {
  long balance_ = 100;
  task<> buy(long cost) {
#ifndef NEVER_DEFINED
    if (balance_ < cost)
      co_return;
#endif
    co_await settle();
    balance_ -= cost;
  }
};
PROGRAM(check_under_a_directive) {
  Directive a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct OneLine {
  long balance_ = 100;
  // clang-format off
  task<> buy(long c) { if (balance_ >= c) { co_await settle(); balance_ -= c; } }
  // clang-format on
};
PROGRAM(one_line_function) {
  OneLine a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Ternary {
  long balance_ = 100;
  task<long> zero() {
    co_await step{};
    co_return 0;
  }
  task<long> all(long cost) {
    co_await step{};
    co_return cost;
  }
  task<> buy(long cost) {
    const long paid = balance_ >= cost ? co_await all(cost) : co_await zero();
    balance_ -= paid;
  }
};
PROGRAM(await_in_a_conditional_operator) {
  Ternary a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

} // namespace
