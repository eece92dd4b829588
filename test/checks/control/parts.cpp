// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// Conditions of several parts, and what is asked again of them.
#include "seastar.hpp"
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
using seastar::future;

struct segment {
  long size = 0;
};
future<std::shared_ptr<segment>> create();

class log_store {
public:
  // Looked at first without the permit, and again with it.
  future<> roll_ok() {
    if (spare_ && spare_->size < 100)
      co_return;
    auto permit = co_await seastar::get_units(roll_, 1);
    if (spare_ && spare_->size < 100)
      co_return;
    auto fresh = co_await create();
    spare_ = std::move(fresh);
  }
  // Nobody looks again.
  future<> roll_bad() {
    if (active_ && active_->size < 100)
      co_return;
    auto fresh = co_await create();
    active_ = std::move(fresh); // expect: stale-check
  }

private:
  seastar::semaphore roll_{1};
  std::shared_ptr<segment> spare_, active_;
};

/// Places are numbers, not values that are written back.
class docks {
public:
  future<int> wait_ok() {
    auto dock = first();
    while (!dock) {
      co_await seastar::sleep(1);
      dock = first();
    }
    free_ &= ~(1u << *dock);
    co_await seastar::sleep(1);
    co_return *dock;
  }
  void leave(int dock) { free_ |= 1u << dock; }
  future<> pass_ok() { leave(co_await wait_ok()); }

  future<std::optional<int>> assign_bad() {
    const auto dock = first();
    if (!dock)
      co_return std::nullopt;
    co_await seastar::sleep(1);
    free_ &= ~(1u << *dock); // expect: stale-check
    co_return dock;
  }

private:
  std::optional<int> first() const {
    for (int i = 0; i < 12; ++i)
      if (free_ >> i & 1u)
        return i;
    return std::nullopt;
  }
  unsigned free_ = 0xfff;
};

/// Containers in a container: to take out of an inner one what is gone already
/// is no nothing, and what is moved out of its end, the pop takes.
class ski_shelf {
public:
  future<std::optional<int>> rent_bad(int length) {
    if (pairs_[length].empty())
      co_return std::nullopt;
    co_await seastar::sleep(1);
    const int pair = std::move(pairs_[length].back());
    pairs_[length].pop_back(); // expect: stale-check
    co_return pair;
  }
  future<std::optional<int>> rent_ok(int length) {
    co_await seastar::sleep(1);
    if (pairs_[length].empty())
      co_return std::nullopt;
    const int pair = std::move(pairs_[length].back());
    pairs_[length].pop_back();
    co_return pair;
  }
  // whoever comes first
  future<> drop_ok(int length) {
    if (!pairs_.contains(length))
      co_return;
    co_await seastar::sleep(1);
    pairs_.erase(length);
  }

private:
  std::map<int, std::vector<int>> pairs_;
};

/// The same of a queue of what is no number.
class mail_box {
public:
  future<std::string> next_bad() {
    if (letters_.empty())
      co_return "";
    co_await seastar::sleep(1);
    std::string letter = std::move(letters_.front());
    letters_.pop_front(); // expect: stale-check
    co_return letter;
  }
  future<std::string> next_ok() {
    if (letters_.empty())
      co_return "";
    std::string letter = std::move(letters_.front());
    letters_.pop_front();
    co_await seastar::sleep(1);
    co_return letter;
  }

private:
  std::deque<std::string> letters_;
};
