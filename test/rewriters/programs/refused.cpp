// What must be left to a human, with the reason.
#include "program.hpp"

#include <string>

namespace {

task<> settle() { co_await step{}; }

struct SyncWriter {
  long balance_ = 100;
  void withdraw(long amount) { balance_ -= amount; }
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost; // refuse: sync-writer
  }
};
void on_timer(SyncWriter &a) { a.withdraw(1); }
PROGRAM(sync_writer_refused) {
  SyncWriter a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  on_timer(a);
  w.run();
  return a.balance_ >= 0;
}

struct Jump {
  long balance_ = 100;
  task<> buy(long cost, bool trusted) {
    if (trusted)
      goto pay;
    if (balance_ < cost)
      co_return;
    co_await settle();
  pay:
    balance_ -= cost; // refuse: goto-into-region
  }
};
PROGRAM(goto_into_the_region_refused) {
  Jump a;
  w.spawn(a.buy(60, false));
  w.spawn(a.buy(60, false));
  w.run();
  return a.balance_ >= 0;
}

#define FUNCTION_BODY(...) {__VA_ARGS__}

struct MacroBody {
  long balance_ = 100;
  // refuse: macro-body
  task<> buy(long cost) FUNCTION_BODY(if (balance_ < cost) co_return;
                                      co_await settle(); balance_ -= cost;)
};
PROGRAM(macro_body_refused) {
  MacroBody a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

} // namespace
