// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*,mismatched-guard
// A chat server on a thread pool; libcoro's mutex and a hand-written guard.
#include "libcoro.hpp"
#include "locks.hpp"
#include "venue.hpp"
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct message {
  std::string from, text;
};

struct client {
  int id;
  std::deque<message> outbox;
  bool closed = false;
  coro::mutex write_mutex;
};

coro::task<> write_socket(int id, message m);
coro::task<message> read_socket(int id);

class room {
public:
  coro::task<> join_ok(std::shared_ptr<client> c) {
    auto lk = co_await members_mutex_.scoped_lock();
    members_[c->id] = c;
  }
  coro::task<> leave_ok(int id) {
    auto lk = co_await members_mutex_.scoped_lock();
    members_.erase(id);
    if (members_.empty())
      empty_ = true;
  }
  coro::task<> broadcast_ok(message m) {
    std::vector<std::shared_ptr<client>> targets;
    {
      auto lk = co_await members_mutex_.scoped_lock();
      for (auto &[id, c] : members_)
        targets.push_back(c);
    }
    for (auto &c : targets)
      co_await write_socket(c->id, m);
  }
  // looks whether there is room, waits for the lock
  coro::task<bool> join_limited_bad(std::shared_ptr<client> c) {
    if (members_.size() >= 10)
      co_return false;
    auto lk = co_await members_mutex_.scoped_lock();
    members_[c->id] = c; // expect: stale-check
    co_return true;
  }
  coro::task<bool> join_limited_ok(std::shared_ptr<client> c) {
    auto lk = co_await members_mutex_.scoped_lock();
    if (members_.size() >= 10)
      co_return false;
    members_[c->id] = c;
    co_return true;
  }
  coro::task<> kick_bad(int id) {
    members_.erase(id); // expect: unguarded-modification
    co_await write_socket(id, {});
  }
  coro::task<> post_ok(std::shared_ptr<client> c, message m) {
    auto lk = co_await c->write_mutex.scoped_lock();
    c->outbox.push_back(m);
  }
  coro::task<> flush_ok(std::shared_ptr<client> c) {
    auto lk = co_await c->write_mutex.scoped_lock();
    while (!c->outbox.empty()) {
      co_await write_socket(c->id, c->outbox.front());
      c->outbox.pop_front();
    }
  }
  // the lock of another client
  coro::task<> relay_bad(std::shared_ptr<client> a, std::shared_ptr<client> b, message m) {
    auto lk = co_await a->write_mutex.scoped_lock();
    b->outbox.push_back(m); // expect: unguarded-modification|mismatched-guard
  }

private:
  coro::mutex members_mutex_;
  std::map<int, std::shared_ptr<client>> members_;
  bool empty_ = true;
};

/// A guard class of the house.
class big_lock {
public:
  void enter();
  void leave();
};
class in_big_lock {
  big_lock &b_;

public:
  explicit in_big_lock(big_lock &b) : b_(b) { b_.enter(); }
  in_big_lock(const in_big_lock &) = delete;
  ~in_big_lock() { b_.leave(); }
};

class stats {
public:
  void hit_ok() {
    std::lock_guard lk(m_);
    hits_++;
    last_ = "hit";
  }
  void miss_ok() {
    std::lock_guard lk(m_);
    misses_++;
  }
  double ratio_ok() {
    std::lock_guard lk(m_);
    return hits_ + misses_ ? double(hits_) / (hits_ + misses_) : 0;
  }
  void reset_bad() {
    hits_ = 0; // expect: unguarded-modification
    std::lock_guard lk(m_);
    misses_ = 0;
  }

private:
  std::mutex m_;
  long hits_ = 0, misses_ = 0;
  std::string last_;
};

/// Objects made here, not yet shared.
std::shared_ptr<client> accept_ok(int id) {
  auto c = std::make_shared<client>();
  c->id = id;
  c->outbox.push_back({"server", "welcome"});
  return c;
}

/// Base class with the lock, derived class with the state.
class lockable {
protected:
  std::mutex m_;
};
class gauge : lockable {
public:
  void set_ok(int v) {
    std::lock_guard lk(m_);
    value_ = v;
  }
  void bump_ok() {
    std::lock_guard lk(m_);
    if (value_ < 10)
      ++value_;
  }
  void zero_bad() {
    value_ = 0; // expect: unguarded-modification
  }

private:
  int value_ = 0;
};

/// A lock behind a pointer, pimpl.
class engine {
  struct impl {
    std::mutex m;
    std::map<int, int> book;
  };
  std::unique_ptr<impl> p_ = std::make_unique<impl>();

public:
  void put_ok(int k, int v) {
    std::lock_guard lk(p_->m);
    p_->book[k] = v;
  }
  void erase_bad(int k) {
    p_->book.erase(k); // expect: unguarded-modification
  }
};
