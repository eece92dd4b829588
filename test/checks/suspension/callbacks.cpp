// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// The body of a handler runs after a suspension of the function that starts it.
#include "asio.hpp"
#include "seastar.hpp"
#include <algorithm>
#include <memory>
#include <vector>

seastar::future<> store(int value);
seastar::future<int> load();
template <class F>
void apply_now(F f) { f(); }

class handler_server : public std::enable_shared_from_this<handler_server> {
public:
  // Checked at the start, counted in the handler.
  void write_bad(asio::tcp_socket &socket) {
    if (writes_ >= 4)
      return;
    socket.async_write_some("x", [this](asio::error_code, unsigned long) {
      ++writes_; // expect: stale-check
    });
  }

  // Counted at the start, released in the handler.
  void write_ok(asio::tcp_socket &socket) {
    if (writes_ >= 4)
      return;
    ++writes_;
    socket.async_write_some("x", [this](asio::error_code, unsigned long) {
      --writes_;
    });
  }

  // A copy travels into the handler and is written back.
  void timer_bad(asio::steady_timer &timer) {
    const int before = level_;
    timer.async_wait([this, before](asio::error_code) {
      level_ = before + 1; // expect: stale-value
    });
  }

  // Read and written in the handler.
  void timer_ok(asio::steady_timer &timer) {
    timer.async_wait([this](asio::error_code) {
      if (level_ < 9)
        ++level_;
    });
  }

  // Posted work runs later.
  void post_bad(asio::io_context &context) {
    if (started_)
      return;
    asio::post(context, [this] {
      started_ = true; // expect: stale-check
    });
  }

  // Called at once, inside the call.
  void called_at_once_ok() {
    if (started_)
      return;
    apply_now([this] { started_ = true; });
  }

  // An algorithm calls at once.
  void algorithm_ok(std::vector<int> &values) {
    if (level_ > 3)
      return;
    std::for_each(values.begin(), values.end(), [this](int v) { level_ += v; });
  }

  void stop() { started_ = false; }

private:
  int writes_ = 0;
  int level_ = 0;
  bool started_ = false;
};

class continuation_server {
public:
  // The continuation runs when the store is done.
  seastar::future<> then_bad(int v) {
    if (stored_ >= 8)
      return seastar::make_ready_future();
    return store(v).then([this] {
      ++stored_; // expect: stale-check
    });
  }

  // Claimed before.
  seastar::future<> then_ok(int v) {
    if (stored_ >= 8)
      return seastar::make_ready_future();
    ++stored_;
    return store(v);
  }

  // A snapshot carried through the chain.
  seastar::future<> then_value_bad() {
    const int old = sum_;
    return load().then([this, old](int more) {
      sum_ = old + more; // expect: stale-value
    });
  }

  // Added in the continuation.
  seastar::future<> then_value_ok() {
    return load().then([this](int more) { sum_ += more; });
  }

  // Two stages: the check in the first, the write in the second.
  seastar::future<> two_stages_bad(int v) {
    return load().then([this, v](int) {
      if (stored_ >= 8)
        return seastar::make_ready_future();
      return store(v).then([this] {
        ++stored_; // expect: stale-check
      });
    });
  }

  // Check and write in the same stage.
  seastar::future<> one_stage_ok(int v) {
    return store(v).then([this] {
      if (stored_ < 8)
        ++stored_;
    });
  }

private:
  int stored_ = 0;
  int sum_ = 0;
};

/// What a handler captures is as old as the handler.
class slot_server {
public:
  void pointer_bad(asio::tcp_socket &socket, int i) {
    int *slot = &slots_[i];
    socket.async_write_some("x", [slot](asio::error_code, unsigned long n) {
      *slot = int(n); // expect: stale-reference
    });
  }
  void reference_bad(asio::tcp_socket &socket, int i) {
    int &slot = slots_[i];
    socket.async_write_some("x", [&slot](asio::error_code, unsigned long n) {
      slot = int(n); // expect: stale-reference
    });
  }
  void copy_ok(asio::tcp_socket &socket, int i) {
    int &slot = slots_[i];
    socket.async_write_some("x",
                            [slot](asio::error_code, unsigned long n) mutable {
                              slot = int(n);
                            });
  }
  void index_ok(asio::tcp_socket &socket, int i) {
    socket.async_write_some("x", [this, i](asio::error_code, unsigned long n) {
      slots_.at(i) = int(n);
    });
  }
  void grow() { slots_.push_back(0); }

private:
  std::vector<int> slots_;
};

/// A handler that keeps an index: others that are erased move what it names.
class shop {
public:
  void pay_bad(int id, asio::tcp_socket &socket) {
    const unsigned long at = index_of(id);
    if (at == orders_.size())
      return;
    socket.async_write_some("x", [this, at](asio::error_code, unsigned long) {
      orders_[at].paid = true; // expect: stale-value
    });
  }
  void pay_found_again_ok(int id, asio::tcp_socket &socket) {
    socket.async_write_some("x", [this, id](asio::error_code, unsigned long) {
      const unsigned long at = index_of(id);
      if (at < orders_.size())
        orders_[at].paid = true;
    });
  }
  void add(int id) { orders_.push_back({id, false}); }
  void drop(int id) {
    std::erase_if(orders_, [id](const order &o) { return o.id == id; });
  }

private:
  unsigned long index_of(int id) const {
    unsigned long at = 0;
    while (at < orders_.size() && orders_[at].id != id)
      ++at;
    return at;
  }
  struct order {
    int id;
    bool paid;
  };
  std::vector<order> orders_;
};
