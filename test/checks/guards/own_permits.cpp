// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,nested-guard,discarded-guard,unguarded-modification,mismatched-guard
#include "venue.hpp"
#include <coroutine>
#include <deque>
#include <list>
#include <map>
#include <utility>
using namespace mock;

// Locks of the program's own, known by what the end of their guards does to
// them: a flag is cleared, a permit comes back, a reader is counted no more.

class permits {
public:
  explicit permits(venue &v, int n) : venue_(v), free_(n) {}
  class unit {
  public:
    explicit unit(permits *p) : p_(p) {}
    unit(unit &&o) noexcept : p_(std::exchange(o.p_, nullptr)) {}
    ~unit() { drop(); }
    void drop() {
      if (p_)
        std::exchange(p_, nullptr)->put();
    }

  private:
    permits *p_;
  };
  auto acquire() noexcept {
    struct op {
      permits *p;
      bool await_ready() const noexcept { return p->free_ > 0 && p->free_--; }
      void await_suspend(std::coroutine_handle<> h) { p->line_.push_back(h); }
      unit await_resume() const noexcept { return unit(p); }
    };
    return op{this};
  }

private:
  void put() {
    if (line_.empty()) {
      ++free_;
      return;
    }
    line_.front().resume();
    line_.pop_front();
  }
  venue &venue_;
  int free_;
  std::deque<std::coroutine_handle<>> line_;
};

class margin_desk {
public:
  explicit margin_desk(venue &v)
      : venue_(v), orders_(v, 1), margin_(v, 1), wire_(v, 4) {}

  // One permit: a lock.
  task<bool> debit_ok(int n) {
    auto held = co_await margin_.acquire();
    if (balance_ < n)
      co_return false;
    co_await venue_.submit(n);
    balance_ -= n;
    co_return true;
  }
  // Four of them keep nobody out.
  task<bool> debit_among_four_bad(int n) {
    auto slot = co_await wire_.acquire();
    if (slots_balance_ < n)
      co_return false;
    co_await venue_.submit(n);
    slots_balance_ -= n; // expect: stale-check
    co_return true;
  }
  // Given back by the guard's own function.
  task<bool> debit_dropped_bad(int n) {
    auto held = co_await margin_.acquire();
    if (balance_ < n)
      co_return false;
    held.drop();
    co_await venue_.submit(n);
    balance_ -= n; // expect: stale-check
    co_return true;
  }
  // debit_ok() holds the permit over its wait.
  void write_off_bad(int n) {
    balance_ -= n; // expect: unguarded-modification
  }
  task<> place_bad(int n) {
    auto book = co_await orders_.acquire();
    open_orders_ += n;
    auto money = co_await margin_.acquire(); // expect: nested-guard
    balance_ += n;
  }
  task<> liquidate_bad(int n) {
    auto money = co_await margin_.acquire();
    balance_ += n;
    auto book = co_await orders_.acquire(); // expect: nested-guard
    open_orders_ = 0;
  }
  // In turn.
  task<> settle_ok(int n) {
    {
      auto book = co_await orders_.acquire();
      open_orders_ -= n;
    }
    auto money = co_await margin_.acquire();
    balance_ += n;
  }
  task<> charge_bad(int n) {
    co_await margin_.acquire(); // expect: discarded-guard
    balance_ -= n;              // expect: unguarded-modification
  }

private:
  venue &venue_;
  permits orders_, margin_, wire_;
  int open_orders_ = 0;
  int balance_ = 0;
  int slots_balance_ = 0;
};

// Units of a free function, of a semaphore that begins with one.
class semaphore {
public:
  explicit semaphore(std::size_t n = 1) : free_(n) {}
  bool try_wait(std::size_t n) noexcept {
    return free_ >= n && (free_ -= n, true);
  }
  void enqueue(std::size_t n, std::coroutine_handle<> h) {
    wait_.emplace_back(n, h);
  }
  void signal(std::size_t n) {
    free_ += n;
    while (!wait_.empty() && try_wait(wait_.front().first)) {
      wait_.front().second.resume();
      wait_.pop_front();
    }
  }

private:
  std::size_t free_;
  std::deque<std::pair<std::size_t, std::coroutine_handle<>>> wait_;
};
class units {
public:
  units(semaphore &s, std::size_t n) noexcept : of_(&s), n_(n) {}
  units(units &&o) noexcept : of_(o.of_), n_(std::exchange(o.n_, 0)) {}
  ~units() { return_all(); }
  void return_all() {
    if (n_)
      of_->signal(std::exchange(n_, 0));
  }

private:
  semaphore *of_;
  std::size_t n_;
};
struct units_awaiter {
  semaphore &of;
  std::size_t n;
  bool await_ready() noexcept { return of.try_wait(n); }
  void await_suspend(std::coroutine_handle<> h) { of.enqueue(n, h); }
  units await_resume() noexcept { return {of, n}; }
};
inline units_awaiter get_units(semaphore &s, std::size_t n) { return {s, n}; }

