// The migration guide's engine under Boost.Asio: a balance, positions by
// symbol, and what was paid is given back if the venue fails. Guards follow
// each other, they are never nested.
#include <interlock/boost_asio.hpp>
#include <interlock/rollback.hpp>

#include <boost/asio.hpp>

#include <cstdint>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace net = boost::asio;
using money = std::int64_t; // cents: exact

class engine {
public:
  explicit engine(money balance) : balance_(balance) {}

  net::awaitable<bool> execute_buy_order(std::string symbol, money cost) {
    {
      auto guard = co_await state_.atomic_balance_update();
      if (balance_ < cost)
        co_return false;
      balance_ -= cost;
    }
    bool bought = false;
    try {
      auto guard = co_await state_.atomic_position_update(symbol);
      const money before = positions_[symbol];
      interlock::rollback undo{[&] { positions_[symbol] = before; }};
      positions_[symbol] += cost;
      co_await submit();
      undo.commit();
      bought = true;
    } catch (const std::runtime_error &error) {
      std::printf("%s: %s\n", symbol.c_str(), error.what());
    }
    if (!bought) {
      auto guard = co_await state_.atomic_balance_update();
      balance_ += cost;
    }
    co_return bought;
  }

  money balance() const { return balance_; }
  money position(const std::string &symbol) { return positions_[symbol]; }
  interlock::SafeTradingState &state() { return state_; }
  bool venue_is_down = false;

private:
  net::awaitable<void> submit() {
    co_await net::post(co_await net::this_coro::executor, net::use_awaitable);
    if (venue_is_down)
      throw std::runtime_error("venue is down");
  }

  interlock::SafeTradingState state_;
  money balance_;
  std::map<std::string, money> positions_;
};

/// Runs `count` trades of 100 at once and returns how many succeeded.
static int process_concurrent_signals(engine &e, int count) {
  net::thread_pool pool(2);
  std::vector<std::future<bool>> results;
  for (int i = 0; i != count; ++i)
    results.push_back(net::co_spawn(pool, e.execute_buy_order("BTC", 100'00),
                                    net::use_future));
  pool.join();
  int good = 0;
  for (auto &result : results)
    good += result.get() ? 1 : 0;
  return good;
}

int main() {
  engine e(1000'00);
  e.venue_is_down = true;
  const int while_down = process_concurrent_signals(e, 3);
  const bool restored = e.balance() == 1000'00 && e.position("BTC") == 0;
  e.venue_is_down = false;
  const int good = process_concurrent_signals(e, 11);
  std::printf("%d of 11 trades, balance %lld\n", good,
              static_cast<long long>(e.balance()));
  e.state().log_statistics([](std::string_view line) {
    std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
  });
  return while_down == 0 && restored && good == 10 && e.balance() == 0 ? 0 : 1;
}
