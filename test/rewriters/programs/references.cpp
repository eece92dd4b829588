// Iterators, references and pointers into state that goes away meanwhile.
#include "program.hpp"

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

task<> settle() { co_await step{}; }

struct Order {
  long quantity = 10;
  long filled = 0;
};

struct ByIterator {
  std::map<int, Order> orders_{{7, {}}, {8, {}}};
  int missed = 0;
  task<> fill(int id, long qty) {
    auto it = orders_.find(id);
    if (it == orders_.end()) {
      ++missed;
      co_return;
    }
    co_await settle();
    it->second.filled += qty;
  }
  task<> drop(int id) {
    co_await settle();
    orders_.erase(id);
  }
};
PROGRAM(order_dropped_under_an_iterator) {
  ByIterator a;
  w.spawn(a.fill(7, 6));
  w.spawn(a.fill(8, 6));
  w.spawn(a.drop(7));
  w.run();
  return a.orders_.at(8).filled == 6 && a.missed <= 1;
}

struct ByReference {
  std::unordered_map<int, Order> orders_;
  long notional = 0;
  task<> look(int id) {
    const Order &order = orders_[id];
    const long quantity = order.quantity;
    co_await settle();
    notional += quantity - order.filled;
  }
  task<> drop(int id) {
    co_await settle();
    orders_.erase(id);
  }
};
PROGRAM(order_dropped_under_a_reference) {
  ByReference a;
  w.spawn(a.look(7));
  w.spawn(a.drop(7));
  w.run();
  return a.notional == 10;
}

struct AllOfThem {
  std::unordered_map<int, Order> orders_{{1, {}}, {2, {}}, {3, {}}};
  long cancelled = 0;
  task<> cancel(long quantity) {
    co_await step{};
    cancelled += quantity;
  }
  task<> cancel_all() {
    for (auto &[id, order] : orders_) {
      if (id < 2)
        continue;
      co_await cancel(order.quantity);
    }
  }
  task<> drop(int id) {
    co_await settle();
    orders_.erase(id);
  }
};
PROGRAM(order_dropped_while_all_are_cancelled) {
  AllOfThem a;
  w.spawn(a.cancel_all());
  w.spawn(a.drop(2));
  w.run();
  return a.cancelled == 20 || a.cancelled == 10;
}

struct Position {
  long size = 1;
};

struct Replaced {
  std::shared_ptr<Position> position_ = std::make_shared<Position>();
  long seen = 0;
  task<> watch() {
    Position &current = *position_;
    co_await settle();
    seen = current.size;
  }
  task<> replace() {
    co_await settle();
    position_ = std::make_shared<Position>();
  }
};
PROGRAM(position_replaced_under_a_reference) {
  Replaced a;
  w.spawn(a.watch());
  w.spawn(a.replace());
  w.run();
  return a.seen == 1;
}

struct TwoWaits {
  std::map<int, Order> orders_{{7, {}}};
  int gone = 0;
  task<> fill(int id, long qty) {
    auto it = orders_.find(id);
    if (it == orders_.end()) {
      ++gone;
      co_return;
    }
    co_await settle();
    it->second.filled += qty;
    co_await settle();
    it->second.quantity -= qty;
  }
  task<> drop(int id) {
    co_await settle();
    orders_.erase(id);
  }
};
PROGRAM(order_dropped_during_either_of_two_waits) {
  TwoWaits a;
  w.spawn(a.fill(7, 6));
  w.spawn(a.drop(7));
  w.run();
  return a.orders_.empty() && a.gone <= 1;
}

struct OnlyBehind {
  std::map<int, Order> orders_{{7, {}}};
  long quantity = 0;
  task<> look(int id) {
    const Order &order = orders_[id];
    co_await settle();
    quantity += order.quantity;
  }
  task<> drop(int id) {
    co_await settle();
    orders_.erase(id);
  }
};
PROGRAM(order_dropped_before_its_reference_is_used) {
  OnlyBehind a;
  w.spawn(a.look(7));
  w.spawn(a.drop(7));
  w.run();
  return a.quantity == 10;
}

/// An index names another element by then, or none.
struct ByIndex {
  std::vector<Order> orders_{{10, 0}, {20, 0}};
  task<> fill(std::size_t at, long qty) {
    if (at >= orders_.size())
      co_return;
    Order &order = orders_[at];
    co_await settle();
    order.filled += qty;
  }
  task<> drop() {
    co_await settle();
    orders_.erase(orders_.begin());
    orders_.shrink_to_fit();
  }
};
PROGRAM(orders_that_move_up) {
  ByIndex a;
  w.spawn(a.fill(1, 6));
  w.spawn(a.drop());
  w.run();
  return a.orders_.size() == 1 && a.orders_[0].quantity == 20;
}