class positions {
public:
  task<bool> debit_ok(int n) {
    auto u = co_await get_units(one_, 1);
    if (balance_ < n)
      co_return false;
    co_await venue_.submit(n);
    balance_ -= n;
    co_return true;
  }
  task<> assign_bad(int n) {
    auto p = co_await get_units(other_, 1);
    auto c = co_await get_units(one_, 1); // expect: nested-guard
    balance_ -= n;
  }
  task<> exercise_bad(int n) {
    auto c = co_await get_units(one_, 1);
    auto p = co_await get_units(other_, 1); // expect: nested-guard
    balance_ += n;
  }
  task<> dividend_ok(int n) {
    auto p = co_await get_units(other_, 1);
    p.return_all();
    auto c = co_await get_units(one_, 1);
    balance_ += n;
  }
  task<bool> quote_bad(int n) {
    auto slot = co_await get_units(slots_, 1);
    if (open_orders_ < n)
      co_return false;
    co_await venue_.submit(n);
    open_orders_ -= n; // expect: stale-check
    co_return true;
  }

private:
  venue venue_;
  semaphore one_, other_;
  semaphore slots_{3};
  int balance_ = 0;
  int open_orders_ = 9;
};

// Readers are counted, a writer shuts out all.
class rw_lock {
public:
  template <bool Shared>
  class hold {
  public:
    explicit hold(rw_lock *l) : lock_(l) {}
    hold(hold &&o) noexcept : lock_(std::exchange(o.lock_, nullptr)) {}
    ~hold() {
      if (!lock_)
        return;
      if constexpr (Shared)
        --lock_->readers_;
      else
        lock_->writer_ = false;
      lock_->dispatch();
    }

  private:
    rw_lock *lock_;
  };
  template <bool Shared>
  struct turn {
    rw_lock *lock;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) const {
      lock->queue_.push_back({Shared, h});
      lock->dispatch();
    }
    hold<Shared> await_resume() const noexcept { return hold<Shared>(lock); }
  };
  turn<true> hold_read() { return {this}; }
  turn<false> hold_write() { return {this}; }

private:
  void dispatch() {
    while (!queue_.empty()) {
      auto [shared, h] = queue_.front();
      if (writer_ || (!shared && readers_ > 0))
        return;
      if (shared)
        ++readers_;
      else
        writer_ = true;
      queue_.pop_front();
      h.resume();
    }
  }
  struct waiter {
    bool shared;
    std::coroutine_handle<> h;
  };
  int readers_ = 0;
  bool writer_ = false;
  std::list<waiter> queue_;
};

class registers {
public:
  task<> redeem_ok(int fund, int n) {
    auto held = co_await locks_[fund].hold_write();
    if (unit_balance_[fund] < n)
      co_return;
    co_await venue_.submit(n);
    unit_balance_[fund] -= n;
  }
  // Another fund's lock.
  task<> feed_bad(int feeder, int fund, int n) {
    auto held = co_await locks_[feeder].hold_write();
    if (unit_balance_[fund] < n)
      co_return;
    co_await venue_.submit(n);
    unit_balance_[fund] -= n; // expect: mismatched-guard
  }
  task<> pay_ok(int n) {
    auto held = co_await cash_.hold_write();
    if (balance_ >= n)
      balance_ -= n;
  }
  // Readers do not keep each other out.
  task<> distribute_bad(int n) {
    auto held = co_await cash_.hold_read();
    const bool enough = balance_ >= n;
    co_await venue_.submit(n);
    if (enough)
      balance_ -= n; // expect: stale-check
  }

private:
  venue venue_;
  std::map<int, rw_lock> locks_;
  std::map<int, int> unit_balance_;
  rw_lock cash_;
  int balance_ = 0;
};

// What a token counts that shuts nobody out is no lock: those that are under
// way, until all have ended.
class drain {
public:
  class token {
  public:
    explicit token(drain *d) : of_(d) {}
    token(token &&o) noexcept : of_(std::exchange(o.of_, nullptr)) {}
    ~token() {
      if (of_ && --of_->under_way_ == 0)
        for (auto h : of_->waiting_)
          h.resume();
    }

  private:
    drain *of_;
  };
  auto enter() {
    struct op {
      drain *d;
      bool await_ready() const noexcept { return !d->paused_; }
      void await_suspend(std::coroutine_handle<> h) {
        d->waiting_.push_back(h);
      }
      token await_resume() const noexcept { return ++d->under_way_, token(d); }
    };
    return op{this};
  }
  void close() { paused_ = true; }

private:
  int under_way_ = 0;
  bool paused_ = false;
  std::deque<std::coroutine_handle<>> waiting_;
};

class requests {
public:
  task<bool> debit_bad(int n) {
    auto inside = co_await drain_.enter();
    if (balance_ < n)
      co_return false;
    co_await venue_.submit(n);
    balance_ -= n; // expect: stale-check
    co_return true;
  }

private:
  venue venue_;
  drain drain_;
  int balance_ = 0;
};
