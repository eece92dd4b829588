// The same locks from plain threads, with the standard's own guards.
#include <interlock/safe_state.hpp>

#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

int main() {
  interlock::SafeTradingState state;
  interlock::mutex journal;
  long balance = 1000;
  int entries = 0;
  {
    std::vector<std::jthread> desks;
    for (int desk = 0; desk != 4; ++desk)
      desks.emplace_back([&] {
        for (int trade = 0; trade != 25; ++trade) {
          {
            auto guard = state.atomic_balance_update().blocking();
            balance -= 10;
          }
          const std::scoped_lock lock(journal);
          ++entries;
        }
      });
  }
  std::printf("balance %ld after %d trades\n", balance, entries);
  return balance == 0 && entries == 100 ? 0 : 1;
}
