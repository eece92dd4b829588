// Repairs that want a reader: they change what others see, or when.
#include "program.hpp"

#include <interlock/safe_state.hpp>

#include <stdexcept>

namespace {

interlock::SafeTradingState &state = interlock::get_global_safe_state();

struct Slow {
  long balance_ = 100;
  bool refilled = false;
  task<> wait_for_refill() {
    for (int i = 0; i < 8 && !refilled; ++i)
      co_await step{};
    if (!refilled)
      throw std::runtime_error("nobody refilled while we waited");
  }
  task<> buy(long cost) {
    auto guard = co_await state.atomic_balance_update();
    if (balance_ < cost)
      co_return;
    balance_ -= cost;
    co_await wait_for_refill();
  }
  task<> refill(long amount) {
    auto guard = co_await state.atomic_balance_update();
    balance_ += amount;
    refilled = true;
  }
};

} // namespace
