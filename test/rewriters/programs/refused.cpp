// What must be left to a human, with the reason.
#include "program.hpp"

#include <map>
#include <stdexcept>
#include <string>

namespace {

task<> settle() { co_await step{}; }

task<long> priced(long cost) {
  co_await step{};
  co_return cost;
}

struct SyncWriter {
  long balance_ = 100;
  void withdraw(long amount) { balance_ -= amount; }
  task<> buy(long cost) {
    if (balance_ >= cost) {
      const long price = co_await priced(cost);
      balance_ -= price; // refuse: sync-writer
    }
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

struct TryBlock {
  long balance_ = 100;
  task<> buy(long cost) try {
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
  } catch (const std::exception &) {
  }
};
PROGRAM(function_try_block) {
  TryBlock a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct TryBlockRestores {
  long balance_ = 100;
  long bought_ = 0;
  task<> buy(long cost, bool fail) try {
    const long seen = balance_;
    if (seen < cost)
      co_return;
    co_await settle();
    balance_ = seen - cost;
    if (fail)
      throw std::runtime_error("rejected");
    bought_ += cost;
  } catch (const std::exception &) {
    balance_ += cost;
  }
};
PROGRAM(function_try_block_that_restores) {
  TryBlockRestores a;
  w.spawn(a.buy(60, false));
  w.spawn(a.buy(50, true));
  w.run();
  return a.balance_ == 100 - a.bought_;
}

/// A library that awaits its own tasks alone.
template <class T> struct closed {
  struct promise_type : proof::promise_base {
    closed get_return_object() noexcept {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    void return_void() noexcept {}
    task<> await_transform(task<> inner) { return inner; }
    closed await_transform(closed inner) { return inner; }
    step await_transform(step inner) { return inner; }
  };
  std::coroutine_handle<promise_type> self;
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> next) noexcept {
    self.promise().continuation = next;
    return self;
  }
  void await_resume() { self.destroy(); }
};

struct Closed {
  double balance_ = 100;
  closed<void> pay(double cost) {
    if (balance_ >= cost) {
      co_await step{};
      balance_ -= cost; // refuse: foreign-await
    }
  }
  task<> buy(double cost) { co_await pay(cost); }
};
PROGRAM(promise_that_awaits_its_own_refused) {
  Closed a;
  w.spawn(a.buy(60));
  w.spawn(a.buy(60));
  w.run();
  return a.balance_ >= 0;
}

struct Changes {
  std::map<std::string, long> positions_;
  task<> add(std::string symbol, long qty) {
    const long old = positions_[symbol];
    co_await settle();
    symbol += "-X";
    positions_[symbol] = old + qty; // refuse: key-changes
  }
};
PROGRAM(key_that_changes_refused) {
  Changes a;
  w.spawn(a.add("BTC", 1));
  w.spawn(a.add("BTC", 2));
  w.run();
  return a.positions_["BTC-X"] == 3;
}

struct Recursive {
  long balance_ = 100;
  task<> buy(long cost, int depth) {
    if (balance_ >= cost) {
      const long price = co_await priced(cost);
      if (depth > 0)
        co_await buy(cost, depth - 1);
      balance_ -= price; // refuse: recursion
    }
  }
};
PROGRAM(recursion_refused) {
  Recursive a;
  w.spawn(a.buy(60, 1));
  w.run();
  return a.balance_ >= 0;
}

} // namespace
