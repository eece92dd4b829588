// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// An old copy in a relative modify, with a new test in front of it.
#include "task.hpp"
#include <algorithm>
#include <atomic>
#include <map>
using namespace mock;

task<> breathe();
task<long> asked();

class account {
public:
  // The new test looks at the amount that came from the old value.
  task<> sweep_ok(long limit) {
    const long part = std::min(balance_, limit);
    co_await breathe();
    if (balance_ < part)
      co_return;
    balance_ -= part;
  }

  // As much as there is room for: one of two locals is what there was.
  task<> fill_bad(long wanted) {
    const long room = 100 - balance_;
    const long part = wanted < room ? wanted : room;
    if (part > 0) {
      co_await breathe();
      balance_ += part; // expect: stale-check
    }
  }
  task<> fill_tested_ok(long wanted) {
    const long room = 100 - balance_;
    const long part = wanted < room ? wanted : room;
    co_await breathe();
    if (100 - balance_ >= part)
      balance_ += part;
  }

  // The new test is about something else: interest on a balance of the past.
  task<> interest_bad(long floor) {
    const long old = balance_;
    co_await breathe();
    if (balance_ < floor)
      co_return;
    balance_ += old / 100; // expect: stale-value
  }

  // What is written is the larger of what was there and what came; a test of
  // something else that is old says nothing of it.
  task<> longest_ok(long got) {
    const long from = size();
    co_await breathe();
    if (from + got > size())
      size_ = from + got;
  }
  task<> longest_of_ok(int which, long got) {
    const long from = size_of(which);
    co_await breathe();
    if (from + got > size_of(which))
      sizes_[which] = from + got;
  }
  task<> longest_bad(long got) {
    const long from = size();
    co_await breathe();
    if (from < size())
      size_ = from + got; // expect: stale-value
  }
  task<> longest_by_call_ok(long got) {
    const long seen = co_await answered(size_ + got);
    if (seen > size_)
      resize(seen);
  }
  task<> longest_by_call_bad(long got) {
    const long seen = co_await answered(size_ + got);
    if (seen > got)
      resize(seen); // expect: stale-value
  }
  task<> furthest_ok(long mark) {
    if (mark <= mark_)
      co_return;
    co_await breathe();
    mark_ = std::max(mark_, mark);
  }
  task<> filled_bad(long most) {
    last_ = std::min(most, last_ + co_await asked()); // expect: unspecified-read-order
  }
  task<> furthest_bad(long mark) {
    if (mark <= last_)
      co_return;
    co_await breathe();
    last_ = std::max(least_, mark); // expect: stale-check
  }

private:
  void resize(long to) { size_ = to; }
  task<long> answered(long to);
  long size() const { return size_; }
  long size_of(int which) const {
    const auto found = sizes_.find(which);
    return found == sizes_.end() ? 0 : found->second;
  }
  std::map<int, long> sizes_;
  long balance_ = 0, size_ = 0, mark_ = 0, last_ = 0, least_ = 0;
};

static std::atomic<int> slots{4};

// Each access is atomic, the sequence is not.
task<> atomic_global_bad() {
  if (slots.load() == 0)
    co_return;
  co_await breathe();
  slots.fetch_sub(1); // expect: stale-check
}
