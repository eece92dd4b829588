// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*
// Standard streams are nobody's state, whoever takes a lock around them.
#include "libcoro.hpp"
#include "venue.hpp"
#include <iostream>

class logger {
public:
  coro::task<> log_ok(const char *text) {
    auto lock = co_await mutex_.scoped_lock();
    std::cerr << text;
    co_await venue_.submit(1);
    std::cerr << std::endl;
  }
  coro::task<> shout_ok(const char *text) {
    std::cerr << text << std::endl;
    co_return;
  }
  // What is the program's own is its state.
  coro::task<> count_ok() {
    auto lock = co_await mutex_.scoped_lock();
    const int before = lines_;
    co_await venue_.submit(1);
    lines_ = before + 1;
  }
  coro::task<> count_bad() {
    lines_ = 0; // expect: unguarded-modification
    co_return;
  }

private:
  coro::mutex mutex_;
  int lines_ = 0;
  venue venue_;
};
