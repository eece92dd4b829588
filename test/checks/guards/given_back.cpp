// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,nested-guard,discarded-guard,mismatched-guard
#include "venue.hpp"
#include <coroutine>
#include <deque>
#include <memory>
#include <utility>
using namespace mock;

// How a lock of the program's own can be given back: by hand, by a deleter, to
// a state that lock and guards share, as the head of a list.

// By hand, with names of its own.
class turnstile {
public:
  auto enter() {
    struct op {
      turnstile &b;
      bool await_ready() { return !std::exchange(b.busy_, true); }
      void await_suspend(std::coroutine_handle<> h) { b.q_.push_back(h); }
      void await_resume() {}
    };
    return op{*this};
  }
  void leave() {
    if (q_.empty()) {
      busy_ = false;
      return;
    }
    q_.front().resume();
    q_.pop_front();
  }

private:
  bool busy_ = false;
  std::deque<std::coroutine_handle<>> q_;
};
class by_hand {
public:
  task<> pay_ok(int n) {
    co_await gate_.enter();
    if (balance_ >= n) {
      co_await venue_.submit(n);
      balance_ -= n;
    }
    gate_.leave();
  }
  task<> pay_left_bad(int n) {
    co_await gate_.enter();
    const bool enough = balance_ >= n;
    gate_.leave();
    co_await venue_.submit(n);
    if (enough)
      balance_ -= n; // expect: stale-check
  }

private:
  turnstile gate_;
  int balance_ = 0;
  venue venue_;
};

// The guard is a pointer with a deleter.
class shutter {
  struct opener {
    void operator()(shutter *l) const { l->open(); }
  };

public:
  using key = std::unique_ptr<shutter, opener>;
  auto shut() {
    struct op {
      shutter &b;
      bool await_ready() { return !std::exchange(b.busy_, true); }
      void await_suspend(std::coroutine_handle<> h) { b.q_.push_back(h); }
      key await_resume() { return key(&b); }
    };
    return op{*this};
  }

private:
  void open() {
    if (q_.empty()) {
      busy_ = false;
      return;
    }
    q_.front().resume();
    q_.pop_front();
  }
  bool busy_ = false;
  std::deque<std::coroutine_handle<>> q_;
};
class by_deleter {
public:
  task<> pay_ok(int n) {
    auto t = co_await lock_.shut();
    if (balance_ >= n) {
      co_await venue_.submit(n);
      balance_ -= n;
    }
  }

private:
  shutter lock_;
  int balance_ = 0;
  venue venue_;
};

// Lock and guards share the state.
class shared_lock {
  struct state {
    bool busy = false;
    std::deque<std::coroutine_handle<>> q;
    void open() {
      if (q.empty()) {
        busy = false;
        return;
      }
      q.front().resume();
      q.pop_front();
    }
  };

public:
  class held {
  public:
    explicit held(std::shared_ptr<state> s) : s_(std::move(s)) {}
    held(held &&) noexcept = default;
    ~held() {
      if (s_)
        s_->open();
    }

  private:
    std::shared_ptr<state> s_;
  };
  auto hold() {
    struct op {
      std::shared_ptr<state> s;
      bool await_ready() { return !std::exchange(s->busy, true); }
      void await_suspend(std::coroutine_handle<> h) { s->q.push_back(h); }
      held await_resume() { return held(s); }
    };
    return op{state_};
  }

private:
  std::shared_ptr<state> state_ = std::make_shared<state>();
};
class by_shared_state {
public:
  task<> pay_ok(int n) {
    auto t = co_await lock_.hold();
    if (balance_ >= n) {
      co_await venue_.submit(n);
      balance_ -= n;
    }
  }

private:
  shared_lock lock_;
  int balance_ = 0;
  venue venue_;
};

// The lock itself is awaited; those that wait are a list of their own.
class list_lock {
public:
  struct waiter {
    list_lock &l;
    waiter *next = nullptr;
    std::coroutine_handle<> h;
    bool await_ready() { return l.take(); }
    void await_suspend(std::coroutine_handle<> c) {
      h = c;
      next = l.head_;
      l.head_ = this;
    }
    auto await_resume() {
      struct hold {
        list_lock *l;
        explicit hold(list_lock *m) : l(m) {}
        hold(hold &&o) noexcept : l(std::exchange(o.l, nullptr)) {}
        ~hold() {
          if (l)
            l->pass_on();
        }
      };
      return hold(&l);
    }
  };
  waiter operator co_await() { return waiter{*this}; }

private:
  bool take() { return owned_ ? false : (owned_ = true); }
  void pass_on() {
    if (!head_) {
      owned_ = false;
      return;
    }
    waiter *w = head_;
    head_ = w->next;
    w->h.resume();
  }
  bool owned_ = false;
  waiter *head_ = nullptr;
};
class awaited_itself {
public:
  task<> pay_ok(int n) {
    auto t = co_await lock_;
    if (balance_ >= n) {
      co_await venue_.submit(n);
      balance_ -= n;
    }
  }

private:
  list_lock lock_;
  int balance_ = 0;
  venue venue_;
};

// An event is none: nobody sets it by waiting for it.
class flag_event {
public:
  auto wait() {
    struct op {
      flag_event &e;
      bool await_ready() { return e.set_; }
      void await_suspend(std::coroutine_handle<> h) { e.q_.push_back(h); }
      void await_resume() {}
    };
    return op{*this};
  }
  void set() {
    set_ = true;
    for (auto h : std::exchange(q_, {}))
      h.resume();
  }
  void reset() { set_ = false; }

private:
  bool set_ = false;
  std::deque<std::coroutine_handle<>> q_;
};
class after_an_event {
public:
  task<> pay_bad(int n) {
    co_await event_.wait();
    if (balance_ >= n) {
      co_await venue_.submit(n);
      balance_ -= n; // expect: stale-check
    }
    event_.reset();
  }

private:
  flag_event event_;
  int balance_ = 0;
  venue venue_;
};
