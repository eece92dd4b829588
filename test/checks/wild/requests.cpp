// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*,mismatched-guard
// What a request has read and what becomes of that later.
#include "asio.hpp"
#include <functional>
#include <memory>
#include <vector>
bool send(int tunnel, int what);
boost::asio::awaitable<void> deliver(std::vector<int> all);

class pool {
public:
  std::vector<int> all() const { return tunnels_; }
  int pick() const { return tunnels_.empty() ? 0 : tunnels_.front(); }
  void add(int t) { tunnels_.push_back(t); }
  void detach() { tunnels_.clear(); }

private:
  std::vector<int> tunnels_;
};

class destination : public std::enable_shared_from_this<destination> {
public:
  bool ready() const { return pool_.pick() != 0; }
  bool request_ok(int what, std::function<void(bool)> done) {
    if (!ready()) {
      if (done)
        asio::post(io_, [done] { done(false); });
      return false;
    }
    asio::post(io_, std::bind(&destination::lookup, shared_from_this(), what, done));
    return true;
  }
  void lookup(int what, std::function<void(bool)> done) {
    done(send(pool_.pick(), what));
  }
  void stop() { pool_.detach(); }
  void add(int t) { pool_.add(t); }

  boost::asio::awaitable<void> hand_over_bad() {
    co_await deliver(pool_.all());
    pool_.detach(); // expect: stale-value
  }

private:
  asio::io_context io_;
  pool pool_;
};

/// Whether there is a tunnel was asked before; that all are dropped if there is
/// no answer, is no result of that.
class session : public std::enable_shared_from_this<session> {
public:
  void ask_ok() {
    destination_->request_ok(1, [self = shared_from_this()](bool found) {
      if (!found)
        self->destination_->stop();
    });
  }

private:
  std::shared_ptr<destination> destination_;
};
