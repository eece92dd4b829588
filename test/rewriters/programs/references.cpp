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

} // namespace
