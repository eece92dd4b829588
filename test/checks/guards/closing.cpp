// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unguarded-modification
// Who closes a gate waits until everybody has left, and lets nobody in.
#include "seastar.hpp"
#include <deque>
#include <map>
#include <string>
#include <vector>
namespace ss = seastar;

struct part {
  long size = 0;
  ss::future<> close();
};
using part_ptr = ss::lw_shared_ptr<part>;
ss::future<part_ptr> open_part();
ss::future<> store(long n);

// Everybody who changes the parts is inside of the gate.
class parts_closed_ok {
public:
  ss::future<> add() {
    auto holder = gate_.hold();
    auto units = co_await ss::get_units(lock_, 1);
    parts_.push_back(co_await open_part());
  }
  ss::future<> drop_oldest() {
    auto holder = gate_.hold();
    auto units = co_await ss::get_units(lock_, 1);
    if (!parts_.empty())
      parts_.pop_front();
  }
  ss::future<> stop() {
    co_await gate_.close();
    for (auto &each : parts_)
      co_await each->close();
    parts_.clear();
  }

private:
  ss::gate gate_;
  ss::semaphore lock_{1};
  std::deque<part_ptr> parts_;
};

// One of them comes without the gate: still there while the parts are closed.
class parts_half_closed_bad {
public:
  ss::future<> add() {
    auto holder = gate_.hold();
    auto part = co_await open_part();
    parts_.push_back(part);
  }
  ss::future<> drop_oldest() {
    co_await ss::sleep(1);
    if (!parts_.empty())
      parts_.pop_front();
  }
  ss::future<> stop() {
    co_await gate_.close();
    for (auto &each : parts_) // expect: stale-reference
      co_await each->close();
  }

private:
  ss::gate gate_;
  std::deque<part_ptr> parts_;
};

// Before it is closed, others are inside as well.
class parts_closed_late_bad {
public:
  ss::future<> add() {
    auto holder = gate_.hold();
    auto part = co_await open_part();
    parts_.push_back(part);
  }
  ss::future<> stop() {
    for (auto &each : parts_) // expect: stale-reference
      co_await each->close();
    co_await gate_.close();
  }

private:
  ss::gate gate_;
  std::deque<part_ptr> parts_;
};

// Who is inside keeps nobody out who is, too.
class both_inside_bad {
public:
  ss::future<> spend(long n) {
    auto holder = gate_.hold();
    if (left_ < n)
      co_return;
    co_await store(n);
    left_ -= n; // expect: stale-check
  }
  ss::future<> spend_again(long n) {
    return ss::with_gate(gate_, [this, n]() -> ss::future<> {
      if (left_ < n)
        co_return;
      co_await store(n);
      left_ -= n; // expect: stale-check
    });
  }

private:
  ss::gate gate_;
  long left_ = 100;
};

// What was read before the gate was closed is old behind that.
class old_before_closing_bad {
public:
  ss::future<> add(long n) {
    auto holder = gate_.hold();
    co_await store(n);
    total_ += n;
  }
  ss::future<> stop(long fee) {
    const long last = total_;
    co_await gate_.close();
    total_ = last - fee; // expect: stale-value
  }

private:
  ss::gate gate_;
  long total_ = 0;
};

class read_behind_closing_ok {
public:
  ss::future<> add(long n) {
    return ss::with_gate(gate_, [this, n]() -> ss::future<> {
      co_await store(n);
      total_ += n;
    });
  }
  ss::future<> stop(long fee) {
    co_await gate_.close();
    const long last = total_;
    co_await store(last);
    total_ = last - fee;
  }

private:
  ss::gate gate_;
  long total_ = 0;
};
