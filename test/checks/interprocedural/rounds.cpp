// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*
// Start-up code that goes round with new objects each time starts each of them
// once; with one object it starts that several times.
#include "awaitables.hpp"
#include "task.hpp"
#include <coroutine>
using namespace mock;

struct fire {
  struct promise_type {
    fire get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};

task<void> hall();

class teller_ok {
public:
  task<void> serve(long amount) {
    if (balance_ < amount)
      co_return;
    co_await hall();
    balance_ -= amount;
  }

private:
  long balance_ = 30;
};

class teller_bad {
public:
  task<void> serve(long amount) {
    if (balance_ < amount)
      co_return;
    co_await hall();
    balance_ -= amount; // expect: stale-check
  }

private:
  long balance_ = 30;
};

fire counter(teller_ok &t) { co_await t.serve(3); }
fire counter(teller_bad &t) { co_await t.serve(3); }

int main() {
  teller_bad for_all;
  for (int seed = 0; seed < 60; ++seed) {
    teller_ok one;
    counter(one);
    counter(for_all);
  }
}
