// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*
// Functions of the program that are called as starts and combinators of
// libraries are: they have bodies of their own.
#include "asio.hpp"
#include <map>
#include <string>
#include <vector>

asio::awaitable<bool> send_order(int id);

/// Its coroutine runs on the strand, whatever it is called.
class lift {
public:
  explicit lift(asio::thread_pool &pool) : strand_(asio::make_strand(pool.get_executor())) {}
  void launch() { asio::co_spawn(strand_, start(), asio::detached); }
  void stop_ok() {
    asio::post(strand_, [this] { running_ = false; });
  }
  asio::awaitable<void> start() {
    if (running_)
      co_return;
    running_ = true;
    co_await send_order(1);
    ++starts_;
  }

private:
  asio::strand<asio::any_io_executor> strand_;
  bool running_ = false;
  int starts_ = 0;
};

/// `join` awaits, and that is a wait of its callers: what it changes after that
/// relies on what they have found before.
class room {
public:
  asio::awaitable<void> join(int user) {
    co_await send_order(user);
    members_.push_back(user); // expect: stale-check
  }
  asio::awaitable<void> admit_bad(int user) {
    if (members_.size() >= 8)
      co_return;
    co_await join(user);
  }

private:
  std::vector<int> members_;
};
