#include "venue.hpp"
using namespace mock;

// A whole program, with names that the other one has as well.
class session {
public:
  task<> run() {
    if (balance_ > 0) {
      co_await venue_.submit(1);
      balance_ -= 1;
    }
  }

private:
  int balance_ = 0;
  venue venue_;
};

static task<> serve(session &s) { co_await s.run(); }

int main() {
  session alone;
  spawn(serve(alone));
}
