#include "desk.hpp"

void desk::drain(boost::asio::yield_context yield) {
  if (balance_ > 3) {
    tick(yield);
    balance_ -= 3;
  }
}

void desk::settle(boost::asio::yield_context yield) {
  if (balance_ > 5) {
    note(yield);
    balance_ -= 5;
  }
}
