// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*
#include "venue.hpp"
#include <list>
#include <optional>
using namespace mock;

// What one container gets leaves the other one: moved before the wait, it is
// nobody else's.

struct transfer {
  long chips = 0;
};
task<bool> count(long chips);

class cage {
public:
  task<> front_ok() {
    if (orders_.empty())
      co_return;
    std::list<transfer> mine;
    mine.splice(mine.end(), orders_, orders_.begin());
    if (!co_await count(mine.front().chips))
      orders_.splice(orders_.begin(), mine);
  }
  task<> all_ok() {
    std::list<transfer> mine;
    mine.splice(mine.end(), orders_);
    for (const transfer &each : mine)
      co_await count(each.chips);
  }
  task<> looked_before_bad() {
    if (orders_.empty())
      co_return;
    std::list<transfer> to;
    co_await count(1);
    to.splice(to.end(), orders_, orders_.begin()); // expect: stale-check
  }
  task<> old_place_bad() {
    auto it = orders_.begin();
    std::list<transfer> mine;
    co_await count(it->chips);
    mine.splice(mine.end(), orders_, it); // expect: stale-reference
  }

private:
  std::list<transfer> orders_;
};

// What is filled in where it was empty, and emptied by who has filled it in.
class hedging {
public:
  task<> hedge_ok(long chips) {
    if (order_)
      co_return;
    order_ = transfer{chips};
    co_await count(order_->chips);
    order_.reset();
  }

private:
  std::optional<transfer> order_;
};

// Somebody else empties it as well: the next one may have filled it in.
class cancelled {
public:
  task<> hedge_bad(long chips) {
    if (order_)
      co_return;
    order_ = transfer{chips};
    co_await count(order_->chips);
    order_.reset(); // expect: stale-value
  }
  void cancel() { order_.reset(); }

private:
  std::optional<transfer> order_;
};

// Somebody fills it in without a look.
class replaced {
public:
  task<> hedge_bad(long chips) {
    if (order_)
      co_return;
    order_ = transfer{chips};
    co_await count(order_->chips);
    order_.reset(); // expect: stale-value
  }
  void take(transfer next) { order_ = next; }

private:
  std::optional<transfer> order_;
};
