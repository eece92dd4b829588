// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
#include <algorithm>
#include <array>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>
using namespace mock;

task<> talk(int id);
task<> send(std::string_view text);

struct order {
  int id = 0;
  long quantity = 0;
  long filled = 0;
};

/// A vector that grows: any reference into it may dangle.
class blotter {
public:
  void add(order o) { orders_.push_back(o); }

  // push_back elsewhere moves the elements.
  task<> vector_reference_bad(int i) {
    order &o = orders_[i];
    co_await talk(o.id);
    o.filled = 1; // expect: stale-reference
  }

  // An iterator likewise.
  task<> vector_iterator_bad(int id) {
    auto it = std::find_if(orders_.begin(), orders_.end(),
                           [id](const order &o) { return o.id == id; });
    co_await talk(id);
    it->filled = 2; // expect: stale-reference|stale-check|stale-value
  }

  // A range-for with an await in its body.
  task<> vector_range_for_bad() {
    for (order &o : orders_) // expect: stale-reference
      co_await talk(o.id);
  }

  // By index, with the bound tested in each pass.
  task<> vector_by_index_ok() {
    for (unsigned long i = 0; i < orders_.size(); ++i)
      co_await talk(orders_[i].id);
  }

  // The address of an element.
  task<> vector_pointer_bad() {
    order *last = &orders_.back();
    co_await talk(last->id);
    last->filled = 3; // expect: stale-reference
  }

  // A span over the elements.
  task<> vector_span_bad() {
    std::span<order> view = orders_;
    co_await talk(1);
    view[0].filled = 4; // expect: stale-reference
  }

  // The element is copied out.
  task<> vector_copy_ok(int i) {
    order o = orders_[i];
    co_await talk(o.id);
    o.filled = 5;
    co_await talk(static_cast<int>(o.filled));
  }

  // Reference taken after the await.
  task<> vector_reference_late_ok(int i) {
    co_await talk(i);
    order &o = orders_.at(i);
    o.filled = 6;
  }

  // Used before the await only.
  task<> vector_reference_before_ok(int i) {
    order &o = orders_.at(i);
    o.filled = 7;
    co_await talk(i);
  }

private:
  std::vector<order> orders_;
};

/// std::map and std::list: references survive insertion, not erasure. Nothing
/// erases here.
class growing_book {
public:
  void add(int id) { by_id_.emplace(id, order{id}); }
  void append(order o) { list_.push_back(o); }

  // Nobody erases, inserting leaves the reference alone.
  task<> map_reference_ok(int id) {
    order &o = by_id_.at(id);
    co_await talk(id);
    o.filled = 1;
  }

  // A list, likewise.
  task<> list_reference_ok() {
    order &o = list_.back();
    co_await talk(o.id);
    o.filled = 1;
  }

private:
  std::map<int, order> by_id_;
  std::list<order> list_;
};

/// Unordered map: inserting keeps references, rehashing kills iterators.
class hashed_book {
public:
  void add(int id) { by_id_.emplace(id, order{id}); }

  // References survive a rehash.
  task<> hashed_reference_ok(int id) {
    order &o = by_id_.at(id);
    co_await talk(id);
    o.filled = 1;
  }

  // Iterators do not.
  task<> hashed_iteration_bad() {
    for (auto &entry : by_id_) // expect: stale-reference
      co_await talk(entry.first);
  }

private:
  std::unordered_map<int, order> by_id_;
};

/// A container of fixed size that is never replaced.
class fixed_book {
public:
  // Nothing can move or remove the elements of an array.
  task<> array_reference_ok(int i) {
    order &o = slots_[i];
    co_await talk(i);
    o.filled = 1;
  }

  // The element itself is checked and then changed, through the reference.
  task<> array_element_check_bad(int i) {
    order &o = slots_[i];
    if (o.filled >= o.quantity)
      co_return;
    co_await talk(i);
    o.filled += 1; // expect: stale-check
  }

private:
  std::array<order, 8> slots_;
};

/// Views into a string that changes.
class profile {
public:
  void rename(std::string name) { name_ = std::move(name); }

  // The view points into the old buffer.
  task<> string_view_bad() {
    std::string_view name = name_;
    co_await talk(1);
    co_await send(name); // expect: stale-reference
  }

  // A copy of its own.
  task<> string_copy_ok() {
    std::string name = name_;
    co_await talk(1);
    co_await send(name);
  }

private:
  std::string name_;
};

/// The value of an optional that is reset.
class current_order {
public:
  void cancel() { order_.reset(); }
  void open(order o) { order_ = o; }

  // The reference into the optional outlives its value.
  task<> optional_reference_bad() {
    if (!order_)
      co_return;
    order &o = *order_;
    co_await talk(o.id);
    o.filled = 1; // expect: stale-reference|stale-check
  }

  // Checked, awaited, dereferenced without another look.
  task<> optional_write_bad() {
    if (!order_)
      co_return;
    co_await talk(1);
    order_->filled = 2; // expect: stale-check|stale-reference
  }

  // Looked at again.
  task<> optional_again_ok() {
    co_await talk(1);
    if (order_)
      order_->filled = 3;
  }

private:
  std::optional<order> order_;
};

/// Structured bindings.
class pairs {
public:
  void forget(int id) { table_.erase(id); }

  // Bound by reference to the node.
  task<> binding_reference_bad() {
    auto &[id, value] = *table_.begin();
    co_await talk(1);
    value = 9; // expect: stale-reference
  }

  // Bound to a copy.
  task<> binding_copy_ok() {
    auto [id, value] = *table_.begin();
    co_await talk(id);
    value = 9;
    co_await talk(value);
  }

private:
  std::map<int, int> table_;
};
