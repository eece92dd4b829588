// RUN: %check-cases %s -- --executor=multi-threaded --checks=-*,stale-*,unguarded-*,mismatched-guard,nested-guard
// Critical sections that helpers make: the guard is handed out, the section is
// a callable, the lock that was taken by hand passes to a guard.
#include "cppcoro.hpp"
#include "libcoro.hpp"
#include "venue.hpp"
#include <array>
#include <map>
#include <mutex>
#include <vector>

class register_of_names {
public:
  // The guard comes from a coroutine.
  coro::task<> add_ok(int name) {
    auto guard = co_await lock_names();
    order_names_.push_back(name);
  }
  coro::task<> add_directly_ok(int name) {
    auto guard = co_await mutex_.scoped_lock();
    order_names_.push_back(name);
  }

private:
  coro::task<coro::scoped_lock> lock_names() {
    co_return co_await mutex_.scoped_lock();
  }
  coro::mutex mutex_;
  std::vector<int> order_names_;
};

struct zone {
  coro::mutex mutex;
  std::map<int, int> orders;
};

/// What is in a zone is behind the mutex of that zone.
class city {
public:
  coro::task<> put_ok(int z, int id) {
    zone &here = zones_.at(z);
    auto lock = co_await here.mutex.scoped_lock();
    here.orders[id] = 1;
  }
  coro::task<> remove_ok(int z, int id) {
    auto lock = co_await zones_.at(z).mutex.scoped_lock();
    zones_.at(z).orders.erase(id);
  }
  // The section is a callable, which the helper gives the zone to.
  coro::task<> change_ok(int z, int id) {
    co_await inside(z, [id](zone &here) { here.orders[id] = 2; });
  }
  // It only notes the zone, which is changed after the section.
  coro::task<> change_bad(int z, int id) {
    zone *seen = nullptr;
    co_await inside(z, [&seen](zone &here) { seen = &here; });
    seen->orders[id] = 3; // expect: unguarded-modification
  }
  coro::task<> move_bad(int id, int from, int to) {
    auto lock = co_await zones_.at(from).mutex.scoped_lock();
    zones_.at(from).orders.erase(id);
    zones_.at(to).orders[id] = 1; // expect: mismatched-guard
  }

private:
  template <class Section>
  coro::task<> inside(int z, Section section) {
    zone &here = zones_.at(z);
    auto lock = co_await here.mutex.scoped_lock();
    section(here);
  }
  std::array<zone, 16> zones_;
};

class counter {
public:
  // What try_lock() has taken, the guard gives back.
  void count_if_free_ok() {
    if (!mutex_.try_lock())
      return;
    const std::lock_guard<std::mutex> held(mutex_, std::adopt_lock);
    ++order_count_;
  }
  void count_ok() {
    const std::lock_guard<std::mutex> held(mutex_);
    ++order_count_;
  }

private:
  std::mutex mutex_;
  long order_count_ = 0;
};

class outbox {
public:
  // Copied in one section, wiped in the next.
  void flush_bad() {
    std::vector<int> copy;
    {
      const std::lock_guard<std::mutex> held(mutex_);
      copy = orders_;
    }
    for (const int each : copy)
      send(each);
    const std::lock_guard<std::mutex> held(mutex_);
    orders_.clear(); // expect: unguarded-check-then-modify
  }
  void flush_ok() {
    std::vector<int> mine;
    {
      const std::lock_guard<std::mutex> held(mutex_);
      mine.swap(orders_);
    }
    for (const int each : mine)
      send(each);
  }
  void flush_whole_ok() {
    const std::lock_guard<std::mutex> held(mutex_);
    const std::vector<int> copy = orders_;
    for (const int each : copy)
      send(each);
    orders_.clear();
  }
  void add_ok(int each) {
    const std::lock_guard<std::mutex> held(mutex_);
    orders_.push_back(each);
  }

private:
  static void send(int);
  std::mutex mutex_;
  std::vector<int> orders_;
};

/// Locks for itself in every function.
class quota {
public:
  int left_ok() {
    const std::lock_guard<std::mutex> held(mutex_);
    return balance_;
  }
  void charge_ok(int n) {
    const std::lock_guard<std::mutex> held(mutex_);
    balance_ -= n;
  }
  bool charge_if_there_ok(int n) {
    const std::lock_guard<std::mutex> held(mutex_);
    if (balance_ < n)
      return false;
    balance_ -= n;
    return true;
  }
  // Two steps that are one each, and none together.
  void borrow_bad(int n) {
    if (left_ok() >= n)
      charge_ok(n); // expect: unguarded-check-then-modify
  }
  // Looked at beforehand to save the trouble: it is looked at again inside.
  void borrow_ok(int n) {
    if (left_ok() >= n)
      charge_if_there_ok(n);
  }

private:
  std::mutex mutex_;
  int balance_ = 0;
};
