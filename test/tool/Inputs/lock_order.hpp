#pragma once
#include "libcoro.hpp"
#include <mutex>

/// Two locks that two units take in opposite orders.
struct desk {
  std::mutex book, risk;
  coro::mutex quotes, hedges;
  long size = 0;
  void add();
  void check();
  void limit();
  coro::task<> quote();
  coro::task<> hedge();
};
