#include "libcoro.hpp"
#include "venue.hpp"
#include <interlock/annotations.hpp>
#include <interlock/safe_state.hpp>
#ifndef STATE
#define STATE
#endif
using namespace mock;
struct gateway {
  task<bool> open() {
    if (sessions_ >= 10)
      co_return false;
    co_await venue_.submit(1);
    ++sessions_;
    co_return true;
  }
  venue venue_;
  STATE int sessions_ = 0;
  coro::mutex table_lock_;
  int id_ = 1;
  interlock::SafeTradingState *state_;
};
