// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,discarded-guard,unguarded-modification
// A function that calls for the lock, for others to await.
#include "cppcoro.hpp"
#include "seastar.hpp"
#include <map>
#include <string>

namespace ss = seastar;

ss::future<> push(int key);

class table {
public:
  // The test stands ahead of the lock.
  ss::future<> learn_bad(int key, int version) {
    if (versions_[key] >= version)
      co_return;
    auto lock = co_await lock_table();
    versions_[key] = version; // expect: stale-check
  }
  ss::future<> learn_ok(int key, int version) {
    auto lock = co_await lock_table();
    if (versions_[key] >= version)
      co_return;
    co_await push(key);
    versions_[key] = version;
  }
  ss::future<> learn_through_coroutine_ok(int key, int version) {
    auto lock = co_await lock_again();
    if (versions_[key] >= version)
      co_return;
    co_await push(key);
    versions_[key] = version;
  }
  // Nobody waits for the units.
  ss::future<> forget_bad() {
    auto lock = lock_table(); // expect: discarded-guard
    versions_.clear();        // expect: unguarded-modification
    co_await push(0);
  }
  ss::future<> forget_ok() {
    auto lock = co_await lock_table();
    versions_.clear();
    co_await push(0);
  }
  // Kept, and awaited later.
  ss::future<> forget_later_ok() {
    auto wanted = lock_table();
    co_await push(0);
    auto lock = co_await std::move(wanted);
    versions_.clear();
  }

private:
  ss::future<ss::semaphore_units<>> lock_table() {
    return ss::get_units(sem_, 1);
  }
  ss::future<ss::semaphore_units<>> lock_again() {
    co_return co_await ss::get_units(sem_, 1);
  }
  std::map<int, int> versions_;
  ss::semaphore sem_{1};
};

/// Two permits keep nobody out.
class pair_table {
public:
  ss::future<> learn_bad(int key, int version) {
    auto lock = co_await lock_table();
    if (versions_[key] >= version)
      co_return;
    co_await push(key);
    versions_[key] = version; // expect: stale-check
  }

private:
  ss::future<ss::semaphore_units<>> lock_table() {
    return ss::get_units(sem_, 1);
  }
  std::map<int, int> versions_;
  ss::semaphore sem_{2};
};

template <class F>
void run_later(F &&work);

/// A guard that moves into what runs later is held until that is over.
class published {
public:
  cppcoro::task<> with_it_ok() {
    auto held = co_await mutex_.scoped_lock_async();
    const int next = number_ + 1;
    run_later([this, next, held = std::move(held)] { number_ = next; });
  }
  cppcoro::task<> without_bad() {
    auto held = co_await mutex_.scoped_lock_async();
    const int next = number_ + 1;
    run_later([this, next] {
      number_ = next; // expect: stale-value
    });
  }

private:
  cppcoro::async_mutex mutex_;
  int number_ = 0;
};
