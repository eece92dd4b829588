// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*
#include "venue.hpp"
#include <memory>
using namespace mock;

// Each session has an object of its own, and what that refers to is shared by
// all of them.

task<bool> send(long cost);
struct connection {};
task<connection> accept();

namespace started_where_made {
struct desk {
  task<> pay_bad(long cost) {
    if (balance_ >= cost) {
      co_await send(cost);
      balance_ -= cost; // expect: stale-check
    }
  }
  long balance_ = 0;
};
struct session {
  session(connection, desk &of) : desk_(of) {}
  task<> run_ok() {
    for (;;) {
      co_await desk_.pay_bad(3);
      if (own_balance_ >= 3) {
        co_await send(3);
        own_balance_ -= 3; // of this session
      }
      co_await tip_ok();
    }
  }
  task<> tip_ok() {
    if (own_balance_ >= 1) {
      co_await send(1);
      own_balance_ -= 1;
    }
  }
  desk &desk_;
  long own_balance_ = 0;
};
task<> serve(desk &of) {
  for (;;) {
    connection next = co_await accept();
    spawn(std::make_shared<session>(next, of)->run_ok());
  }
}
} // namespace started_where_made

namespace started_by_itself {
struct desk {
  task<> pay_bad(long cost) {
    if (balance_ >= cost) {
      co_await send(cost);
      balance_ -= cost; // expect: stale-check
    }
  }
  long balance_ = 0;
};
struct session : std::enable_shared_from_this<session> {
  explicit session(desk &of) : desk_(of) {}
  void start() {
    spawn([self = shared_from_this()] { return self->run_ok(); }());
  }
  task<> run_ok() {
    co_await desk_.pay_bad(3);
    if (own_balance_ >= 3) {
      co_await send(3);
      own_balance_ -= 3;
    }
  }
  desk &desk_;
  long own_balance_ = 0;
};
} // namespace started_by_itself

namespace one_alone {
struct desk {
  task<> pay_ok(long cost) {
    if (balance_ >= cost) {
      co_await send(cost);
      balance_ -= cost; // there is only one session
    }
  }
  long balance_ = 0;
};
struct session : std::enable_shared_from_this<session> {
  explicit session(desk &of) : desk_(of) {}
  void start() { spawn(run()); }
  task<> run() { co_await desk_.pay_ok(3); }
  desk &desk_;
};
} // namespace one_alone

namespace two_activities {
struct session : std::enable_shared_from_this<session> {
  void start() {
    spawn(run_bad());
    spawn(tip_bad());
  }
  task<> run_bad() {
    if (balance_ >= 3) {
      co_await send(3);
      balance_ -= 3; // expect: stale-check
    }
  }
  task<> tip_bad() {
    if (balance_ >= 1) {
      co_await send(1);
      balance_ -= 1; // expect: stale-check
    }
  }
  long balance_ = 0;
};
task<> serve() {
  for (;;) {
    co_await accept();
    std::make_shared<session>()->start();
  }
}
} // namespace two_activities

namespace side_by_side {
/// Whether all came to a good end, which is what each of them tells as well.
template <class... Work> bool run_all(Work... work);
struct wallet {
  task<bool> pay_bad(long cost) {
    if (balance_ < cost)
      co_return false;
    co_await send(cost);
    balance_ -= cost; // expect: stale-check
    co_return true;
  }
  long balance_ = 0;
};
bool both(wallet &of) { return run_all(of.pay_bad(60), of.pay_bad(60)); }
} // namespace side_by_side

int main() {
  started_by_itself::desk shared;
  for (int n = 0; n < 3; ++n)
    std::make_shared<started_by_itself::session>(shared)->start();
  one_alone::desk alone;
  std::make_shared<one_alone::session>(alone)->start();
}
