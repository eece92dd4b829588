// RUN: %check-cases %s -- --executor=multi-threaded --checks=-*,stale-*,unguarded-*,mismatched-guard
// Locks of the program's own, by their shape.
#include "venue.hpp"
#include <coroutine>
#include <deque>
#include <utility>
using namespace mock;

/// Taken by `acquire` like a semaphore, but there is nothing to count.
class async_mutex {
public:
  class guard {
  public:
    explicit guard(async_mutex &m) : mutex_(&m) {}
    guard(guard &&other) noexcept
        : mutex_(std::exchange(other.mutex_, nullptr)) {}
    ~guard() { unlock(); }
    void unlock() {
      if (async_mutex *m = std::exchange(mutex_, nullptr))
        m->release();
    }

  private:
    async_mutex *mutex_;
  };
  struct operation {
    async_mutex &mutex;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting);
    guard await_resume() noexcept { return guard(mutex); }
  };
  operation acquire() { return {*this}; }

private:
  void release();
  bool held_ = false;
  std::deque<std::coroutine_handle<>> waiting_;
};

/// The same, with room for several.
class permits {
public:
  explicit permits(int count) : left_(count) {}
  class guard {
  public:
    explicit guard(permits &m) : from_(&m) {}
    guard(guard &&other) noexcept
        : from_(std::exchange(other.from_, nullptr)) {}
    ~guard() {
      if (from_)
        from_->signal();
    }

  private:
    permits *from_;
  };
  struct operation {
    permits &from;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting);
    guard await_resume() noexcept { return guard(from); }
  };
  operation acquire() { return {*this}; }
  void release();

private:
  void signal();
  int left_;
};

class account {
public:
  task<> spend_ok(money cost) {
    auto guard = co_await mutex_.acquire();
    if (balance_ < cost)
      co_return;
    co_await venue_.submit(cost);
    balance_ -= cost;
  }
  task<> earn_ok(money gain) {
    auto guard = co_await mutex_.acquire();
    balance_ += gain;
  }
  task<> earn_bad(money gain) {
    co_await venue_.submit(gain);
    balance_ += gain; // expect: unguarded-modification
  }

private:
  async_mutex mutex_;
  venue venue_;
  money balance_;
};

class desk {
public:
  task<> spend_bad(money cost) {
    auto guard = co_await four_.acquire();
    if (balance_ < cost)
      co_return;
    co_await venue_.submit(cost);
    balance_ -= cost; // expect: stale-check
  }

private:
  permits four_{4};
  venue venue_;
  money balance_;
};

/// Its bodies stand in another file, and it knows what it runs on.
class turnstile {
public:
  explicit turnstile(venue &at);
  class token {
  public:
    explicit token(turnstile &of) noexcept;
    token(token &&other) noexcept;
    ~token();

  private:
    turnstile *of_;
  };
  struct entry {
    turnstile &of;
    bool await_ready() const noexcept;
    void await_suspend(std::coroutine_handle<> waiting) const;
    token await_resume() const noexcept;
  };
  entry pass() noexcept { return {*this}; }

private:
  venue &at_;
  bool occupied_ = false;
  std::deque<std::coroutine_handle<>> waiting_;
};

class season_ticket {
public:
  task<> visit_ok(money persons) {
    auto token = co_await turnstile_.pass();
    if (balance_ < persons)
      co_return;
    co_await venue_.submit(persons);
    balance_ -= persons;
  }

private:
  venue venue_;
  turnstile turnstile_{venue_};
  money balance_;
};

/// What is locked for the user and unlocked for another one is no mutex.
class keypad {
public:
  void lock_soon() { ++requests_; }
  void unlock_display(int code) { code_ = code; }

private:
  int requests_ = 0, code_ = 0;
};
class cash_desk {
public:
  task<> take_bad(money amount) {
    keypad_.lock_soon();
    if (balance_ < amount)
      co_return;
    co_await venue_.submit(1);
    balance_ -= amount; // expect: stale-check
  }

private:
  venue venue_;
  keypad keypad_;
  money balance_;
};
