// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*
// What an operation under a lock comes to tells how that went, not how much
// there is.
#include "libcoro.hpp"
#include <map>
#include <string>

coro::task<void> carry_sacks(long sacks);

class silo {
public:
  coro::task<bool> take(std::string symbol, long sacks) {
    auto key = co_await mutex_.scoped_lock();
    if (positions_[symbol] < sacks)
      co_return false;
    co_await change(symbol, -sacks);
    co_return true;
  }
  coro::task<void> store(std::string symbol, long sacks) {
    auto key = co_await mutex_.scoped_lock();
    co_await change(symbol, sacks);
  }
  coro::task<bool> has(std::string symbol, long sacks) {
    auto key = co_await mutex_.scoped_lock();
    co_return positions_[symbol] >= sacks;
  }

private:
  coro::task<void> change(std::string symbol, long sacks) {
    const long before = positions_[symbol];
    co_await carry_sacks(sacks);
    positions_[symbol] = before + sacks; // expect: stale-check
  }
  coro::mutex mutex_;
  std::map<std::string, long> positions_;
};

coro::task<void> farmer_ok(silo &from, std::string symbol) {
  if (!co_await from.take(symbol, 3))
    co_await from.store(symbol, 4);
}

coro::task<void> farmer_bad(silo &from, std::string symbol) {
  if (!co_await from.has(symbol, 3))
    co_await from.store(symbol, 4);
}
