// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
using namespace mock;

[[noreturn]] void fail(const char *why);

template <bool Remote>
class book {
public:
  // The discarded branch holds the only await.
  task<> local_only_ok(money cost)
    requires(!Remote)
  {
    if (balance_ < cost)
      co_return;
    if constexpr (Remote)
      co_await venue_.submit(cost);
    balance_ -= cost;
  }

  // The branch that is kept holds the await.
  task<> remote_bad(money cost)
    requires(Remote)
  {
    if (balance_ < cost)
      co_return;
    if constexpr (Remote)
      co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
  }

private:
  money balance_;
  venue venue_;
};

task<> use(book<false> &local, book<true> &remote) {
  co_await local.local_only_ok(1);
  co_await remote.remote_bad(1);
}

class desk {
public:
  // The only path with an await ends in a function that does not return.
  task<> noreturn_path_ok(money cost) {
    if (balance_ < cost)
      co_return;
    if (cost.is_zero()) {
      co_await venue_.submit(cost);
      fail("nothing to buy");
    }
    balance_ -= cost;
  }

  // A condition that is constant false.
  task<> constant_false_ok(money cost) {
    constexpr bool remote = false;
    if (balance_ < cost)
      co_return;
    if (remote)
      co_await venue_.submit(cost);
    balance_ -= cost;
  }

  // The check that leaves by a function that does not return.
  task<> noreturn_reject_bad(money cost) {
    if (balance_ < cost)
      fail("insufficient");
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
  }

  // goto is control flow like any other.
  task<> goto_bad(money cost) {
    if (balance_ < cost)
      goto rejected;
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
    co_return;
  rejected:
    log_line("rejected");
  }

private:
  money balance_;
  venue venue_;
};
