// RUN: %check-cases %s -- --executor=multi-threaded --checks=-*,unguarded-*,stale-*
#include "venue.hpp"
#include <atomic>
#include <coroutine>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
using namespace mock;

// Permits of the program's own, on several threads.
class permits {
public:
  explicit permits(int n) : free_(n) {}
  class unit {
  public:
    explicit unit(permits *p) : p_(p) {}
    unit(unit &&o) noexcept : p_(std::exchange(o.p_, nullptr)) {}
    ~unit() {
      if (p_)
        p_->put();
    }

  private:
    permits *p_;
  };
  auto acquire() noexcept {
    struct op {
      permits *p;
      bool await_ready() const noexcept { return false; }
      bool await_suspend(std::coroutine_handle<> h) { return p->queue(h); }
      unit await_resume() const noexcept { return unit(p); }
    };
    return op{this};
  }

private:
  bool queue(std::coroutine_handle<> h) {
    std::lock_guard l(mutex_);
    if (free_ > 0) {
      --free_;
      return false;
    }
    line_.push_back(h);
    return true;
  }
  void put() {
    std::lock_guard l(mutex_);
    if (line_.empty()) {
      ++free_;
      return;
    }
    line_.front().resume();
    line_.pop_front();
  }
  std::mutex mutex_;
  int free_;
  std::deque<std::coroutine_handle<>> line_;
};

class sender {
public:
  // Several at a time may be in.
  task<> send_bad(long balance) {
    auto slot = co_await wire_.acquire();
    co_await venue_.submit(balance);
    last_balance_ = balance; // expect: unguarded-modification
    sent_.fetch_add(1);
  }
  // One at a time.
  task<bool> debit_ok(long n) {
    auto held = co_await one_.acquire();
    if (balance_ < n)
      co_return false;
    balance_ -= n;
    co_return true;
  }

private:
  venue venue_;
  permits wire_{4};
  permits one_{1};
  long last_balance_ = 0;
  long balance_ = 0;
  std::atomic<long> sent_{0};
};