/// Nothing moves where the container only grows.
struct OnlyGrows {
  std::vector<Order> orders_{{10, 0}};
  task<> fill(std::size_t at, long qty) {
    Order &order = orders_[at];
    co_await settle();
    order.filled += qty;
  }
  void add() { orders_.push_back({}); }
  task<> later() {
    co_await settle();
    add();
  }
};
PROGRAM(orders_that_are_joined_by_others) {
  OnlyGrows a;
  w.spawn(a.fill(0, 6));
  w.spawn(a.later());
  w.run();
  return a.orders_[0].filled == 6;
}

/// A walk goes on behind what others have taken away, and asks again about
/// what they have changed.
struct Walk {
  std::map<int, Order> orders_{{1, {10, 10}}, {2, {}}, {3, {10, 10}}};
  long archived = 0, cancelled = 0;
  task<> archive() {
    for (auto it = orders_.begin(); it != orders_.end();) {
      if (it->second.filled < it->second.quantity) {
        ++it;
        continue;
      }
      co_await settle(); // the archive is slow
      archived += it->second.filled;
      it = orders_.erase(it);
    }
  }
  task<> cancel() {
    auto it = orders_.begin();
    while (it != orders_.end()) {
      if (it->second.filled == 0) {
        co_await settle();
        it = orders_.erase(it);
        ++cancelled;
      } else {
        ++it;
      }
    }
  }
  task<> fill(int id) {
    co_await settle();
    if (const auto it = orders_.find(id); it != orders_.end())
      it->second.filled = it->second.quantity;
  }
};
PROGRAM(orders_archived_and_cancelled_on_the_way) {
  Walk a;
  w.spawn(a.archive());
  w.spawn(a.cancel());
  w.spawn(a.fill(2));
  w.spawn(a.archive());
  w.run();
  long left = 0;
  for (const auto &[id, order] : a.orders_)
    left += order.filled;
  return a.archived + left + 10 * a.cancelled == 30;
}

/// What the wait was for is done to the element that is there by then.
struct Cancelled {
  struct Line {
    long venue_id;
    bool open = true;
  };
  std::unordered_map<int, Line> orders_{{1, {10}}, {2, {20}}, {3, {30}}};
  long sent = 0;
  task<> cancel(long venue_id) {
    co_await step{};
    sent += venue_id;
  }
  task<> cancel_all() {
    for (auto &[id, order] : orders_) {
      co_await cancel(order.venue_id);
      order.open = false;
    }
  }
  task<> drop(int id) {
    co_await settle();
    orders_.erase(id);
  }
};
PROGRAM(orders_marked_behind_the_wait) {
  Cancelled a;
  w.spawn(a.cancel_all());
  w.spawn(a.drop(2));
  w.run();
  return a.orders_.size() == 2 && !a.orders_.at(1).open &&
         !a.orders_.at(3).open;
}

/// Whether there is something to do is asked again, in the branch that asked.
struct Reminded {
  struct Line {
    long due = 0;
    int reminders = 0;
  };
  std::unordered_map<int, Line> orders_{{1, {10}}, {2, {}}, {3, {30}}};
  task<> remind() {
    for (auto it = orders_.begin(); it != orders_.end(); ++it) {
      if (it->second.due == 0)
        continue;
      try {
        co_await settle(); // the mail
      } catch (...) {
        continue;
      }
      ++it->second.reminders;
      it->second.due = 0;
    }
  }
  task<> drop(int id) {
    co_await settle();
    orders_.erase(id);
  }
};
PROGRAM(orders_reminded_once) {
  Reminded a;
  w.spawn(a.remind());
  w.spawn(a.remind());
  w.spawn(a.drop(3));
  w.run();
  return a.orders_.at(1).reminders == 1;
}

/// A walk that erases as it goes, where nothing says what comes next.
struct Archive {
  struct Line {
    long quantity = 0;
    bool done = false;
  };
  std::unordered_map<int, Line> orders_{
      {1, {1, true}}, {2, {2, false}}, {3, {3, true}}};
  long archived = 0;
  task<> sweep(bool twice) {
    for (auto it = orders_.begin(); it != orders_.end();) {
      if (it->second.done) {
        co_await settle();
        archived += it->second.quantity;
        it = orders_.erase(it);
      } else {
        ++it;
      }
    }
    if (!twice)
      co_return;
    for (auto it = orders_.begin(); it != orders_.end();)
      if (!it->second.done)
        ++it;
      else
        it = orders_.erase(it);
  }
  task<> drain() {
    for (auto it = orders_.begin(); it != orders_.end();) {
      if (!it->second.done)
        ++it;
      else {
        co_await settle();
        archived += it->second.quantity;
        it = orders_.erase(it);
      }
    }
  }
  task<> add() {
    co_await settle();
    for (int id = 10; id < 30; ++id)
      orders_[id].quantity = 1;
  }
};
PROGRAM(orders_archived_out_of_order) {
  Archive a;
  w.spawn(a.sweep(true));
  w.spawn(a.drain());
  w.spawn(a.add());
  w.run();
  return a.archived == 4;
}

} // namespace
