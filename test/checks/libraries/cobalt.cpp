// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,unguarded-*
// Boost.Cobalt: one thread, lazy tasks, channels, gathering.
#include "boost_cobalt.hpp"
#include <map>
#include <string>
namespace cobalt = boost::cobalt;

cobalt::task<bool> send(long amount);

class desk {
public:
  // Old by the time of the write.
  cobalt::task<> buy_bad(long cost) {
    if (cash_ < cost)
      co_return;
    co_await send(cost);
    cash_ -= cost; // expect: stale-check
  }

  // Asking for the executor gives nothing up.
  cobalt::task<> executor_ok(long cost) {
    if (cash_ < cost)
      co_return;
    auto where = co_await cobalt::this_coro::executor;
    (void)where;
    cash_ -= cost;
  }

  // Two children side by side change what the parent has read.
  cobalt::task<> gather_bad() {
    const long before = cash_;
    co_await cobalt::gather(credit(1), credit(2));
    cash_ = before + 3; // expect: stale-value
  }

private:
  cobalt::task<> credit(long n) {
    co_await send(n);
    cash_ += n;
  }
  long cash_ = 0;
};

/// A channel with room for one as a mutex.
class gated_desk {
public:
  explicit gated_desk(cobalt::executor where) : gate_(1, where) {}

  // Full while somebody is in.
  cobalt::task<> channel_ok(long cost) {
    co_await gate_.write(1);
    if (cash_ >= cost) {
      co_await send(cost);
      cash_ -= cost;
    }
    co_await gate_.read();
  }

  // Emptied before the wait.
  cobalt::task<> channel_bad(long cost) {
    co_await gate_.write(1);
    const long seen = cash_;
    co_await gate_.read();
    co_await send(cost);
    cash_ = seen - cost; // expect: stale-value
  }

private:
  cobalt::channel<int> gate_;
  long cash_ = 0;
};
