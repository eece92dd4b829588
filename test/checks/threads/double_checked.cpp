// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,unguarded-*
// Atomics: created at the first use, by a test outside the lock and one inside;
// beside a lock.
#include "asio.hpp"
#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

struct table {
  int rows;
};

class catalogue {
public:
  // the second test is made under the lock, through the same local
  table &loaded_ok() {
    table *found = loaded_.load(std::memory_order_acquire);
    if (found == nullptr) {
      std::lock_guard held(mutex_);
      found = loaded_.load(std::memory_order_relaxed);
      if (found == nullptr) {
        found = new table();
        loaded_.store(found, std::memory_order_release);
      }
    }
    return *found;
  }
  // a local that leads elsewhere from now on changes nothing
  int rows_ok(table *other) {
    table *now = loaded_.load();
    if (now == nullptr)
      now = other;
    return now->rows;
  }
  // so with a number that was computed under the second test
  long limit_ok() {
    long limit = limit_.load();
    if (limit == 0) {
      std::lock_guard held(mutex_);
      limit = limit_.load();
      if (limit == 0) {
        limit = 100;
        limit_.store(limit);
      }
    }
    return limit;
  }
  // only the test outside the lock
  table &once_bad() {
    table *found = hasty_.load(std::memory_order_acquire);
    if (found == nullptr) {
      found = new table();
      std::lock_guard held(mutex_);
      hasty_.store(found); // expect: unguarded-check-then-modify
    }
    return *found;
  }
  long limit_bad() {
    long limit = loose_.load();
    if (limit == 0) {
      limit = 100;
      loose_.store(limit); // expect: unguarded-check-then-modify
    }
    return limit;
  }

private:
  std::mutex mutex_;
  std::atomic<table *> loaded_{nullptr}, hasty_{nullptr};
  std::atomic<long> limit_{0}, loose_{0};
};

/// An atomic that is only ever changed in one step needs no strand.
class link {
public:
  void open_ok() {
    if (!connecting_.exchange(true))
      asio::post(strand_, [this] { connect(); });
  }
  void lost_ok() {
    asio::post(strand_, [this] {
      if (connecting_.exchange(false))
        connect();
    });
  }
  // on the strand it is read, and then written
  void spend_ok() {
    asio::post(strand_, [this] {
      if (balance_ > 9)
        balance_ = balance_ - 9;
    });
  }
  void reset_bad() {
    balance_ = 0; // expect: unguarded-modification
  }
  // what goes into other state has been read as well
  void count_ok() {
    asio::post(strand_, [this] {
      sum_ += open_;
      open_ = 0;
    });
  }
  void open_bad() {
    open_ = 1; // expect: unguarded-modification
  }

private:
  void connect() { connecting_.store(true); }
  asio::strand<asio::any_io_executor> strand_;
  std::atomic<bool> connecting_ = false;
  std::atomic<long> balance_ = 0, open_ = 0;
  long sum_ = 0;
};

/// A flag tells that something is there.
class dialers {
public:
  // the flag alone was looked at, outside the lock
  std::shared_ptr<table> dial_bad() {
    if (!ready_.load()) {
      std::lock_guard held(mutex_);
      dialer_ = std::make_shared<table>(); // expect: unguarded-check-then-modify
      ready_.store(true); // expect: unguarded-check-then-modify
    }
    return dialer_;
  }
  // once more under the lock
  std::shared_ptr<table> codec_ok() {
    if (!coded_.load()) {
      std::lock_guard held(mutex_);
      if (!coded_.load()) {
        codec_ = std::make_shared<table>();
        coded_.store(true);
      }
    }
    return codec_;
  }
  // what the flag tells of is looked at itself
  std::shared_ptr<table> index_ok() {
    if (!indexed_.load()) {
      std::lock_guard held(mutex_);
      if (!index_) {
        index_ = std::make_shared<table>();
        indexed_.store(true);
      }
    }
    return index_;
  }

private:
  std::mutex mutex_;
  std::atomic<bool> ready_{false}, coded_{false}, indexed_{false};
  std::shared_ptr<table> dialer_, codec_, index_;
};

/// What is made by whoever asks first, where others take locks.
class engines {
public:
  table &sandbox_bad() {
    if (!sandbox_)
      sandbox_ = std::make_unique<table>(); // expect: unguarded-check-then-modify
    return *sandbox_;
  }
  table *scratch_bad() {
    if (scratch_ == nullptr)
      scratch_ = new table(); // expect: unguarded-check-then-modify
    return scratch_;
  }
  table &common_ok() {
    std::lock_guard held(mutex_);
    if (!common_)
      common_ = std::make_unique<table>();
    return *common_;
  }
  table &debugger_ok() {
    std::call_once(once_, [this] { debugger_ = std::make_unique<table>(); });
    return *debugger_;
  }
  // nobody is given it: the thread that turns the page
  void turn_ok() {
    if (!page_)
      page_ = std::make_unique<table>();
    page_->rows += 1;
  }

private:
  std::mutex mutex_;
  std::once_flag once_;
  std::unique_ptr<table> sandbox_, common_, debugger_, page_;
  table *scratch_ = nullptr;
};

/// Where nobody takes a lock, one thread asks.
class window {
public:
  table &view_ok() {
    if (!view_)
      view_ = std::make_unique<table>();
    return *view_;
  }

private:
  std::unique_ptr<table> view_;
};

/// The larger one stays, if nobody comes between the load and the store.
class peak {
public:
  void note_bad(long n) {
    peak_.store(std::max(peak_.load(), n)); // expect: unguarded-check-then-modify
  }
  void raise_ok(long n) {
    long seen = peak_.load();
    while (seen < n && !peak_.compare_exchange_weak(seen, n)) {
    }
  }
  void top_ok(long n) {
    std::lock_guard held(mutex_);
    top_ = std::max(top_, n);
  }

private:
  std::mutex mutex_;
  std::atomic<long> peak_{0};
  long top_ = 0;
};
