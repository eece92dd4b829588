#pragma once
#include "asio.hpp"

struct desk {
  void drain(boost::asio::yield_context yield);
  void settle(boost::asio::yield_context yield);
  void tick(boost::asio::yield_context yield);
  void note(boost::asio::yield_context yield);
  boost::asio::tcp_socket &socket_;
  long balance_ = 9;
};
