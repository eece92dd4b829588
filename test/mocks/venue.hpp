/// The outside world of a trading client. No body is in view, so every call
/// that returns a task can suspend.
#pragma once
#include "awaitables.hpp"
#include "money.hpp"
#include "task.hpp"

struct venue {
  mock::task<> submit(money amount);
  mock::task<bool> try_submit(money amount);
  mock::task<money> fee(money amount);
  mock::task<money> quote(int symbol);
  mock::task<int> count();
};

/// Writes to a log; never suspends.
void log_line(const char *text);
