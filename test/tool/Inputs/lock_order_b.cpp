#include "lock_order.hpp"
void desk::check() { limit(); }
void cancel(desk &d) {
  std::lock_guard first(d.risk);
  std::lock_guard second(d.book);
  --d.size;
}
coro::task<> desk::hedge() {
  auto first = co_await hedges.scoped_lock();
  auto second = co_await quotes.scoped_lock();
  ++size;
}
