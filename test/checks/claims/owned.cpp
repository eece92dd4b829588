// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*
// What an activity has taken out is its own, and so is an amount that it has
// put into the state under a lock.
#include "venue.hpp"
#include <interlock/safe_state.hpp>
#include <map>
#include <optional>
#include <utility>
using namespace mock;

task<> transmit(int id);

struct parcel {
  int id = 0;
  int stops = 0;
};

/// Everybody takes an order out before working on it, and puts it back.
class yard {
public:
  std::optional<parcel> take(int id) {
    auto node = orders_.extract(id);
    if (node.empty())
      return std::nullopt;
    return std::move(node.mapped());
  }
  void put_back(parcel p) { orders_.insert_or_assign(p.id, std::move(p)); }
  task<> drive_ok(int id) {
    auto mine = take(id);
    if (!mine)
      co_return;
    co_await transmit(id);
    --mine->stops;
    put_back(std::move(*mine));
  }

private:
  std::map<int, parcel> orders_;
};

/// The node that it comes in is worked on where it is.
class by_node {
public:
  task<> drive_ok(int id) {
    auto node = orders_.extract(id);
    if (node.empty())
      co_return;
    parcel &mine = node.mapped();
    const int stops = mine.stops;
    co_await transmit(id);
    mine.stops = stops - 1;
    orders_.insert(std::move(node));
  }
  task<> drive_bad(int id) {
    parcel &theirs = orders_.at(id);
    const int stops = theirs.stops;
    co_await transmit(id);
    theirs.stops = stops - 1; // expect: stale-value
  }

private:
  std::map<int, parcel> orders_;
};

/// The same in one function, by a search and an erasure.
class depot {
public:
  task<> drive_ok(int id) {
    const auto it = orders_.find(id);
    if (it == orders_.end())
      co_return;
    parcel mine = std::move(it->second);
    orders_.erase(it);
    co_await transmit(id);
    --mine.stops;
    orders_.insert_or_assign(id, std::move(mine));
  }

private:
  std::map<int, parcel> orders_;
};

/// A copy stays where it was: others take it as well.
class copies {
public:
  task<> drive_bad(int id) {
    const auto it = orders_.find(id);
    if (it == orders_.end())
      co_return;
    parcel mine = it->second;
    co_await transmit(id);
    --mine.stops;
    orders_.insert_or_assign(id, std::move(mine)); // expect: stale-value
  }

private:
  std::map<int, parcel> orders_;
};

/// Somebody else fills the place in meanwhile: that is overwritten.
class replaced {
public:
  task<> drive_bad(int id) {
    auto node = orders_.extract(id);
    if (node.empty())
      co_return;
    parcel mine = std::move(node.mapped());
    co_await transmit(id);
    --mine.stops;
    orders_.insert_or_assign(id, std::move(mine)); // expect: stale-value
  }
  void enter(parcel p) { orders_[p.id] = std::move(p); }

private:
  std::map<int, parcel> orders_;
};

/// What comes of a check under a lock is taken under it: what the caller does
/// with the answer looks at nothing that others can change.
class desk {
public:
  task<int> rent(int n) {
    auto guard = co_await state_.atomic_balance_update();
    if (balance_ < n)
      co_return 0;
    co_await transmit(n);
    balance_ -= n;
    co_return n;
  }
  task<> bring_back(int n) {
    auto guard = co_await state_.atomic_balance_update();
    const int now = balance_;
    co_await transmit(n);
    balance_ = now + n;
  }
  task<> visit_ok(int n) {
    const int got = co_await rent(n);
    if (got > 1)
      co_await bring_back(got - 1);
  }

private:
  interlock::SafeTradingState &state_ = interlock::get_global_safe_state();
  int balance_ = 10;
};

/// The lock is given back before the state is changed: the answer is old.
class hasty {
public:
  task<bool> enough(int n) {
    auto guard = co_await state_.atomic_balance_update();
    co_await transmit(n);
    co_return balance_ >= n;
  }
  task<> pay_bad(int n) {
    if (!co_await enough(n))
      co_return;
    co_await transmit(n);
    auto guard = co_await state_.atomic_balance_update();
    balance_ -= n; // expect: stale-check
  }

private:
  interlock::SafeTradingState &state_ = interlock::get_global_safe_state();
  int balance_ = 10;
};
