#include <coro/task.hpp>
#include "venue.hpp"
#include <set>
#include <thread>
using namespace mock;

struct gateway {
  task<bool> open() {
    if (sessions_ >= limit_)
      co_return false;
    co_await venue_.submit(1);
    ++sessions_;
    co_return true;
  }
  task<> close() {
    co_await venue_.submit(1);
    --sessions_;
  }
  task<> pay(money cost) {
    auto guard = co_await mutex_.scoped_lock();
    balance_ -= cost;
  }
  task<> broadcast() {
    for (int client : clients_)
      co_await venue_.submit(client);
  }
  task<> leave(int client) {
    co_await venue_.submit(1);
    clients_.erase(client);
  }
  const int limit_ = 10;
  int sessions_ = 0;
  std::set<int> clients_;
  money balance_;
  coro::mutex mutex_;
  venue venue_;
};

int main() {
  std::thread worker([] {});
  worker.join();
}
