#include "desk.hpp"

void desk::tick(boost::asio::yield_context yield) {
  socket_.async_write_some("tick", yield);
}

void desk::note(boost::asio::yield_context) {}
