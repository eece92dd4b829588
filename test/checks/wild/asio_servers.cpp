// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// Clients and servers as they are written with Asio: pools, sessions, limits.
#include "asio.hpp"
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using boost::asio::awaitable;
using boost::asio::use_awaitable;

struct wire {
  int id = 0;
  bool healthy = true;
};
awaitable<std::shared_ptr<wire>> dial(std::string host);
awaitable<std::string> request(wire &connection, std::string text);
awaitable<std::string> fetch_token();
awaitable<void> write_frame(std::string frame);
long now();

class connection_pool {
public:
  // Room for one more is seen by several; the pool grows beyond its limit.
  awaitable<std::shared_ptr<wire>> acquire_bad(std::string host) {
    if (!idle_.empty()) {
      auto c = idle_.back();
      idle_.pop_back();
      co_return c;
    }
    if (open_ >= limit_)
      co_return nullptr;
    auto c = co_await dial(host);
    ++open_; // expect: stale-check
    co_return c;
  }

  // The place is taken before dialling, and given back if that fails.
  awaitable<std::shared_ptr<wire>> acquire_ok(std::string host) {
    if (open_ >= limit_)
      co_return nullptr;
    ++open_;
    try {
      co_return co_await dial(host);
    } catch (...) {
      --open_;
      throw;
    }
  }

  // Taken out in one slice, put back at the end.
  awaitable<void> borrow_ok(std::string text) {
    if (idle_.empty())
      co_return;
    auto c = idle_.back();
    idle_.pop_back();
    co_await request(*c, text);
    idle_.push_back(c);
  }

  // Looked at, used while still in the pool, removed afterwards: two users.
  awaitable<void> borrow_bad(std::string text) {
    if (idle_.empty())
      co_return;
    auto c = idle_.back();
    co_await request(*c, text);
    idle_.pop_back(); // expect: stale-check|stale-value
  }

private:
  std::vector<std::shared_ptr<wire>> idle_;
  int open_ = 0;
  const int limit_ = 8;
};

class token_source {
public:
  // Refreshed by everybody who finds it old.
  awaitable<std::string> token_bad() {
    if (expires_ < now()) {
      std::string fresh = co_await fetch_token();
      expires_ = now() + 60; // expect: stale-check
      co_return fresh;
    }
    co_return "";
  }

  // The flag keeps the second one out.
  awaitable<void> refresh_ok() {
    if (refreshing_)
      co_return;
    refreshing_ = true;
    token_ = co_await fetch_token();
    refreshing_ = false;
  }

private:
  long expires_ = 0;
  bool refreshing_ = false;
  std::string token_;
};

class rate_limiter {
public:
  // Waits for the next window, then trusts the count of the old one.
  awaitable<bool> admit_bad() {
    if (used_ >= per_second_)
      co_return false;
    co_await timer_.async_wait(use_awaitable);
    ++used_; // expect: stale-check
    co_return true;
  }

  // Waits in a loop until there is room.
  awaitable<void> admit_ok() {
    while (used_ >= per_second_)
      co_await timer_.async_wait(use_awaitable);
    ++used_;
  }

  // The window is reset whatever was used.
  awaitable<void> window_ok() {
    for (;;) {
      co_await timer_.async_wait(use_awaitable);
      used_ = 0;
    }
  }

private:
  int used_ = 0;
  const int per_second_ = 100;
  boost::asio::steady_timer timer_;
};

class session : public std::enable_shared_from_this<session> {
public:
  // A second writer starts if a frame is pushed while nobody writes: the flag
  // is tested and set in one slice, and cleared by the writer.
  awaitable<void> send_ok(std::string frame) {
    outbox_.push_back(std::move(frame));
    if (writing_)
      co_return;
    writing_ = true;
    while (!outbox_.empty()) {
      std::string next = std::move(outbox_.front());
      outbox_.pop_front();
      co_await write_frame(next);
    }
    writing_ = false;
  }

  // The sequence number is read, used, and then counted up: two frames get the
  // same number.
  awaitable<void> numbered_bad(std::string frame) {
    const int number = sequence_;
    co_await write_frame(std::to_string(number) + frame);
    sequence_ = number + 1; // expect: stale-value
  }

  // Counted up where it is read.
  awaitable<void> numbered_ok(std::string frame) {
    const int number = sequence_++;
    co_await write_frame(std::to_string(number) + frame);
  }

  // The close comes twice.
  awaitable<void> close_bad() {
    if (closed_)
      co_return;
    co_await write_frame("bye");
    closed_ = true; // expect: stale-check
  }

  // Closed first, said good-bye afterwards.
  awaitable<void> close_ok() {
    if (std::exchange(ended_, true))
      co_return;
    co_await write_frame("bye");
  }

private:
  std::deque<std::string> outbox_;
  bool writing_ = false;
  int sequence_ = 0;
  bool closed_ = false;
  bool ended_ = false;
};

class directory {
public:
  void drop(const std::string &name) { sessions_.erase(name); }

  // The session may be dropped while its frame is written.
  awaitable<void> notify_bad(std::string name) {
    auto it = sessions_.find(name);
    if (it == sessions_.end())
      co_return;
    co_await write_frame(name);
    it->second.healthy = false; // expect: stale-reference|stale-check
  }

  // Everybody, by a copy of the names.
  awaitable<void> notify_all_ok() {
    std::vector<std::string> names;
    for (const auto &[name, w] : sessions_)
      names.push_back(name);
    for (const auto &name : names)
      co_await write_frame(name);
  }

  // Everybody, straight from the map.
  awaitable<void> notify_all_bad() {
    for (const auto &[name, w] : sessions_) // expect: stale-reference
      co_await write_frame(name);
  }

  // Registered only if the name is still free.
  awaitable<bool> register_ok(std::string name) {
    co_await write_frame("welcome");
    if (sessions_.contains(name))
      co_return false;
    sessions_.emplace(name, wire{});
    co_return true;
  }

  // Registered although somebody else may have it now.
  awaitable<bool> register_bad(std::string name) {
    if (sessions_.contains(name))
      co_return false;
    co_await write_frame("welcome");
    sessions_[name] = wire{}; // expect: stale-check
    co_return true;
  }

private:
  std::map<std::string, wire> sessions_;
};
