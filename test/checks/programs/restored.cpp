// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// A program that restores its state, and serves others once that has ended.
#include "asio.hpp"
#include <map>

asio::awaitable<int> load();

class hub {
public:
  asio::awaitable<void> restore_ok() {
    const int last = number_;
    co_await load();
    number_ = last + 1000;
  }
  asio::awaitable<void> warm_up_bad() {
    const int last = seen_;
    co_await load();
    seen_ = last + 1; // expect: stale-value
  }
  asio::awaitable<void> serve() {
    ++number_;
    ++seen_;
    co_await load();
    ++number_;
  }
  asio::awaitable<void> count_ok() {
    if (left_ == 0)
      co_return;
    co_await load();
    --left_;
  }

private:
  int number_ = 0, seen_ = 0, left_ = 1;
};

int main() {
  asio::io_context io;
  hub h;
  asio::co_spawn(io, h.restore_ok(), asio::detached);
  asio::co_spawn(io, h.count_ok(), asio::detached);
  io.run();
  io.restart();
  asio::co_spawn(io, h.warm_up_bad(), asio::detached);
  asio::co_spawn(io, h.serve(), asio::detached);
  asio::co_spawn(io, h.serve(), asio::detached);
  io.run();
}
