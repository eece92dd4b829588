// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*,mismatched-guard
// Handlers without an executor of their own run on that of the timer or socket
// which calls them.
#include "asio.hpp"
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using asio::error_code;
using strand = asio::strand<asio::any_io_executor>;

/// The timer is made on the strand of the roster.
class roster : public std::enable_shared_from_this<roster> {
public:
  explicit roster(asio::any_io_executor &io)
      : strand_(asio::make_strand(io)), other_(asio::make_strand(io)),
        sweep_(strand_), ping_(other_) {}
  void online_ok(std::string nick) {
    asio::post(strand_, [self = shared_from_this(), nick] {
      self->seen_[nick] = 1;
    });
  }
  void beat_ok(std::string nick) {
    asio::post(strand_, [self = shared_from_this(), nick] {
      if (self->seen_.count(nick) != 0)
        self->seen_[nick] = 2;
    });
  }
  void sweep_ok() {
    sweep_.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec)
        self->seen_.erase("idle");
    });
  }
  void ping_bad() {
    ping_.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec)
        self->seen_.erase("gone"); // expect: unguarded-modification
    });
  }
  void kick_bad(const std::string &nick) {
    seen_.erase(nick); // expect: unguarded-modification
  }

private:
  strand strand_, other_;
  asio::steady_timer sweep_, ping_;
  std::map<std::string, int> seen_;
};

/// Work is handed to the executor of the socket by name: that is what keeps the
/// handlers apart.
class session : public std::enable_shared_from_this<session> {
public:
  session(asio::any_io_executor io, asio::tcp_socket socket)
      : socket_(std::move(socket)), watchdog_(io) {}
  void reply_ok(std::string line) {
    asio::post(socket_.get_executor(), [self = shared_from_this(), line] {
      self->lines_.push_back(line);
      self->silent_ = 0;
    });
  }
  void write_ok() {
    socket_.async_write_some(buffer_, [self = shared_from_this()](error_code ec, unsigned long) {
      if (ec || self->lines_.empty())
        return;
      self->lines_.pop_front();
      self->silent_ = 0;
    });
  }
  void watch_bad() {
    watchdog_.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec)
        self->silent_ += 1; // expect: unguarded-modification
    });
  }

private:
  asio::tcp_socket socket_;
  asio::steady_timer watchdog_;
  std::deque<std::string> lines_;
  char buffer_[64];
  int silent_ = 0;
};

/// Places that stations share, each with its own lock for each call.
class places {
public:
  bool free(int which) const {
    const std::lock_guard<std::mutex> held(mutex_);
    return taken_.count(which) == 0;
  }
  void take(int which) {
    const std::lock_guard<std::mutex> held(mutex_);
    taken_[which] = 1;
  }
  void leave(int which) {
    const std::lock_guard<std::mutex> held(mutex_);
    taken_.erase(which);
  }

private:
  mutable std::mutex mutex_;
  std::map<int, int> taken_;
};

/// The strand of a socket is that of one station, of many at the same places.
class station : public std::enable_shared_from_this<station> {
public:
  station(asio::tcp_socket socket, places &all)
      : socket_(std::move(socket)), places_(all) {}
  void park_bad(int which) {
    asio::post(socket_.get_executor(), [self = shared_from_this(), which] {
      if (self->places_.free(which))
        self->places_.take(which); // expect: unguarded-check-then-modify
    });
  }
  void leave_ok(int which) {
    asio::post(socket_.get_executor(), [self = shared_from_this(), which] {
      self->places_.leave(which);
    });
  }
  // What the station has itself, its strand keeps apart.
  void rest_ok(int which) {
    asio::post(socket_.get_executor(), [self = shared_from_this(), which] {
      if (self->own_.count(which) == 0)
        self->own_[which] = 1;
    });
  }

private:
  asio::tcp_socket socket_;
  places &places_;
  std::map<int, int> own_;
};
