// What no strategy repairs, one reason each. Nothing runs: every line is left as
// it is.
#include "program.hpp"

#include <interlock/safe_state.hpp>

#include <map>
#include <string>

namespace {

interlock::SafeTradingState &state = interlock::get_global_safe_state();

[[maybe_unused]] task<> settle() { co_await step{}; }
[[maybe_unused]] task<> note(bool) { co_await step{}; }
[[maybe_unused]] task<double> quote(double cost) {
  co_await step{};
  co_return cost;
}
[[maybe_unused]] task<std::string> pick() {
  co_await step{};
  co_return "BTC";
}

struct Scope {
  double balance_ = 100;
  task<> buy(double cost, int mode) {
    switch (mode) {
    case 0:
      co_return;
    default:
      const bool rich = balance_ >= cost;
      const double price = co_await quote(cost);
      if (rich)
        balance_ -= price; // refuse: switch-scope
      co_await note(rich);
    }
  }
};
[[maybe_unused]] task<> use(Scope &s) { co_await s.buy(1, 1); }

struct Late {
  std::map<std::string, double> positions_;
  task<> move(std::string from) {
    const double size = positions_[from];
    if (size > 0) {
      const std::string to = co_await pick();
      positions_[from] = 0; // refuse: key-late
      positions_[to] = size; // refuse: key-late
    }
  }
};
[[maybe_unused]] task<> use(Late &l) { co_await l.move("ETH"); }

struct NoOpposite {
  long balance_ = 100;
  task<> scale(long factor) {
    auto guard = co_await state.atomic_balance_update();
    balance_ *= factor; // refuse: no-opposite
    guard.unlock();
    co_await settle();
  }
};
[[maybe_unused]] task<> use(NoOpposite &n) { co_await n.scale(2); }

struct Amount {
  long balance_ = 100;
  task<> buy(long cost) {
    auto guard = co_await state.atomic_balance_update();
    balance_ -= cost; // refuse: amount-changes
    cost += 1;
    (void)co_await quote(1); // left: slow-critical-section
  }
};
[[maybe_unused]] task<> use(Amount &a) { co_await a.buy(2); }

struct EndsFirst {
  long balance_ = 100;
  task<> buy(long cost) {
    {
      auto guard = co_await state.atomic_balance_update();
      balance_ -= cost; // refuse: guard-ends-first
    }
    co_await settle();
  }
};
[[maybe_unused]] task<> use(EndsFirst &e) { co_await e.buy(2); }

struct Leaves {
  long balance_ = 100;
  task<double> buy(long cost) {
    auto guard = co_await state.atomic_balance_update();
    balance_ -= cost; // refuse: leaves-with-step
    co_return balance_ + co_await quote(1); // refuse: guard-still-needed
  }
};
[[maybe_unused]] task<> use(Leaves &l) { (void)co_await l.buy(2); }

struct Conditional {
  double balance_ = 100;
  task<> buy(double cost, bool large) {
    if (balance_ < cost)
      co_return;
    co_await settle();
    if (large) {
      auto guard = co_await state.atomic_balance_update();
      balance_ -= cost; // refuse: guard-conditional
      keep(guard);
    }
  }
  template <class Guard> void keep(Guard &) {}
};
[[maybe_unused]] task<> use(Conditional &c) { co_await c.buy(1, true); }

struct InUse {
  double balance_ = 100;
  task<> limit(double to) {
    auto guard = co_await state.atomic_balance_update();
    balance_ = to;
    co_await settle(); // refuse: guard-in-use
    guard.unlock();
  }
};
[[maybe_unused]] task<> use(InUse &i) { co_await i.limit(2); }

struct TwoKeys {
  std::map<long, double> positions_;
  task<> move(long from, long to, double size) {
    auto guard = co_await state.atomic_position_update(from);
    if (positions_[to] + size > 100)
      co_return;
    co_await settle();
    positions_[from] -= size;
    positions_[to] += size; // refuse: two-locks
  }
};
[[maybe_unused]] task<> use(TwoKeys &t) { co_await t.move(1, 2, 1); }

} // namespace
