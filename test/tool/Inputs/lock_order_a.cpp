#include "lock_order.hpp"
void desk::add() {
  std::lock_guard first(book);
  check();
}
void desk::limit() {
  std::lock_guard second(risk);
  ++size;
}
coro::task<> desk::quote() {
  auto first = co_await quotes.scoped_lock();
  auto second = co_await hedges.scoped_lock();
  ++size;
}
