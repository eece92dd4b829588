// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// Functions that give up control without being coroutines.
#include "asio.hpp"
#include "boost_fibers.hpp"
#include "seastar.hpp"
#include <interlock/annotations.hpp>
#include <string>
#include <utility>

INTERLOCK_SUSPENDS void wait_for_fill();
void switch_to_scheduler();
INTERLOCK_SUSPENDS inline void give_way() { switch_to_scheduler(); }
void compute();
void sleep_for(int milliseconds, asio::yield_context yield);
seastar::future<int> fetch();
seastar::future<> send(int value);

class asio_server {
public:
  // A call that takes the yield context suspends.
  void yield_context_bad(boost::asio::tcp_socket &socket,
                         boost::asio::yield_context yield) {
    if (sessions_ >= 10)
      return;
    socket.async_write_some("hi", yield);
    ++sessions_; // expect: stale-check
  }

  // With the error code in brackets.
  void yield_bracket_bad(asio::tcp_socket &socket, asio::yield_context yield) {
    asio::error_code ec;
    const int n = sessions_;
    socket.async_write_some("hi", yield[ec]);
    sessions_ = n + 1; // expect: stale-value
  }

  // Counted before the write.
  void yield_context_ok(boost::asio::tcp_socket &socket,
                        boost::asio::yield_context yield) {
    if (sessions_ >= 10)
      return;
    ++sessions_;
    socket.async_write_some("hi", yield);
    --sessions_;
  }

  // The context reaches a helper that waits with it.
  void yield_helper_bad(asio::steady_timer &timer, asio::yield_context yield) {
    if (sessions_ >= 10)
      return;
    pause(timer, yield);
    ++sessions_; // expect: stale-check
  }

  // What the operation is given is gone through until the call returns.
  void drain_bad(asio::tcp_socket &socket, asio::yield_context yield) {
    const std::string line = "n=" + std::to_string(sessions_);
    socket.async_write_some(line.data(), yield);
    sessions_ = 0; // expect: stale-value
  }
  void drain_ok(asio::tcp_socket &socket, asio::yield_context yield) {
    const std::string line = "n=" + std::to_string(sessions_);
    sessions_ = 0;
    socket.async_write_some(line.data(), yield);
  }
  // How long to wait is nothing that is handed out.
  void delay_ok(asio::yield_context yield) {
    sleep_for(sessions_, yield);
    sessions_ = 0;
  }

  // A plain call suspends nothing.
  void plain_call_ok() {
    if (sessions_ >= 10)
      return;
    compute();
    ++sessions_;
  }

private:
  void pause(asio::steady_timer &timer, asio::yield_context yield) {
    timer.async_wait(yield);
  }
  int sessions_ = 0;
};

class fiber_server {
public:
  // The scheduler runs other fibers.
  void yield_bad() {
    if (tickets_ == 0)
      return;
    boost::this_fiber::yield();
    --tickets_; // expect: stale-check
  }

  // Sleeping does, too.
  void sleep_bad() {
    const int t = tickets_;
    boost::this_fiber::sleep_for(10);
    tickets_ = t - 1; // expect: stale-value
  }

  // So does the wait for a future.
  void future_bad(boost::fibers::future<int> &answer) {
    if (tickets_ == 0)
      return;
    const int wanted = answer.get();
    tickets_ -= wanted; // expect: stale-check
  }

  // Waiting until the state is right ends with a fresh test.
  void waiting_loop_ok() {
    while (tickets_ == 0)
      boost::this_fiber::yield();
    --tickets_;
  }

  // Taken before the fiber gives way.
  void claim_ok() {
    if (tickets_ == 0)
      return;
    --tickets_;
    boost::this_fiber::yield();
  }

private:
  int tickets_ = 0;
};

class seastar_thread {
public:
  // In a Seastar thread get() waits.
  void get_bad() {
    const int v = value_;
    const int more = fetch().get();
    value_ = v + more; // expect: stale-value
  }

  // So it does for what was handed out, and for what a coroutine does.
  void drain_bad() {
    send(value_).get();
    value_ = 0; // expect: stale-value
  }
  void drain_later_bad() {
    auto sent = send(value_);
    sent.get();
    value_ = 0; // expect: stale-value
  }
  void drain_ok() {
    send(std::exchange(value_, 0)).get();
  }
  void started_bad() {
    if (spent_ > 3)
      return;
    spend().get();
  }
  void started_ok() {
    if (spent_ > 3)
      return;
    ++spent_;
    fetch().get();
  }

  // yield() of a Seastar thread.
  void thread_yield_bad() {
    if (value_ > 3)
      return;
    seastar::thread::yield();
    ++value_; // expect: stale-check
  }

  // Read after the wait.
  void get_ok() {
    const int more = fetch().get();
    value_ = value_ + more;
  }

private:
  seastar::future<> spend() {
    co_await seastar::sleep(1);
    ++spent_; // expect: stale-check
  }
  int value_ = 0, spent_ = 0;
};

class annotated {
public:
  // The user says that it waits.
  void annotated_bad() {
    if (open_)
      return;
    wait_for_fill();
    open_ = true; // expect: stale-check
  }

  // So he does of one whose body tells nothing.
  void annotated_body_bad() {
    if (open_)
      return;
    give_way();
    open_ = true; // expect: stale-check
  }

  // Not annotated.
  void not_annotated_ok() {
    if (open_)
      return;
    compute();
    open_ = true;
  }

  void close() { open_ = false; }

private:
  bool open_ = false;
};
