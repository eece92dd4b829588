// RUN: %check-cases %s -- --executor=multi-threaded --checks=-*,stale-check,stale-value,unguarded-*
// Helpers that start or post what they are given, on a strand.
#include "asio.hpp"
#include <functional>
#include <string>

using asio::awaitable;

awaitable<bool> send_order(int id);
void note(const std::string &line);

namespace run {
// a function object, started behind a lambda that catches
template <class E, class F> void logged(E &ex, F work) {
  asio::post(ex, [work] {
    try {
      work();
    } catch (...) {
      note("failed");
    }
  });
}
// a callable that makes a coroutine
template <class E, class F> void coroutine(E ex, F work) {
  asio::co_spawn(
      ex,
      [work = std::move(work)]() -> awaitable<void> {
        try {
          co_await work();
        } catch (...) {
          note("failed");
        }
      },
      asio::detached);
}
// a coroutine that is there already
inline void launch(asio::any_io_executor ex, awaitable<void> work) {
  asio::co_spawn(ex, std::move(work), asio::detached);
}
} // namespace run

/// Runs what it is made with on the executor that it is made with.
class timeout {
public:
  timeout(asio::any_io_executor ex, int seconds, std::function<void()> end);
};

class teller {
public:
  void open() {
    run::logged(strand_, [this] { pay_in_ok(1); });
    run::logged(strand_, [this] { pay_out_ok(1); });
    run::coroutine(strand_, [this] { return accrue_ok(); });
    run::coroutine(strand_, [this] { return charge_ok(); });
    run::launch(strand_, settle_ok());
    own(round_ok());
    later([this] { tidy_ok(); });
    named([this] { correct_ok(); });
    twice([this] { book_ok(); });
    timeout late(strand_, 10, [this] { balance_ -= 4; });
    asio::post(strand_, [this] { balance_ += 1; });
  }

private:
  void pay_in_ok(long n) { balance_ += n; }
  void pay_out_ok(long n) {
    if (balance_ >= n)
      balance_ -= n;
  }
  awaitable<void> accrue_ok() {
    co_await send_order(1);
    balance_ += 1;
  }
  awaitable<void> charge_ok() {
    co_await send_order(2);
    balance_ -= 1;
  }
  awaitable<void> settle_ok() {
    co_await send_order(3);
    balance_ += 2;
  }
  awaitable<void> round_ok() {
    co_await send_order(4);
    balance_ -= 2;
  }
  void tidy_ok() { balance_ += 3; }
  void correct_ok() { balance_ -= 3; }
  void book_ok() { balance_ += 4; }

  void own(awaitable<void> work) {
    asio::co_spawn(strand_, std::move(work), asio::detached);
  }
  template <class F> void later(F work) { asio::post(strand_, std::move(work)); }
  void named(std::function<void()> work) {
    asio::post(strand_, [work = std::move(work)] { work(); });
  }
  void twice(std::function<void()> work) { named(std::move(work)); }

  asio::strand<asio::any_io_executor> strand_;
  long balance_ = 0;
};

/// The same helpers, but not always with the strand.
class clerk {
public:
  void open(asio::any_io_executor pool) {
    run::logged(strand_, [this] { pay_in_ok(1); });
    run::logged(pool, [this] { balance_ -= 1; }); // expect: unguarded-modification
    run::coroutine(pool, [this] { return accrue_bad(); });
    run::launch(pool, settle_bad());
    own(late_bad(4));
    other([this] { balance_ += 3; }); // expect: unguarded-modification
    timeout late(
        pool, 10, [this] {
          balance_ -= 4; // expect: unguarded-modification
        });
    asio::post(strand_, [this] { balance_ += 1; });
  }

private:
  void pay_in_ok(long n) { balance_ += n; }
  awaitable<void> accrue_bad() {
    co_await send_order(1);
    balance_ += 1; // expect: unguarded-modification
  }
  awaitable<void> settle_bad() {
    co_await send_order(3);
    balance_ += 2; // expect: unguarded-modification
  }
  // on the strand, but that is not enough over an await
  awaitable<void> late_bad(long n) {
    if (balance_ < n)
      co_return;
    co_await send_order(4);
    balance_ -= n; // expect: stale-check
  }

  void own(awaitable<void> work) {
    asio::co_spawn(strand_, std::move(work), asio::detached);
  }
  template <class F> void other(F work) {
    asio::post(records_, std::move(work));
  }

  asio::strand<asio::any_io_executor> strand_, records_;
  long balance_ = 0;
};
