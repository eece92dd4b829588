// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all
// --checks=-*,stale-* A function that tests one member and another that tests
// the other.
#include "asio.hpp"
#include <memory>
#include <vector>

long now();
void transmit(const std::vector<int> &bytes);

/// The time of the last packet decides when to end, and is noted by whoever
/// sends.
class session : public std::enable_shared_from_this<session> {
public:
  explicit session(boost::asio::io_context &io) : io_(io) {}
  void send_ok(const std::vector<int> &bytes) {
    transmit(bytes);
    if (!bytes.empty())
      last_ = now();
  }
  void answer_ok() {
    if (state_ == 1)
      send_ok({7});
  }
  void probe_ok() {
    if (state_ == 1)
      boost::asio::post(io_,
                        [self = shared_from_this()] { self->send_ok({1}); });
    else
      state_ = 2;
  }
  void expire_ok() {
    if (last_ < now() - 60)
      state_ = 3;
  }

private:
  boost::asio::io_context &io_;
  int state_ = 0;
  long last_ = 0;
};

boost::asio::awaitable<void> ask(int who);

/// Each says of itself that it is on duty, if the other one is.
class duty {
public:
  boost::asio::awaitable<void> leave_first_bad() {
    if (!second_)
      co_return;
    co_await ask(1);
    first_ = false; // expect: stale-check
  }
  boost::asio::awaitable<void> leave_second_bad() {
    if (!first_)
      co_return;
    co_await ask(2);
    second_ = false; // expect: stale-check
  }

private:
  bool first_ = true, second_ = true;
};
