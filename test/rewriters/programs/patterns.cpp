// Containers whose type is known to instantiations alone.
#include "program.hpp"

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

task<> settle() { co_await step{}; }

struct Order {
  long quantity = 10, filled = 0;
  bool open = true;
};

template <class Key> struct Book {
  std::map<Key, Order> orders_;
  long sent = 0;
  task<> drop(Key id) {
    co_await settle();
    orders_.erase(id);
  }
  task<> publish() {
    for (auto &[id, order] : orders_) {
      co_await settle();
      sent += order.quantity;
    }
  }
  task<> close_all() {
    for (auto it = orders_.begin(); it != orders_.end(); ++it) {
      if (!it->second.open)
        continue;
      co_await settle();
      it->second.open = false;
    }
  }
  task<> prune() {
    for (auto it = orders_.begin(); it != orders_.end();) {
      if (it->second.open) {
        ++it;
        continue;
      }
      co_await settle();
      it = orders_.erase(it);
    }
  }
};
PROGRAM(walks_in_a_pattern) {
  Book<int> b;
  b.orders_ = {{1, {}}, {2, {}}, {3, {}}};
  w.spawn(b.publish());
  w.spawn(b.close_all());
  w.spawn(b.drop(2));
  w.run();
  return b.sent >= 20 && !b.orders_.at(1).open;
}
PROGRAM(walk_that_erases_in_a_pattern) {
  Book<std::string> b;
  b.orders_ = {{"a", {}}, {"b", {1, 1, false}}};
  w.spawn(b.prune());
  w.spawn(b.drop("b"));
  w.run();
  return b.orders_.size() == 1;
}

/// The container itself is a parameter.
template <class Container> struct Register {
  Container orders_;
  long sent = 0;
  task<> drop(typename Container::key_type id) {
    co_await settle();
    orders_.erase(id);
  }
  task<> publish() {
    for (const auto &[id, order] : orders_) {
      co_await settle();
      sent += order.quantity;
    }
  }
};
PROGRAM(container_that_is_a_parameter) {
  Register<std::map<int, Order>> r;
  r.orders_ = {{1, {}}, {2, {}}};
  w.spawn(r.publish());
  w.spawn(r.drop(1));
  w.run();
  Register<std::unordered_map<std::string, Order>> s;
  s.orders_ = {{"a", {}}, {"b", {}}};
  w.spawn(s.publish());
  w.spawn(s.drop("a"));
  w.run();
  return r.sent >= 10 && s.sent >= 10;
}

/// The elements are reached by calls that nothing is known of in the pattern:
/// all of them take the same key.
template <class Key, template <class...> class Map> struct Fills {
  Map<Key, Order> orders_;
  task<> fill(Key id, long quantity) {
    const auto it = orders_.find(id);
    if (it == orders_.end() ||
        it->second.filled + quantity > it->second.quantity)
      co_return;
    co_await settle();
    it->second.filled += quantity;
  }
  task<> shrink(Key id, long quantity) {
    auto &order = orders_.at(id);
    if (order.filled > quantity)
      co_return;
    co_await settle();
    order.quantity = quantity;
  }
  task<> grow(Key id, long by) {
    const long before = orders_[id].quantity;
    co_await settle();
    orders_[id].quantity = before + by;
  }
};
PROGRAM(keys_in_a_pattern) {
  Fills<int, std::map> f;
  f.orders_[1] = {};
  w.spawn(f.fill(1, 6));
  w.spawn(f.fill(1, 6));
  w.spawn(f.shrink(1, 5));
  w.run();
  Fills<std::string, std::unordered_map> g;
  g.orders_["x"] = {};
  w.spawn(g.grow("x", 6));
  w.spawn(g.grow("x", 6));
  w.run();
  return f.orders_[1].filled <= f.orders_[1].quantity &&
         g.orders_["x"].quantity == 22;
}

} // namespace
