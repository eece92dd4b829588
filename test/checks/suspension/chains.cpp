// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// Handlers of which each lets the next one run, what they keep, and what they
// are handed.
#include "asio.hpp"
#include "task.hpp"
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>
using mock::task;

task<> breathe();

/// Connects, reads, reads again: nobody else is at work on this object.
class session {
public:
  explicit session(asio::steady_timer &timer) : timer_(timer) { connect(); }

private:
  void connect() {
    if (state_ != 0)
      return;
    timer_.async_wait([this](asio::error_code e) {
      state_ = e ? 2 : 1; // links of one chain follow each other
      read();
    });
  }
  void read() {
    if (state_ != 1)
      return;
    timer_.async_wait([this](asio::error_code e) {
      state_ = e ? 2 : 1;
      read();
    });
  }
  asio::steady_timer &timer_;
  int state_ = 0;
};

/// Two chains on one object.
class duplex {
public:
  explicit duplex(asio::steady_timer &timer) : timer_(timer) {
    read();
    write();
  }

private:
  void read() {
    if (state_ != 0)
      return;
    timer_.async_wait([this](asio::error_code) {
      state_ = 1; // expect: stale-check
      read();
    });
  }
  void write() {
    if (state_ != 0)
      return;
    timer_.async_wait([this](asio::error_code) {
      state_ = 2; // expect: stale-check
      write();
    });
  }
  asio::steady_timer &timer_;
  int state_ = 0;
};

/// A socket in an optional is state: whether there is one.
class dialer {
public:
  task<> dial_bad(asio::tcp_socket fresh) {
    if (socket_)
      co_return;
    co_await breathe();
    socket_ = std::move(fresh); // expect: stale-check
  }
  task<> dial_ok(asio::tcp_socket fresh) {
    co_await breathe();
    if (!socket_)
      socket_ = std::move(fresh);
  }

private:
  std::optional<asio::tcp_socket> socket_;
};

struct page {
  std::string text;
  int visits = 0;
};

/// What an awaited look-up leads to.
class pages {
public:
  task<> visit_bad(std::string name) {
    page *p = co_await find(name);
    co_await breathe();
    ++p->visits; // expect: stale-reference
  }
  task<> visit_ok(std::string name) {
    co_await breathe();
    page *p = co_await find(name);
    ++p->visits;
  }
  void drop(const std::string &name) { pages_.erase(name); }

private:
  task<page *> find(std::string name) {
    co_await breathe();
    co_return &pages_[name];
  }
  std::map<std::string, page> pages_;
};

/// A handler with a strong pointer of its own, or with a reference to the one
/// in the table.
class rooms {
public:
  void greet_bad(int id, asio::steady_timer &timer) {
    auto &room = rooms_[id];
    timer.async_wait([&room](asio::error_code) {
      room->visits += 1; // expect: stale-reference
    });
  }
  void greet_ok(int id, asio::steady_timer &timer) {
    auto &room = rooms_[id];
    timer.async_wait([room](asio::error_code) { room->visits += 1; });
  }
  void close(int id) { rooms_.erase(id); }

private:
  std::map<int, std::shared_ptr<page>> rooms_;
};
