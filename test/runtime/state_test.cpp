#include "support/coroutines.hpp"

#include <gtest/gtest.h>
#include <interlock/annotations.hpp>
#include <interlock/rollback.hpp>
#include <interlock/safe_state.hpp>

#include <chrono>
#include <cstdint>
#include <latch>
#include <map>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using test::task;

namespace {

using interlock::balance;
using interlock::order;
using interlock::position;

struct annotated {
  INTERLOCK_STATE(balance) int cash_ = 0;
  INTERLOCK_STATE(balance) int reserved_ = 0;
  INTERLOCK_INVARIANT(cash_, reserved_)
};
static_assert(sizeof(annotated) == 2 * sizeof(int));

TEST(State, EveryFormOfEveryCategory) {
  interlock::SafeTradingState state;
  std::stop_source stop;
  const auto at = std::chrono::steady_clock::now() + 1h;
  EXPECT_TRUE(state.atomic_balance_update().blocking());
  EXPECT_TRUE(state.atomic_balance_update("account").blocking());
  EXPECT_TRUE(state.atomic_balance_update(&state).blocking());
  EXPECT_TRUE(state.atomic_balance_update(stop.get_token()).blocking());
  EXPECT_TRUE(state.atomic_balance_update(7, stop.get_token()).blocking());
  EXPECT_TRUE(state.atomic_balance_update_for(1s).blocking());
  EXPECT_TRUE(state.atomic_balance_update_for("a", 1s).blocking());
  EXPECT_TRUE(state.atomic_balance_update_until(at).blocking());
  EXPECT_TRUE(state.try_atomic_balance_update());
  EXPECT_TRUE(state.try_atomic_balance_update("a"));
  EXPECT_TRUE(state.atomic_position_update("A").blocking());
  EXPECT_TRUE(state.atomic_position_update(&state, "A").blocking());
  EXPECT_TRUE(state.atomic_position_update("A", stop.get_token()).blocking());
  EXPECT_TRUE(state.atomic_position_update_for("A", 1s).blocking());
  EXPECT_TRUE(state.atomic_position_update_until("A", at).blocking());
  EXPECT_TRUE(state.try_atomic_position_update("A"));
  EXPECT_TRUE(state.atomic_order_update(7).blocking());
  EXPECT_TRUE(state.atomic_order_update(std::string("id")).blocking());
  EXPECT_TRUE(state.atomic_order_update(&state, 7).blocking());
  EXPECT_TRUE(state.atomic_order_update_for(7, 1s).blocking());
  EXPECT_TRUE(state.try_atomic_order_update(7));
  EXPECT_TRUE(state.atomic_trade_record().blocking());
  EXPECT_TRUE(state.atomic_trade_record_for(1s).blocking());
  EXPECT_TRUE(state.try_atomic_trade_record());
}

TEST(State, CategoriesKeysAndObjectsDoNotMeet) {
  interlock::SafeTradingState state;
  const int one = 0, two = 0;
  auto whole = state.atomic_balance_update().blocking();
  EXPECT_TRUE(state.try_atomic_trade_record());
  EXPECT_TRUE(state.try_atomic_balance_update(1));
  auto number = state.atomic_order_update(1).blocking();
  EXPECT_TRUE(state.try_atomic_order_update("1"));
  auto in_one = state.atomic_position_update(&one, "A").blocking();
  EXPECT_TRUE(state.atomic_position_update(&two, "A").try_now());
  EXPECT_FALSE(state.atomic_position_update(&one, "A").try_now());
  EXPECT_TRUE(state.try_atomic_position_update("A"));
}

TEST(State, GlobalStateIsOne) {
  EXPECT_EQ(&interlock::get_global_safe_state(),
            &interlock::get_global_safe_state());
}

TEST(State, TemporaryKeysAreCopied) {
  interlock::SafeTradingState state;
  auto op = state.atomic_position_update(std::string(200, 'x') + "y");
  auto guard = std::move(op).blocking();
  EXPECT_FALSE(state.try_atomic_position_update(std::string(200, 'x') + "y"));
}

TEST(AtomicUpdate, LocksEachNameOnceInRankOrder) {
  interlock::SafeTradingState state;
  auto set = state
                 .atomic_update(order(7), position("B"), balance, position("A"),
                                position("A"))
                 .blocking();
  ASSERT_EQ(set.size(), 4U);
  EXPECT_EQ(set[0].name(), "balance");
  EXPECT_EQ(set[1].key(), "A");
  EXPECT_EQ(set[2].key(), "B");
  EXPECT_EQ(set[3].name(), "order");
  EXPECT_FALSE(state.try_atomic_order_update(7));
  set.unlock();
  EXPECT_TRUE(state.try_atomic_order_update(7));
  EXPECT_TRUE(state.try_atomic_balance_update());
}

TEST(AtomicUpdate, CountsReleaseByExceptionForEachLock) {
  interlock::SafeTradingState state;
  try {
    auto set = state.atomic_update(balance, order(7)).blocking();
    throw std::runtime_error("venue");
  } catch (const std::runtime_error &) {
  }
  const auto all = state.get_lock_statistics();
  EXPECT_EQ(all.at("balance").released_by_exception, 1U);
  EXPECT_EQ(all.at("order").released_by_exception, 1U);
}

TEST(AtomicUpdate, TryTakesAllOrNone) {
  interlock::SafeTradingState state;
  auto held = state.atomic_order_update(7).blocking();
  EXPECT_FALSE(state.try_atomic_update(balance, order(7)));
  EXPECT_TRUE(state.try_atomic_balance_update()) << "the first was kept";
  held.unlock();
  EXPECT_TRUE(state.try_atomic_update(balance, order(7)));
}

task<> both(interlock::SafeTradingState &state, test::loop &loop, bool swapped,
            int &inside, int &runs) {
  for (int i = 0; i != 50; ++i) {
    auto set = co_await (swapped ? state.atomic_update(position("B"), balance)
                                 : state.atomic_update(balance, position("B")));
    EXPECT_EQ(++inside, 1);
    co_await loop.yield();
    --inside;
    ++runs;
  }
}

TEST(AtomicUpdate, OppositeOrdersDoNotDeadlock) {
  interlock::SafeTradingState state;
  test::loop loop;
  int inside = 0, runs = 0;
  std::vector<task<>> tasks;
  for (int i = 0; i != 8; ++i) {
    tasks.push_back(both(state, loop, i % 2 == 0, inside, runs));
    tasks.back().start();
  }
  loop.run();
  EXPECT_EQ(runs, 400);
}

TEST(AtomicUpdate, DestroyedWhileWaitingReleasesWhatItHas) {
  interlock::SafeTradingState state;
  auto held = state.atomic_order_update(7).blocking();
  auto t = [](auto &state) -> task<> {
    auto set = co_await state.atomic_update(balance, order(7));
  }(state);
  t.start();
  EXPECT_FALSE(state.try_atomic_balance_update());
  t.destroy();
  EXPECT_TRUE(state.try_atomic_balance_update());
  held.unlock();
  EXPECT_TRUE(state.try_atomic_order_update(7));
}

// The migration guide's engine. Money counts in cents: exact.

class engine {
public:
  using money = std::int64_t;

