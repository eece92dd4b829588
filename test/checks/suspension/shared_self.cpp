// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// Handlers that keep their object alive: it is the same object.
#include "asio.hpp"
#include <memory>

class quoter : public std::enable_shared_from_this<quoter> {
public:
  // Checked when the timer is set, taken when it fires.
  void sell_bad(asio::steady_timer &timer, int n) {
    if (stock_ < n)
      return;
    timer.async_wait([self = shared_from_this(), n](asio::error_code) {
      self->stock_ -= n; // expect: stale-check
    });
  }
  void sell_named_bad(asio::steady_timer &timer, int n) {
    auto self = shared_from_this();
    if (stock_ < n)
      return;
    timer.async_wait([self, n](asio::error_code) {
      self->stock_ -= n; // expect: stale-check
    });
  }

  // Looked at by the handler.
  void sell_late_ok(asio::steady_timer &timer, int n) {
    timer.async_wait([self = shared_from_this(), n](asio::error_code) {
      if (self->stock_ >= n)
        self->stock_ -= n;
    });
  }

  // Taken at once, given back by the handler.
  void sell_first_ok(asio::steady_timer &timer, int n) {
    if (stock_ < n)
      return;
    stock_ -= n;
    timer.async_wait([self = shared_from_this(), n](asio::error_code) {
      self->stock_ += n;
    });
  }

  // A copy comes back as the level.
  void level_bad(asio::io_context &context) {
    const int before = level_;
    asio::post(context, [self = shared_from_this(), before] {
      self->level_ = before + 1; // expect: stale-value
    });
  }

  // The handler asks whether there is anybody left.
  void weak_bad(asio::steady_timer &timer) {
    const int before = level_;
    timer.async_wait([weak = weak_from_this(), before](asio::error_code) {
      if (auto self = weak.lock())
        self->level_ = before + 1; // expect: stale-value
    });
  }

private:
  int stock_ = 10;
  int level_ = 0;
};
