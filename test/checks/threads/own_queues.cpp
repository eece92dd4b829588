// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*
// Queues of the program's own that run one thing after the other on whatever
// threads there are.
#include "task.hpp"
#include <atomic>
#include <condition_variable>
#include <coroutine>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>
using namespace mock;

class crew {
public:
  explicit crew(int n) {
    for (int i = 0; i < n; ++i)
      hands_.emplace_back([this] { work(); });
  }
  void run(std::function<void()> f) {
    std::lock_guard held(mutex_);
    todo_.push_back(std::move(f));
    bell_.notify_one();
  }

private:
  void work() {
    for (;;) {
      std::unique_lock held(mutex_);
      bell_.wait(held, [this] { return !todo_.empty(); });
      const auto f = std::move(todo_.front());
      todo_.pop_front();
      held.unlock();
      f();
    }
  }
  std::mutex mutex_;
  std::condition_variable bell_;
  std::deque<std::function<void()>> todo_;
  std::vector<std::thread> hands_;
};

/// Has itself drained only where nobody does so.
class lane {
public:
  explicit lane(crew &c) : crew_(c) {}
  void post(std::coroutine_handle<> h) {
    {
      std::lock_guard held(mutex_);
      line_.push_back(h);
      if (std::exchange(running_, true))
        return;
    }
    crew_.run([this] { drain(); });
  }

private:
  void drain();
  crew &crew_;
  std::mutex mutex_;
  std::deque<std::coroutine_handle<>> line_;
  bool running_ = false;
};
inline void lane::drain() {
  for (;;) {
    std::coroutine_handle<> h;
    {
      std::lock_guard held(mutex_);
      if (line_.empty()) {
        running_ = false;
        return;
      }
      h = line_.front();
      line_.pop_front();
    }
    h.resume();
  }
}

/// The same for callables, with what is there as the sign.
class inbox {
public:
  explicit inbox(crew &c) : crew_(c) {}
  void add(std::function<void()> f) {
    bool first = false;
    {
      std::lock_guard held(mutex_);
      first = jobs_.empty();
      jobs_.push_back(std::move(f));
    }
    if (!running_) {
      running_ = first;
      crew_.run([this] {
        while (!jobs_.empty()) {
          jobs_.front()();
          std::lock_guard held(mutex_);
          jobs_.pop_front();
        }
      });
    }
  }

private:
  crew &crew_;
  std::mutex mutex_;
  bool running_ = false;
  std::deque<std::function<void()>> jobs_;
};

/// Hands on whatever it gets: several may run at a time.
class relay {
public:
  explicit relay(crew &c) : crew_(c) {}
  void post(std::coroutine_handle<> h) {
    crew_.run([h] { h.resume(); });
  }

private:
  crew &crew_;
};

/// Robots come here from lanes of their own.
class docks {
public:
  bool claim_bad() {
    if (free_ <= 0)
      return false;
    --free_; // expect: unguarded-check-then-modify
    return true;
  }

private:
  std::atomic<int> free_{2};
};

class robot {
public:
  robot(crew &c, docks &d) : lane_(c), relay_(c), crew_(c), docks_(d) {}

  task<> charge() {
    co_await on_lane();
    if (docks_.claim_bad())
      battery_ = 100;
  }

  task<> haul_bad(int n) {
    co_await on_lane();
    if (battery_ >= n) {
      co_await drive{*this};
      battery_ -= n; // expect: stale-check
    }
  }
  task<> haul_ok(int n) {
    co_await on_lane();
    if (reserve_ >= n) {
      reserve_ -= n;
      co_await drive{*this};
      reserve_ += 1;
    }
  }
  // It has never gone there.
  task<> count_bad() {
    co_await elsewhere{relay_};
    if (reserve_ > 0)
      reserve_ = 0; // expect: unguarded-check-then-modify
  }
  task<> trip_ok(int n) {
    co_await on_lane();
    trips_ = trips_ + n;
  }
  // It has left there.
  task<> trip_bad(int n) {
    co_await on_lane();
    co_await elsewhere{relay_};
    trips_ = trips_ + n; // expect: unguarded-check-then-modify
  }
  void bump_bad() {
    bumps_ += 1; // expect: unguarded-modification
  }
  task<> clear_ok() {
    co_await on_lane();
    bumps_ = 0;
  }

private:
  struct enter {
    lane &to;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) const { to.post(h); }
    void await_resume() const noexcept {}
  };
  struct drive {
    robot &bot;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) const {
      bot.crew_.run([&to = bot.lane_, h] { to.post(h); });
    }
    void await_resume() const noexcept {}
  };
  struct elsewhere {
    relay &to;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) const { to.post(h); }
    void await_resume() const noexcept {}
  };
  enter on_lane() noexcept { return {lane_}; }
  lane lane_;
  relay relay_;
  crew &crew_;
  docks &docks_;
  int battery_ = 100, reserve_ = 40, bumps_ = 0;
  long trips_ = 0;
};

class clerk {
public:
  explicit clerk(crew &c) : inbox_(c), crew_(c) {}
  void file_ok(int n) {
    inbox_.add([this, n] {
      if (filed_ < n)
        ++filed_;
    });
  }
  void sort_bad(int n) {
    crew_.run([this, n] {
      if (sorted_ < n)
        ++sorted_; // expect: unguarded-check-then-modify
    });
  }

private:
  inbox inbox_;
  crew &crew_;
  int filed_ = 0, sorted_ = 0;
};
