// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*
// What `main`, or the body of a test, does itself after it has started
// something, and what it does before, or once the loop has come to its end.
#include <coroutine>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <utility>
#include <vector>

struct loop {
  std::deque<std::function<void()>> ready;
  void later(std::function<void()> f) { ready.push_back(std::move(f)); }
  void drain() {
    while (!ready.empty()) {
      auto next = std::move(ready.front());
      ready.pop_front();
      next();
    }
  }
};

/// Runs as soon as it is called.
struct eager {
  struct promise_type {
    eager get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

/// Runs once it is resumed.
struct lazy {
  struct promise_type {
    lazy get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  void start() { self.resume(); }
  std::coroutine_handle<promise_type> self;
};

struct turn {
  loop &on;
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    on.later([h] { h.resume(); });
  }
  void await_resume() {}
};

struct pays_beside {
  struct desk {
    loop &on;
    long balance_ = 100;
    eager pay_bad(long cost) {
      if (balance_ < cost)
        co_return;
      co_await turn{on};
      balance_ -= cost; // expect: stale-check
    }
    void fee(long cost) { balance_ -= cost; }
  };
  void TestBody() {
    loop all;
    desk d{all};
    d.pay_bad(50);
    d.fee(60);
    all.drain();
  }
};

struct pays_before {
  struct desk {
    loop &on;
    long balance_ = 100;
    // Nothing else is left to do when it waits.
    eager pay_ok(long cost) {
      if (balance_ < cost)
        co_return;
      co_await turn{on};
      balance_ -= cost;
    }
    void fee(long cost) { balance_ -= cost; }
  };
  void TestBody() {
    loop all;
    desk d{all};
    d.fee(60);
    d.pay_ok(50);
    all.drain();
  }
};

struct pays_after {
  struct desk {
    loop &on;
    long balance_ = 100;
    // The loop has come to its end by the time of the fee.
    eager pay_ok(long cost) {
      if (balance_ < cost)
        co_return;
      co_await turn{on};
      balance_ -= cost;
    }
    void fee(long cost) { balance_ -= cost; }
  };
  void TestBody() {
    loop all;
    desk d{all};
    d.pay_ok(50);
    all.drain();
    d.fee(60);
  }
};

struct grows_beside {
  struct desk {
    loop &on;
    std::vector<long> orders_;
    lazy each_bad() {
      for (long &o : orders_) {
        co_await turn{on};
        o += 1; // expect: stale-reference
      }
    }
    void add(long o) { orders_.push_back(o); }
  };
  void TestBody() {
    loop all;
    desk d{all};
    std::vector<lazy> running;
    d.add(1);
    running.push_back(d.each_bad());
    for (lazy &r : running)
      r.start();
    d.add(2);
    all.drain();
  }
};

struct grows_before {
  struct desk {
    loop &on;
    std::vector<long> orders_;
    // All have been added by then.
    lazy each_ok() {
      for (long &o : orders_) {
        co_await turn{on};
        o += 1;
      }
    }
    void add(long o) { orders_.push_back(o); }
  };
  void TestBody() {
    loop all;
    desk d{all};
    d.add(1);
    d.add(2);
    auto one = d.each_ok();
    one.start();
    all.drain();
  }
};

struct answers_beside {
  struct desk {
    loop &on;
    std::vector<long> orders_;
    void confirm_bad(std::size_t slot) {
      long &order = orders_.at(slot);
      on.later([&order] {
        order = 1; // expect: stale-reference
      });
    }
    void add(long o) { orders_.push_back(o); }
  };
  void TestBody() {
    loop all;
    desk d{all};
    d.add(1);
    d.confirm_bad(0);
    d.add(2);
    all.drain();
  }
};

struct answers_after {
  struct desk {
    loop &on;
    std::vector<long> orders_;
    // Answered before the next one comes.
    void confirm_ok(std::size_t slot) {
      long &order = orders_.at(slot);
      on.later([&order] { order = 1; });
    }
    void add(long o) { orders_.push_back(o); }
  };
  void TestBody() {
    loop all;
    desk d{all};
    d.add(1);
    d.confirm_ok(0);
    all.drain();
    d.add(2);
  }
};

struct runs_to_its_end {
  struct desk {
    loop &on;
    std::vector<long> orders_;
    // Resumed until it is done.
    lazy each_ok() {
      for (long &o : orders_) {
        co_await std::suspend_always{};
        o += 1;
      }
    }
    void add(long o) { orders_.push_back(o); }
  };
  void TestBody() {
    loop all;
    desk d{all};
    d.add(1);
    auto one = d.each_ok();
    while (!one.self.done())
      one.self.resume();
    d.add(2);
  }
};
