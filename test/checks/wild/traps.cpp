// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// Shapes that are right and common: nothing here may be reported.
#include "seastar.hpp"
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>
using namespace seastar;

future<> write(std::string data);
future<long> measure();

/// Trap 1: a single consumer loop; producers push at the other end.
class output_queue {
public:
  void push(std::string data) {
    queue_.push_back(std::move(data));
    not_empty_.signal();
  }

  // The front that was written is the front that is popped.
  future<> consume_ok() {
    while (true) {
      if (queue_.empty()) {
        co_await not_empty_.wait();
      } else {
        co_await write(queue_.front());
        queue_.pop_front();
      }
    }
  }

private:
  std::deque<std::string> queue_;
  condition_variable not_empty_;
};

/// Trap 2: a flag claimed before and cleared after, once by a scope guard.
class flusher {
public:
  // By hand.
  future<> flush_ok() {
    if (flushing_)
      co_return;
    flushing_ = true;
    co_await write("flush");
    flushing_ = false;
  }

  // On the exceptional way out, too.
  future<> flush_and_clear_ok() {
    if (flushing_)
      co_return;
    flushing_ = true;
    try {
      co_await write("flush");
    } catch (...) {
      flushing_ = false;
      throw;
    }
    flushing_ = false;
  }

private:
  bool flushing_ = false;
};

/// Trap 3: single flight.
class resolver {
public:
  // The in-flight entry stands before the await; the result needs no look.
  future<std::string> resolve_ok(std::string host) {
    if (pending_[host])
      co_return "";
    pending_[host] = true;
    co_await write(host);
    addresses_[host] = "found";
    pending_[host] = false;
    co_return addresses_[host];
  }

private:
  std::map<std::string, bool> pending_;
  std::map<std::string, std::string> addresses_;
};

/// Trap 4: exactly what was taken is given back.
class memory_budget {
public:
  // Reserved before, released after, by the same amount.
  future<bool> use_ok(long bytes) {
    if (available_ < bytes)
      co_return false;
    available_ -= bytes;
    co_await write("work");
    available_ += bytes;
    co_return true;
  }

  // Active operations counted up and down.
  future<> count_ok() {
    ++active_;
    co_await write("work");
    --active_;
  }

private:
  long available_ = 0;
  int active_ = 0;
};

/// Trap 5: the critical section is a lambda.
class table {
public:
  // Runs under one permit.
  future<> bump_semaphore_ok() {
    return with_semaphore(sem_, 1, [this]() -> future<> {
      const long now = version_;
      co_await write("bump");
      version_ = now + 1;
    });
  }

  // Runs under the write side of the lock.
  future<> bump_lock_ok() {
    return with_lock(lock_.for_write(), [this]() -> future<> {
      if (generation_ > 10)
        co_return;
      co_await write("bump");
      ++generation_;
    });
  }

private:
  semaphore sem_{1};
  rwlock lock_;
  long version_ = 0;
  long generation_ = 0;
};

/// Trap 6: what nobody shares.
class worker {
public:
  // A local, changed after the await on an old check.
  future<long> local_ok() {
    long budget = 10;
    while (budget > 0) {
      const long used = co_await measure();
      budget -= used;
    }
    co_return budget;
  }

  // A parameter by value.
  future<> by_value_ok(std::vector<std::string> lines) {
    if (lines.empty())
      co_return;
    co_await write(lines.back());
    lines.pop_back();
    co_await write("rest");
  }

  // An atomic that only counts.
  future<> counter_ok() {
    requests_++;
    co_await write("request");
    done_.fetch_add(1);
  }

  // A local captured by reference in a lambda that is awaited here.
  future<> captured_local_ok() {
    int left = 3;
    auto step = [&left]() -> future<> {
      if (left > 0) {
        co_await write("step");
        --left;
      }
    };
    co_await step();
    co_await step();
  }

  // Owned by this activity: made here, published at the end.
  future<> fresh_object_ok() {
    auto fresh = std::make_unique<std::string>("new");
    if (fresh->empty())
      co_return;
    co_await write(*fresh);
    fresh->clear();
    current_ = std::move(fresh);
  }

private:
  std::atomic<long> requests_{0};
  std::atomic<long> done_{0};
  std::unique_ptr<std::string> current_;
};

/// Trap 7: before anything runs.
class service {
public:
  // The constructor: nobody else has the object.
  service() {
    if (state_ == 0)
      state_ = 1;
  }
  // Only the constructor writes the limit.
  future<> immutable_ok(long n) {
    if (n > limit_)
      co_return;
    co_await write("accepted");
    accepted_ += n;
  }

private:
  long limit_ = 10;
  long state_ = 0;
  long accepted_ = 0;
};

/// Trap 8: reads only after, writes only before, both in one stretch.
class meter {
public:
  // Writes before the await, reads after it.
  future<long> write_then_read_ok(long n) {
    value_ = n;
    co_await write("value");
    co_return value_;
  }

  // Reads before, writes something else after.
  future<> read_then_write_other_ok() {
    const long v = value_;
    co_await write(v > 3 ? "high" : "low");
    last_report_ = co_await measure();
  }

  // Check and write in one stretch, awaits around it.
  future<> one_stretch_ok(long n) {
    co_await write("before");
    if (n > value_)
      value_ = n;
    co_await write("after");
  }

private:
  long value_ = 0;
  long last_report_ = 0;
};
