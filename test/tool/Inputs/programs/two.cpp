#include "venue.hpp"
using namespace mock;

class session {
public:
  task<> run() {
    if (balance_ > 0) {
      co_await venue_.submit(1);
      balance_ -= 1;
    }
  }
  task<> refill();

private:
  int balance_ = 0;
  venue venue_;
};

task<> session::refill() {
  balance_ = 5;
  co_return;
}

static task<> serve(session &s) { co_await s.run(); }
// Declared by hand: the only one that defines it is another unit.
task<> settle(venue &v);

class desk {
public:
  task<> close() {
    if (order_open_) {
      co_await settle(venue_);
      order_open_ = false;
    }
  }
  task<> reopen() {
    order_open_ = true;
    co_return;
  }

private:
  bool order_open_ = true;
  venue venue_;
};

int main() {
  session shared;
  spawn(serve(shared));
  spawn(serve(shared));
  spawn(shared.refill());
  desk d;
  spawn(d.close());
  spawn(d.reopen());
}
