// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
#include "asio.hpp"
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

using asio::awaitable;
using asio::use_awaitable;

class chat_room {
public:
  // A strand keeps other threads out, not other coroutines of the strand.
  awaitable<void> strand_bad(asio::strand<asio::any_io_executor> strand) {
    co_await asio::dispatch(strand, use_awaitable);
    if (guests_ >= 10)
      co_return;
    co_await timer_.async_wait(use_awaitable);
    ++guests_; // expect: stale-check
  }

  // The executor is at hand: no suspension.
  awaitable<void> this_executor_ok() {
    if (guests_ >= 10)
      co_return;
    auto executor = co_await asio::this_coro::executor;
    ++guests_;
    asio::co_spawn(executor, say("joined"), asio::detached);
    co_await timer_.async_wait(use_awaitable);
  }

  // co_spawn starts; the count is still in the slice of the check.
  awaitable<void> spawn_ok() {
    auto executor = co_await asio::this_coro::executor;
    if (guests_ >= 10)
      co_return;
    asio::co_spawn(executor, say("hello"), asio::detached);
    ++guests_;
    co_await timer_.async_wait(use_awaitable);
  }

  // co_spawn with use_awaitable, awaited, waits for the end.
  awaitable<void> spawn_awaited_bad() {
    auto executor = co_await asio::this_coro::executor;
    if (guests_ >= 10)
      co_return;
    co_await asio::co_spawn(executor, say("hello"), use_awaitable);
    ++guests_; // expect: stale-check
  }

  // Two operations at once.
  awaitable<void> both_bad() {
    using namespace asio::experimental::awaitable_operators;
    const int n = guests_;
    co_await (say("a") && say("b"));
    guests_ = n + 1; // expect: stale-value
  }

  // The first of two.
  awaitable<void> either_bad() {
    using namespace asio::experimental::awaitable_operators;
    if (guests_ == 0)
      co_return;
    co_await (say("a") || timer_.async_wait(use_awaitable));
    --guests_; // expect: stale-check
  }

  // Coming back by post is a suspension.
  awaitable<void> post_bad() {
    if (guests_ == 0)
      co_return;
    co_await asio::post(use_awaitable);
    --guests_; // expect: stale-check
  }

  // Looked at after the read.
  awaitable<void> read_ok(asio::tcp_socket &socket) {
    char data[64];
    const auto n = co_await socket.async_read_some(data, use_awaitable);
    if (n > 0 && guests_ < 10)
      ++guests_;
  }

private:
  awaitable<void> say(const char *text);
  int guests_ = 0;
  asio::steady_timer timer_;
};

class broadcaster {
public:
  void join(int id) { members_.insert(id); }
  void leave(int id) { members_.erase(id); }

  // Members leave while their messages are on the way.
  boost::asio::awaitable<void> broadcast_bad() {
    for (int id : members_) // expect: stale-reference
      co_await deliver(id);
  }

  // A copy of the ids.
  boost::asio::awaitable<void> broadcast_ok() {
    const std::vector<int> ids(members_.begin(), members_.end());
    for (int id : ids)
      co_await deliver(id);
  }

  // A channel of capacity one, taken and given back, is a mutex.
  boost::asio::awaitable<void> channel_mutex_ok() {
    co_await token_.async_send({}, boost::asio::use_awaitable);
    const int n = counter_;
    co_await deliver(n);
    counter_ = n + 1;
    token_.try_receive([](boost::asio::error_code) {});
  }

private:
  boost::asio::awaitable<void> deliver(int id);
  std::set<int> members_;
  boost::asio::experimental::channel<void(boost::asio::error_code)> token_{
      boost::asio::any_io_executor{}, 1};
  int counter_ = 0;
};

/// The same with an object that gives the token back; two places are no lock.
template <unsigned long Places>
class turn {
public:
  explicit turn(asio::any_io_executor executor)
      : place_(executor, Places) {}
  class mine {
  public:
    explicit mine(turn &t) : t_(&t) {}
    mine(mine &&o) noexcept : t_(std::exchange(o.t_, nullptr)) {}
    ~mine() {
      if (t_)
        t_->place_.try_receive([](asio::error_code) {});
    }

  private:
    turn *t_;
  };
  awaitable<mine> take() {
    co_await place_.async_send({}, use_awaitable);
    co_return mine(*this);
  }

private:
  asio::experimental::channel<void(asio::error_code)> place_;
};
class stamp_card {
public:
  explicit stamp_card(asio::any_io_executor executor)
      : alone_(executor), two_(executor), timer_(executor) {}
  awaitable<void> stamp_ok(int n) {
    const auto held = co_await alone_.take();
    const int sum = stamps_ + n;
    co_await timer_.async_wait(use_awaitable);
    stamps_ = sum;
  }
  awaitable<void> count_bad(int n) {
    const auto held = co_await two_.take();
    const int sum = count_ + n;
    co_await timer_.async_wait(use_awaitable);
    count_ = sum; // expect: stale-value
  }

private:
  turn<1> alone_;
  turn<2> two_;
  asio::steady_timer timer_;
  int stamps_ = 0, count_ = 0;
};

/// What closures of several activities were given is shared by them.
class till {
public:
  explicit till(asio::any_io_executor executor) : timer_(executor) {}
  awaitable<void> take_bad(long amount) {
    if (coins_ < amount)
      co_return;
    co_await timer_.async_wait(use_awaitable);
    coins_ -= amount; // expect: stale-check
  }

private:
  asio::steady_timer timer_;
  long coins_ = 10;
};
void open_tills(asio::any_io_executor executor) {
  auto shared = std::make_shared<till>(executor);
  for (int i = 0; i < 3; ++i)
    asio::co_spawn(
        executor,
        [shared]() -> awaitable<void> { co_await shared->take_bad(4); },
        asio::detached);
}

/// Each of these has one of its own.
class pocket {
public:
  explicit pocket(asio::any_io_executor executor) : timer_(executor) {}
  awaitable<void> take_ok(long amount) {
    if (coins_ < amount)
      co_return;
    co_await timer_.async_wait(use_awaitable);
    coins_ -= amount;
  }

private:
  asio::steady_timer timer_;
  long coins_ = 10;
};
void fill_pockets(asio::any_io_executor executor) {
  for (int i = 0; i < 3; ++i)
    asio::co_spawn(
        executor,
        [executor]() -> awaitable<void> {
          pocket own(executor);
          co_await own.take_ok(4);
        },
        asio::detached);
}
