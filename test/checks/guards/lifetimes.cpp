// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*,mismatched-guard
// Guards over suspension points.
#include "asio.hpp"
#include "folly.hpp"
#include "libcoro.hpp"
#include "venue.hpp"
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

coro::task<> io();
coro::task<int> ask();

/// libcoro's semaphore with one unit by hand.
class single_permit {
public:
  coro::task<> spend_ok(int n) {
    co_await sem_.acquire();
    if (left_ >= n) {
      co_await io();
      left_ -= n;
    }
    sem_.release();
  }
  coro::task<> refill_ok() {
    co_await sem_.acquire();
    int n = left_;
    co_await io();
    left_ = n + 1;
    sem_.release();
  }

private:
  coro::semaphore sem_{1};
  int left_ = 10;
};

/// Three may enter.
class three_permits {
public:
  coro::task<> spend_bad(int n) {
    co_await sem_.acquire();
    if (left_ >= n) {
      co_await io();
      left_ -= n; // expect: stale-check
    }
    sem_.release();
  }

private:
  coro::semaphore sem_{3};
  int left_ = 10;
};

/// A guard ends with unlock() before the second await.
class early {
public:
  coro::task<> spend_bad(int n) {
    auto lk = co_await m_.scoped_lock();
    int seen = left_;
    lk.unlock();
    co_await io();
    left_ = seen - n; // expect: stale-value
  }
  coro::task<> spend_ok(int n) {
    auto lk = co_await m_.scoped_lock();
    int seen = left_;
    co_await io();
    left_ = seen - n;
    lk.unlock();
  }
  coro::task<> moved_bad(int n) {
    auto lk = co_await m_.scoped_lock();
    int seen = left_;
    consume(std::move(lk));
    co_await io();
    left_ = seen - n; // expect: stale-value
  }
  coro::task<> conditional_bad(int n, bool careful) {
    std::optional<coro::scoped_lock> lk;
    if (careful)
      lk.emplace(co_await m_.scoped_lock());
    int seen = left_;
    co_await io();
    left_ = seen - n; // expect: stale-value
  }
  coro::task<> optional_ok(int n) {
    std::optional<coro::scoped_lock> lk;
    lk.emplace(co_await m_.scoped_lock());
    int seen = left_;
    co_await io();
    left_ = seen - n;
  }
  coro::task<> reset_bad(int n) {
    std::optional<coro::scoped_lock> lk;
    lk.emplace(co_await m_.scoped_lock());
    int seen = left_;
    lk.reset();
    co_await io();
    left_ = seen - n; // expect: stale-value
  }

private:
  static void consume(coro::scoped_lock lk) { lk.unlock(); }
  coro::mutex m_;
  int left_ = 10;
};

/// try_lock in a coroutine.
class trier {
public:
  coro::task<bool> try_ok() {
    if (!m_.try_lock())
      co_return false;
    int seen = count_;
    co_await io();
    count_ = seen + 1;
    m_.unlock();
    co_return true;
  }
  coro::task<bool> try_ignored_bad() {
    (void)m_.try_lock();
    int seen = count_;
    co_await io();
    count_ = seen + 1; // expect: stale-value
    co_return true;
  }
  coro::task<> plain_ok() {
    auto lk = co_await m_.scoped_lock();
    int seen = count_;
    co_await io();
    count_ = seen + 1;
  }

private:
  coro::mutex m_;
  int count_ = 0;
};

/// Locks per key.
class keyed {
public:
  coro::task<> add_ok(std::string k) {
    auto lk = co_await locks_[k].scoped_lock();
    int seen = values_[k];
    co_await io();
    values_[k] = seen + 1;
  }
  coro::task<> move_bad(std::string from, std::string to) {
    auto lk = co_await locks_[from].scoped_lock();
    int seen = values_[to];
    co_await io();
    values_[to] = seen + 1; // expect: stale-value|mismatched-guard
  }

private:
  std::map<std::string, coro::mutex> locks_;
  std::map<std::string, int> values_;
};

