// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// Fibers of one thread: ordinary calls give up control.
#include "boost_fibers.hpp"
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

int ask(boost::fibers::future<int> &answer) { return answer.get(); }

class fiber_shop {
public:
  // Through a helper that waits.
  void sell_bad(boost::fibers::future<int> &answer) {
    if (stock_ == 0)
      return;
    const int n = ask(answer);
    stock_ -= n; // expect: stale-check
  }
  void sell_ok(boost::fibers::future<int> &answer) {
    const int n = ask(answer);
    if (stock_ >= n)
      stock_ -= n;
  }

  // The fiber's mutex is held all the way.
  void locked_ok(boost::fibers::future<int> &answer) {
    std::unique_lock<boost::fibers::mutex> lock(mutex_);
    const int before = sold_;
    const int n = answer.get();
    sold_ = before + n;
  }
  void locked_too_ok() {
    std::unique_lock<boost::fibers::mutex> lock(mutex_);
    sold_ = 0;
  }

  // Taken after the look.
  void late_lock_bad(int n) {
    if (orders_ >= 8)
      return;
    std::unique_lock<boost::fibers::mutex> lock(mutex_);
    orders_ += n; // expect: stale-check
  }

  // Waits until there is something, and looks again.
  void take_ok() {
    std::unique_lock<boost::fibers::mutex> lock(mutex_);
    while (items_ == 0)
      filled_.wait(lock);
    --items_;
  }

  // A join waits for the fiber that was started.
  void joined_bad() {
    const int before = joined_;
    boost::fibers::fiber other([this] { ++joined_; });
    other.join();
    joined_ = before + 1; // expect: stale-value
  }

  // The wait is two calls further down.
  bool answered() {
    for (int n = 0; n < 3; ++n)
      if (patient() > 0)
        return true;
    return false;
  }
  int patient() {
    tell(1);
    return asked_;
  }
  void reserve_bad(int id) {
    if (seen_.contains(id) || !answered())
      return;
    seen_[id] = 1; // expect: stale-check
  }
  void reserve_ok(int id) {
    if (!answered() || seen_.contains(id))
      return;
    seen_[id] = 1;
  }

  // What comes in while the copy is gone through is lost.
  void report_bad() {
    for (const int each : std::vector<int>(arrived_))
      tell(each);
    arrived_.clear(); // expect: stale-value
  }
  void report_ok() {
    for (const int each : std::exchange(arrived_, {}))
      tell(each);
  }
  void arrive(int id) { arrived_.push_back(id); }
  static void tell(int) { boost::this_fiber::yield(); }

  // An iterator over a pause.
  void touch_bad(int id) {
    auto it = seen_.find(id);
    if (it == seen_.end())
      return;
    boost::this_fiber::yield();
    ++it->second; // expect: stale-reference
  }
  void forget(int id) { seen_.erase(id); }

private:
  boost::fibers::mutex mutex_;
  boost::fibers::condition_variable filled_;
  int stock_ = 0, sold_ = 0, orders_ = 0, items_ = 0, joined_ = 0;
  std::map<int, int> seen_;
  std::vector<int> arrived_;
  int asked_ = 0;
};