  engine(interlock::SafeTradingState &state, test::loop &loop, money balance)
      : state_(state), loop_(loop), balance_(balance) {}

  task<bool> execute_buy(std::string symbol, money cost) {
    {
      auto guard = co_await state_.atomic_balance_update();
      if (balance_ < cost)
        co_return false;
      co_await loop_.yield();
      balance_ -= cost;
    }
    bool restore = false;
    try {
      auto guard = co_await state_.atomic_position_update(symbol);
      const money size = positions_[symbol];
      interlock::rollback undo{[&] { positions_[symbol] = size; }};
      positions_[symbol] = size + cost;
      co_await loop_.yield(); // the venue
      if (venue_fails)
        throw std::runtime_error("venue");
      undo.commit();
    } catch (const std::runtime_error &) {
      restore = true;
    }
    if (restore) {
      auto guard = co_await state_.atomic_balance_update();
      balance_ += cost;
      co_return false;
    }
    co_return true;
  }
  money balance() const { return balance_; }
  money position(const std::string &symbol) { return positions_[symbol]; }
  bool venue_fails = false;

private:
  interlock::SafeTradingState &state_;
  test::loop &loop_;
  money balance_;
  std::map<std::string, money> positions_;
};

int successes(engine &e, test::loop &loop, int trades) {
  std::vector<task<bool>> running;
  for (int i = 0; i != trades; ++i) {
    running.push_back(e.execute_buy("BTC", 100'00));
    running.back().start();
  }
  loop.run();
  int good = 0;
  for (auto &t : running)
    good += t.get() ? 1 : 0;
  return good;
}

TEST(Guide, TenTradesOfAHundredUseUpAThousandExactly) {
  interlock::SafeTradingState state;
  test::loop loop;
  engine e(state, loop, 1000'00);
  EXPECT_EQ(successes(e, loop, 10), 10);
  EXPECT_EQ(e.balance(), 0);
  EXPECT_EQ(e.position("BTC"), 1000'00);
}

TEST(Guide, TheEleventhFails) {
  interlock::SafeTradingState state;
  test::loop loop;
  engine e(state, loop, 1000'00);
  EXPECT_EQ(successes(e, loop, 11), 10);
  EXPECT_EQ(e.balance(), 0);
}

TEST(Guide, AFailingVenueRestoresEverything) {
  interlock::SafeTradingState state;
  test::loop loop;
  engine e(state, loop, 1000'00);
  e.venue_fails = true;
  EXPECT_EQ(successes(e, loop, 10), 0);
  EXPECT_EQ(e.balance(), 1000'00);
  EXPECT_EQ(e.position("BTC"), 0);
}

} // namespace