/// A channel with room for one as a mutex.
class channel_lock {
public:
  explicit channel_lock(asio::any_io_executor ex) : gate_(ex, 1) {}
  asio::awaitable<void> add_ok() {
    co_await gate_.async_send(asio::error_code{}, asio::use_awaitable);
    int seen = n_;
    co_await step();
    n_ = seen + 1;
    co_await gate_.async_receive(asio::use_awaitable);
  }
  asio::awaitable<void> twice_ok() {
    co_await gate_.async_send(asio::error_code{}, asio::use_awaitable);
    if (n_ > 3) {
      co_await step();
      n_ = 0;
    }
    gate_.try_receive([](auto...) {});
  }
  asio::awaitable<void> after_bad() {
    co_await gate_.async_send(asio::error_code{}, asio::use_awaitable);
    int seen = n_;
    co_await gate_.async_receive(asio::use_awaitable);
    co_await step();
    n_ = seen + 1; // expect: stale-value
  }

private:
  asio::awaitable<void> step();
  asio::experimental::channel<void(asio::error_code)> gate_;
  int n_ = 0;
};

/// What gives the token of a channel back, wherever that was made.
class token {
public:
  using channel = asio::experimental::channel<void(asio::error_code)>;
  explicit token(channel &gate) : gate_(&gate) {}
  token(token &&other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
  ~token() {
    if (gate_)
      gate_->try_receive([](auto...) {});
  }
  static asio::awaitable<token> take(channel &gate) {
    co_await gate.async_send(asio::error_code{}, asio::use_awaitable);
    co_return token(gate);
  }

private:
  channel *gate_;
};

/// A channel that has its one token from the start: who receives it has the
/// lock, and sends it back.
class seeded_lock {
public:
  explicit seeded_lock(asio::any_io_executor ex) : tokens_(ex, 1) {
    tokens_.try_send(asio::error_code{});
  }
  class held {
  public:
    explicit held(seeded_lock *of) : of_(of) {}
    held(held &&other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    ~held() {
      if (of_)
        of_->tokens_.try_send(asio::error_code{});
    }

  private:
    seeded_lock *of_;
  };
  asio::awaitable<held> take() {
    co_await tokens_.async_receive(asio::use_awaitable);
    co_return held{this};
  }

private:
  asio::experimental::channel<void(asio::error_code)> tokens_;
};

class seeded_user {
public:
  explicit seeded_user(asio::any_io_executor ex) : lock_(ex) {}
  asio::awaitable<void> add_ok() {
    auto held = co_await lock_.take();
    int seen = n_;
    co_await step();
    n_ = seen + 1;
  }
  asio::awaitable<void> before_bad() {
    int seen = n_;
    auto held = co_await lock_.take();
    n_ = seen + 1; // expect: stale-value
  }

private:
  asio::awaitable<void> step();
  seeded_lock lock_;
  int n_ = 0;
};

class token_user {
public:
  explicit token_user(asio::any_io_executor ex) : gate_(ex, 1) {}
  asio::awaitable<void> add_ok() {
    auto held = co_await token::take(gate_);
    int seen = n_;
    co_await step();
    n_ = seen + 1;
  }
  asio::awaitable<void> before_bad() {
    int seen = n_;
    auto held = co_await token::take(gate_);
    n_ = seen + 1; // expect: stale-value
  }

private:
  asio::awaitable<void> step();
  token::channel gate_;
  int n_ = 0;
};

/// The helper is called under the lock by everybody.
class helpers {
public:
  coro::task<> a_ok() {
    auto lk = co_await m_.scoped_lock();
    co_await refresh_ok();
  }
  coro::task<> b_ok() {
    auto lk = co_await m_.scoped_lock();
    co_await refresh_ok();
    list_.clear();
  }

private:
  coro::task<> refresh_ok() {
    auto copy = list_;
    co_await deeper_ok();
    copy.push_back(1);
    list_ = copy;
  }
  coro::task<> deeper_ok() {
    if (list_.empty()) {
      co_await io();
      list_.push_back(0);
    }
  }
  coro::mutex m_;
  std::vector<int> list_;
};

/// The guard goes with the work: to whoever is awaited, or away.
class handed_on {
public:
  coro::task<> take_ok(int n) {
    auto lk = co_await m_.scoped_lock();
    if (left_ < n)
      co_return;
    co_await finish(std::move(lk), n);
  }
  coro::task<> take_and_go_on_bad(int n) {
    auto lk = co_await m_.scoped_lock();
    const int before = left_;
    co_await finish(std::move(lk), n);
    left_ = before - n; // expect: stale-value
  }

private:
  coro::task<> finish(coro::scoped_lock held, int n) {
    co_await io();
    left_ -= n;
    held.unlock();
    co_await io();
  }
  coro::mutex m_;
  int left_ = 9;
};
